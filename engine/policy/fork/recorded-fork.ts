/** What a fork has taken from the run that it comes from, by its own record. Pure, but for the contents that it reads. */
import type { DataOf, JournalLine } from "../../journal/events.ts";
import { recordedPlan } from "../../journal/recorded-messages.ts";
import type { Contents } from "../../ports/board.ts";
import type { ArtifactEvent } from "../../../state/artifact-event.ts";
import type { Fork } from "../../../state/fork.ts";
import type { SubtaskResult } from "../../../state/lane-record.ts";
import type { PlanFile } from "../../../state/plan.ts";
import type { Draft } from "../../../state/swarm-state.ts";

/** Undefined: the run is no fork, or ended before it had a plan. Throws SwarmError STORAGE_FAILED where a content is lost. */
export function recordedFork(lines: readonly JournalLine[], contents: Contents): Fork | undefined {
  const parent = lines.flatMap((line) => (line.kind === "run-start" ? (line.data.parent ?? []) : []))[0];
  const planned = lines.flatMap((line) => (line.kind === "plan" && line.data.origin === "fork" ? line.data : []))[0];
  if (parent === undefined || planned?.content === undefined) return undefined;
  return {
    parent,
    plan: recordedPlan(contents, planned.content),
    file: planned.plan as PlanFile,
    anew: planned.anew ?? [],
    results: keptResults(lines, contents),
    writes: keptWrites(lines, contents),
    ...(planned.draft === undefined ? {} : { draft: JSON.parse(textAt(contents, planned.draft)) as Draft }),
  };
}

function keptResults(lines: readonly JournalLine[], contents: Contents): SubtaskResult[] {
  const ends = new Map<string, DataOf<"attempt-end">>();
  const results: SubtaskResult[] = [];
  for (const { kind, at, subtask = "", attempt = 0, data } of lines) {
    if (kind === "attempt-end" && data.keptFrom !== undefined) ends.set(subtask, data);
    const end = ends.get(subtask);
    if (kind !== "publish" || data.keptFrom === undefined || data.digest === undefined || end === undefined) continue;
    const { agent, outcome, cause, steps } = end;
    const { digest, startedAt = at, endedAt = at, waitedForSlotMs = 0, keptFrom } = data;
    const times = { startedAt, endedAt, waitedForSlotMs, keptFrom };
    results.push({ subtask, attempt, agent, outcome, cause, steps, ...times, output: textAt(contents, digest) });
  }
  return results;
}

function keptWrites(lines: readonly JournalLine[], contents: Contents): ArtifactEvent[] {
  const writes = new Map<string, ArtifactEvent>();
  for (const { kind, data } of lines) {
    if ((kind !== "write" && kind !== "conflict") || data.keptFrom === undefined || data.content === undefined)
      continue;
    const { keptFrom: _keptFrom, ...event } = JSON.parse(textAt(contents, data.content)) as ArtifactEvent;
    writes.set(event.key, event);
  }
  return [...writes.values()].toSorted((one, other) => one.seq - other.seq);
}

function textAt(contents: Contents, digest: string): string {
  return contents.text({ digest, characters: Infinity, bytes: Infinity });
}
