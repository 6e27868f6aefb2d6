/** What the journal of a run says that a fork of it goes by: what was published, and what lanes knew of each other. Pure. */
import type { ArtifactEvent } from "../../../state/artifact.ts";
import type { Fork } from "../../../state/fork.ts";
import type { SubtaskResult } from "../../../state/lane-record.ts";
import type { PlanFile } from "../../../state/plan.ts";
import type { DataOf, JournalLine, LineOf } from "../../journal/events.ts";
import { recordedPlan, contentJson, contentText } from "../../journal/recorded-messages.ts";
import type { Contents } from "../../ports/board.ts";
import type { SharedUse } from "./fork-plan.ts";
import { fieldOf } from "../../../state/is-record.ts";

/** What a plan declares is written under this attempt: no subtask has it. */
const PLAN_ATTEMPT = 0;

/** The newest result of a subtask that was accepted. */
export interface Published extends DataOf<"publish"> {
  attempt: number;
  line: number;
  steps: number;
}

export class RecordedLanes {
  readonly published = new Map<string, Published>();
  readonly uses: SharedUse[] = [];
  /** Of each artifact the newest version so far, and of each version the SHA-256 of its content. */
  readonly #newest = new Map<string, number>();
  readonly hashes = new Map<string, string>();
  /** Records of writes and conflicts, by digest, in their order. */
  readonly writes = new Set<string>();
  readonly #steps = new Map<string, number>();
  readonly #attempts = new Map<string, number>();

  readonly add = (line: JournalLine): void => {
    if (line.subtask !== undefined && (line.kind === "route" || line.kind === "attempt-start"))
      this.#attempts.set(line.subtask, line.attempt ?? 0);
    if ((line.kind === "write" || line.kind === "conflict") && line.data.content !== undefined)
      this.writes.add(line.data.content);
    if (line.kind === "attempt-end" && line.subtask !== undefined)
      this.#steps.set(line.subtask, line.data.keptFrom?.steps ?? line.data.steps);
    else if (line.kind === "publish") this.#publish(line);
    else if (line.kind === "write") this.#write(line);
    else if (line.kind === "conflict") this.#knows(line, line.data.artifact, line.data.committed);
    else if (line.kind === "tool-call") this.#read(line);
  };

  /** It was sent again since its last result. */
  isOpen(subtask: string): boolean {
    return (this.#attempts.get(subtask) ?? 0) > (this.published.get(subtask)?.attempt ?? 0);
  }

  #publish({ subtask = "", attempt = 0, seq, data }: LineOf<"publish">): void {
    if (data.accepted)
      this.published.set(subtask, { ...data, attempt, line: seq, steps: this.#steps.get(subtask) ?? 0 });
  }

  #write({ subtask = "", attempt, data: { artifact, version, hash } }: LineOf<"write">): void {
    this.#newest.set(artifact, version);
    this.hashes.set(`${artifact}\n${version}`, hash);
    const writer = attempt === PLAN_ATTEMPT ? null : subtask;
    this.uses.push({ kind: "artifact", subtask: writer, artifact, version, isOwn: true });
  }

  /** A step sees what stood when it began: at most what stands now. */
  #read(line: LineOf<"tool-call">): void {
    const { subtask, data } = line;
    if (subtask === undefined || data.outcome !== "ok") return;
    const [name, version, of] = ["name", "version", "subtask"].map((argument) => fieldOf(data.args, argument));
    if (data.tool === "read_result" && typeof of === "string" && this.published.has(of))
      this.uses.push({ kind: "result", subtask, of });
    if (data.tool !== "read_artifact" || typeof name !== "string") return;
    const newest = this.#newest.get(name) ?? 0;
    this.#knows(line, name, typeof version === "number" ? Math.min(version, newest) : newest);
  }

  #knows({ subtask }: JournalLine, artifact: string, version: number): void {
    if (subtask !== undefined) this.uses.push({ kind: "artifact", subtask, artifact, version, isOwn: false });
  }
}

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
