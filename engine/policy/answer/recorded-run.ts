/**
 * What journal and contents say of a run's plan, results and end, without its database. Folded line by line; outputs stay where they
 * are until they are asked for. Pure, but for the contents that it reads.
 *
 * 1. A journal of a release that did not put them on record has no plan here, and no end.
 * 2. What it says is what the board said: a result is on record before the board has it, and the plan that is on record last is the
 *    board's, but for a kill between the two.
 */
import type { DataOf, JournalLine, LineOf } from "../../journal/events.ts";
import { recordedPlan, contentJson } from "../../journal/recorded-messages.ts";
import type { Contents } from "../../ports/board.ts";
import type { KeptText, SubtaskResult } from "../../../state/lane-record.ts";
import type { Plan } from "../../../state/plan.ts";
import type { RunResult } from "../../../state/run-result.ts";
import { resultWith } from "../output/kept-output.ts";
import { subtaskReports } from "./build-result.ts";

export class RecordedRun {
  readonly #contents: Contents;
  readonly #ends = new Map<string, DataOf<"attempt-end">>();
  readonly #results = new Map<string, SubtaskResult>();
  #planContent: string | undefined;
  #plan: Plan | undefined;
  #end: string | undefined;

  constructor(contents: Contents) {
    this.#contents = contents;
  }

  take(line: JournalLine): void {
    if (line.kind === "attempt-end") this.#ends.set(placeOf(line), line.data);
    if (line.kind === "publish") this.#publish(line);
    if (line.kind === "run-end") this.#end = line.data.result;
    if (line.kind !== "plan") return;
    this.#planContent = line.data.content;
    this.#plan = undefined;
    for (const dropped of line.data.dropped ?? []) this.#results.delete(dropped);
  }

  /** Throws SwarmError STORAGE_FAILED where its content is lost. */
  plan(): Plan | undefined {
    if (this.#planContent !== undefined) this.#plan ??= recordedPlan(this.#contents, this.#planContent);
    return this.#plan;
  }

  result(subtask: string): SubtaskResult | undefined {
    return this.#results.get(subtask);
  }

  /** The result of the run as it was at its end; undefined: it is not on record. Throws as `plan` does. */
  end(): RunResult | undefined {
    if (this.#end === undefined) return undefined;
    const result: RunResult = contentJson(this.#contents, this.#end);
    return { ...result, subtasks: subtaskReports(this.plan(), (id) => this.result(id)) };
  }

  #publish(line: LineOf<"publish">): void {
    const { subtask = "", attempt = 0, data } = line;
    const ended = this.#ends.get(placeOf(line));
    if (!data.accepted || ended === undefined || data.digest === undefined) return;
    const { agent, cause, steps } = ended;
    const { outcome, digest, characters, startedAt = line.at, endedAt = line.at, waitedForSlotMs = 0 } = data;
    const fields = { subtask, attempt, agent, outcome, cause, steps, startedAt, endedAt, waitedForSlotMs };
    this.#results.set(subtask, resultWith(fields, referenceTo(digest, characters), this.#contents));
  }
}

function placeOf({ subtask, attempt }: JournalLine): string {
  return `${subtask}/${attempt}`;
}

/** A content of which the digest is on record; its size in bytes nobody asks for. */
function referenceTo(digest: string, characters = Infinity): KeptText {
  return { digest, characters, bytes: Infinity };
}
