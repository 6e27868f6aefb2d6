/** What a result says of the artifacts: from the board, or from the journal of a run that is not open. Pure. */
import { artifactFile } from "../../policy/merge/artifact-rules.ts";
import type { SharedArtifacts } from "./shared-artifacts.ts";
import type { JournalLine } from "../../journal/events.ts";
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

export function sharedReportOf(lines: readonly JournalLine[]): SharedReport {
  const newest = new Map<string, ArtifactReport>();
  const conflicts = new Set<string>();
  for (const { kind, data, subtask = "" } of lines) {
    if (kind === "conflict") conflicts.add(data.id);
    if (kind !== "write") continue;
    const { artifact: name, type, version, bytes, hash } = data;
    newest.set(name, { name, type, version, bytes, hash, writtenBy: subtask, path: null });
  }
  return { conflicts: conflicts.size, artifacts: byName([...newest.values()]) };
}

function byName(reports: ArtifactReport[]): ArtifactReport[] {
  return reports.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}
