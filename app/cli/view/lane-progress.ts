/**
 * What a person wants to see of a run while it works: the view that is folded from its journal, beside the plan and the caps. Owns
 * no meaning of a line; every number is read from that view when it is asked for. Texts are cleaned when they are asked for.
 */
import type { Noted, ProgressView } from "../../../engine/journal/progress-view.ts";
import { conflictsIn, workedMs, type RunView } from "../../../engine/journal/run-view.ts";
import type { Run } from "../../../engine/runtime/run/run.ts";
import type { Plan } from "../../../state/plan.ts";
import type { Usage } from "../../../state/usage.ts";
import { wordsOf, type LineWords } from "../line-words.ts";
import { laneRoster, type LaneRoster } from "./lane-roster.ts";
import { cleanText } from "./terminal-text.ts";

export class LaneProgress {
  readonly run: Run;
  /** Cleaned. */
  readonly task: string;
  readonly #view: RunView;
  /** When the last process began that is not this one. */
  readonly #processBefore: number | undefined;
  #roster: { seq: number; plan: Plan | undefined; made: LaneRoster } | undefined;

  /** This process has not appended to the run's journal yet. */
  constructor(run: Run) {
    this.run = run;
    this.task = cleanText(run.question.task);
    this.#view = run.record.journal.view;
    this.#processBefore = this.#view.clock.processSince;
  }

  get plan(): Plan | undefined {
    return this.run.shared.board.plan();
  }

  /** As the journal is now. */
  get now(): ProgressView {
    return this.#view.progress;
  }

  get spent(): Usage {
    return this.#view.spending.spent;
  }

  /** Writes that could not simply be merged. */
  get conflicts(): number {
    return conflictsIn(this.#view);
  }

  /** As the journal and the plan are now. */
  get roster(): LaneRoster {
    const { seq } = this.#view.head;
    const { plan } = this;
    if (this.#roster?.seq !== seq || this.#roster.plan !== plan)
      this.#roster = { seq, plan, made: laneRoster(this.#view, plan) };
    return this.#roster.made;
  }

  notables(limit: number): Notable[] {
    return limit <= 0 ? [] : [...this.now.notes.values()].slice(-limit).map(notableOf);
  }

  /** Milliseconds in which some process worked on the run; it stands still until this process begins. */
  workedMs(now: number): number {
    const { workedMs: before, processSince } = this.#view.clock;
    if (processSince === undefined || processSince === this.#processBefore) return workedMs(this.#view);
    return before + Math.max(0, now - processSince);
  }
}

/** Something notable in words; the particulars are those of the last time. Cleaned. */
export interface Notable extends LineWords {
  detail: string;
  /** Milliseconds since the epoch, of the last time. */
  at: number;
  times: number;
}

function notableOf(noted: Noted): Notable {
  const { line, at, times } = noted;
  const { what, detail = "", tone = "plain", whom = line.subtask ?? "" } = wordsOf(line, noted) ?? { what: line.kind };
  const parts = [whom, detail].filter((part) => part !== "");
  return { at, times, tone, what: cleanText(what), detail: cleanText(parts.join(" ")) };
}
