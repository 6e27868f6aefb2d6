/** What a result says of the artifacts: from the board, or from the journal of a run that is not open. Pure. */
import { artifactFile } from "../../policy/merge/artifact-rules.ts";
import type { ArtifactLog } from "./artifact-log.ts";
import { conflictsIn, type RunView } from "../../journal/run-view.ts";
import type { ArtifactReport } from "../../../state/run-result.ts";

export interface SharedReport {
  conflicts: number;
  /** Of these, those that could simply be merged. */
  merges: number;
  artifacts: ArtifactReport[];
}

/** `exported`: the files have been written. */
export function sharedReport(artifacts: ArtifactLog, exported: boolean): SharedReport {
  const names = Object.keys(artifacts.records);
  const reports = Object.values(artifacts.records).map(({ artifact, type, version, bytes, hash, by }) => ({
    name: artifact,
    type,
    version,
    bytes,
    hash,
    writtenBy: by,
    path: exported ? artifactFile(artifact, names) : null,
  }));
  const { conflicts } = artifacts;
  const merges = conflicts.filter(({ result }) => result === "merged").length;
  return { conflicts: conflicts.length, merges, artifacts: byName(reports) };
}

export function sharedReportOf(view: RunView): SharedReport {
  const { size } = view.conflicts;
  return { conflicts: size, merges: size - conflictsIn(view), artifacts: byName([...view.artifacts.values()]) };
}

function byName(reports: ArtifactReport[]): ArtifactReport[] {
  return reports.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}
