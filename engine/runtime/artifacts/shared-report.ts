/** What a result says of the artifacts: from the board, or from the journal of a run that is not open. Pure. */
import { artifactFile } from "../../policy/merge/artifact-file.ts";
import type { SharedArtifacts } from "./shared-artifacts.ts";
import type { ArtifactType } from "../../../state/artifact.ts";
import type { JournalLine } from "../../../state/journal-line.ts";
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
  for (const { data, subtask } of lines.filter(({ kind }) => kind === "write")) {
    const name = data["artifact"] as string;
    newest.set(name, {
      ...{
        name,
        type: data["type"] as ArtifactType,
        version: data["version"] as number,
        bytes: data["bytes"] as number,
      },
      ...{ hash: data["hash"] as string, writtenBy: subtask ?? "", path: null },
    });
  }
  const conflicts = new Set(lines.filter(({ kind }) => kind === "conflict").map(({ data }) => data["id"]));
  return { conflicts: conflicts.size, artifacts: byName([...newest.values()]) };
}

function byName(reports: ArtifactReport[]): ArtifactReport[] {
  return reports.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}
