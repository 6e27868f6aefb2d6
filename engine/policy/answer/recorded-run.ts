/**
 * What journal and contents say of a run's plan, results and end, without its database; outputs stay where they are until they are
 * asked for. Pure, but for the contents that it reads.
 *
 * 1. A journal of a release that did not put them on record has no plan here, and no end.
 * 2. What it says is what the board said: a result is on record before the board has it, and the plan that is on record last is the
 *    board's, but for a kill between the two.
 */
import { recordedPlan, contentJson } from "../../journal/recorded-messages.ts";
import type { RunView } from "../../journal/run-view.ts";
import type { Contents } from "../../ports/board.ts";
import type { SubtaskResult } from "../../../state/lane-record.ts";
import type { Plan } from "../../../state/plan.ts";
import type { RunResult } from "../../../state/run-result.ts";
import { resultWith } from "../output/kept-output.ts";
import { subtaskReports } from "./build-result.ts";

export class RecordedRun {
  readonly #contents: Contents;
  readonly #view: RunView;
  #plan: Plan | undefined;

  /** `view`: of the whole journal, as it is now. */
  constructor(view: RunView, contents: Contents) {
    this.#contents = contents;
    this.#view = view;
  }

  /** Throws SwarmError STORAGE_FAILED where its content is lost. */
  plan(): Plan | undefined {
    const { planContent } = this.#view;
    if (planContent !== undefined) this.#plan ??= recordedPlan(this.#contents, planContent);
    return this.#plan;
  }

  result(subtask: string): SubtaskResult | undefined {
    const { published: line, ends } = this.#view.lanes.get(subtask) ?? {};
    const { attempt = 0 } = line ?? {};
    const end = ends?.get(attempt);
    if (line?.data.digest === undefined || end === undefined) return undefined;
    const { agent, cause, steps } = end;
    const { outcome, digest, characters, startedAt = line.at, endedAt = line.at, waitedForSlotMs = 0 } = line.data;
    const fields = { subtask, attempt, agent, outcome, cause, steps, startedAt, endedAt, waitedForSlotMs };
    // Its size in bytes nobody asks for.
    return resultWith(fields, { digest, characters, bytes: Infinity }, this.#contents);
  }

  /** The result of the run as it was at its end; undefined: it is not on record. Throws as `plan` does. */
  end(): RunResult | undefined {
    const recorded = this.#view.end?.result;
    if (recorded === undefined) return undefined;
    const result: RunResult = contentJson(this.#contents, recorded);
    return { ...result, subtasks: subtaskReports(this.plan(), (id) => this.result(id)) };
  }
}
