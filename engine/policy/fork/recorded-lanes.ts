/** What the lines of a journal say that a fork goes by: what lanes knew of each other, and what a fork has from its parent. Pure. */
import type { ArtifactEvent } from "../../../state/artifact.ts";
import type { Fork } from "../../../state/fork.ts";
import type { SubtaskResult } from "../../../state/lane-record.ts";
import type { PlanFile } from "../../../state/plan.ts";
import { linesOf, type DataOf, type JournalLine, type LineOf } from "../../journal/events.ts";
import { recordedPlan, contentJson, contentText } from "../../journal/recorded-messages.ts";
import type { RunView } from "../../journal/run-view.ts";
import type { Contents } from "../../ports/board.ts";
import type { SharedUse } from "./fork-plan.ts";
import { fieldOf } from "../../../state/is-record.ts";

/** What a plan declares is written under this attempt: no subtask has it. */
const PLAN_ATTEMPT = 0;

/** What lanes did with what they share. */
export class SharedUses {
  readonly uses: SharedUse[] = [];
  /** Of each version of an artifact the SHA-256 of its content. */
  readonly hashes = new Map<string, string>();
  /** Records of writes and conflicts, by digest, in their order. */
  readonly writes = new Set<string>();

  /** `view`: of the lines up to this one. */
  readonly add = (line: JournalLine, view: RunView): void => {
    if (line.kind === "tool-call") this.#read(line, view);
    if (line.kind !== "write" && line.kind !== "conflict") return;
    if (line.data.content !== undefined) this.writes.add(line.data.content);
    if (line.kind === "write") this.#write(line);
    else this.#knows(line, line.data.artifact, line.data.committed);
  };

  #write({ subtask = "", attempt, data: { artifact, version, hash } }: LineOf<"write">): void {
    this.hashes.set(`${artifact}\n${version}`, hash);
    const writer = attempt === PLAN_ATTEMPT ? null : subtask;
    this.uses.push({ kind: "artifact", subtask: writer, artifact, version, isOwn: true });
  }

  /** A step sees what stood when it began: at most what stands now. */
  #read(line: LineOf<"tool-call">, { lanes, artifacts }: RunView): void {
    const { subtask, data } = line;
    if (subtask === undefined || data.outcome !== "ok") return;
    const [name, version, of] = ["name", "version", "subtask"].map((argument) => fieldOf(data.args, argument));
    if (data.tool === "read_result" && typeof of === "string" && lanes.get(of)?.published !== undefined)
      this.uses.push({ kind: "result", subtask, of });
    if (data.tool !== "read_artifact" || typeof name !== "string") return;
    const newest = artifacts.get(name)?.version ?? 0;
    this.#knows(line, name, typeof version === "number" ? Math.min(version, newest) : newest);
  }

  #knows({ subtask }: JournalLine, artifact: string, version: number): void {
    if (subtask !== undefined) this.uses.push({ kind: "artifact", subtask, artifact, version, isOwn: false });
  }
}

/** Undefined: the run is no fork, or ended before it had a plan. Throws SwarmError STORAGE_FAILED where a content is lost. */
export function recordedFork(lines: readonly JournalLine[], contents: Contents): Fork | undefined {
  const parent = linesOf(lines, "run-start")[0]?.data.parent;
  const planned = linesOf(lines, "plan").find(({ data }) => data.origin === "fork")?.data;
  if (parent === undefined || planned?.content === undefined) return undefined;
  return {
    parent,
    plan: recordedPlan(contents, planned.content),
    file: planned.plan as PlanFile,
    anew: planned.anew ?? [],
    results: keptResults(lines, contents),
    writes: keptWrites(lines, contents),
    ...(planned.draft === undefined ? {} : { draft: contentJson(contents, planned.draft) }),
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
    results.push({ subtask, attempt, agent, outcome, cause, steps, ...times, output: contentText(contents, digest) });
  }
  return results;
}

function keptWrites(lines: readonly JournalLine[], contents: Contents): ArtifactEvent[] {
  const writes = new Map<string, ArtifactEvent>();
  for (const { kind, data } of lines) {
    if ((kind !== "write" && kind !== "conflict") || data.keptFrom === undefined || data.content === undefined)
      continue;
    const { keptFrom: _keptFrom, ...event }: ArtifactEvent = contentJson(contents, data.content);
    writes.set(event.key, event);
  }
  return [...writes.values()].toSorted((one, other) => one.seq - other.seq);
}
