/** What a result says of the artifacts: from the board, or from the journal of a run that is not open. Pure. */
import { artifactFile } from "../../policy/merge/artifact-rules.ts";
import type { SharedArtifacts } from "./shared-artifacts.ts";
import type { RunView } from "../../journal/run-view.ts";
import type { ArtifactReport } from "../../../state/run-result.ts";

export interface SharedReport {
  conflicts: number;
  artifacts: ArtifactReport[];
}

/** `exported`: the files have been written. */
export function sharedReport(artifacts: SharedArtifacts, exported: boolean): SharedReport {
  const names = Object.keys(artifacts.records);
  const reports = Object.values(artifacts.records).map(({ artifact, type, version, bytes, hash, by }) => ({
    ...{ name: artifact, type, version, bytes, hash, writtenBy: by },
    path: exported ? artifactFile(artifact, names) : null,
  }));
  return { conflicts: artifacts.conflicts.length, artifacts: byName(reports) };
}

export function sharedReportOf({ artifacts, conflicts }: RunView): SharedReport {
  return { conflicts: conflicts.size, artifacts: byName([...artifacts.values()]) };
}

function byName(reports: ArtifactReport[]): ArtifactReport[] {
  return reports.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}
