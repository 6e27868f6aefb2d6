/**
 * What a person wants to see of a run while it works: the view that is folded from its journal, beside the plan and the caps. Owns
 * no meaning of a line; every number is read from that view when it is asked for.
 */
import type { CoordinatorTurn, ProgressView } from "../../../engine/journal/progress-view.ts";
import { conflictsIn, workedMs, type RunView } from "../../../engine/journal/run-view.ts";
import type { Plan } from "../../../state/plan.ts";
import type { Caps, Usage } from "../../../state/usage.ts";
import { laneRoster, type LaneRoster } from "./lane-roster.ts";
import { notableOf, type Notable } from "./notables.ts";
import { cleanText } from "./terminal-text.ts";

/** What the view knows of a run beside its journal. */
export interface RunFacts {
  id: string;
  task: string;
  caps: Caps;
  /** Model calls in flight at most. */
  concurrency: number;
  /** The run's plan as it stands, expanded. */
  plan: () => Plan | undefined;
  /** The most turns of an agent. */
  maxStepsOf: (agent: string) => number | undefined;
}

export class LaneProgress {
  readonly facts: RunFacts;
  /** Cleaned. */
  readonly task: string;
  readonly #view: RunView;
  /** When the last process began that is not this one. */
  readonly #processBefore: number | undefined;
  #roster: { seq: number; plan: Plan | undefined; made: LaneRoster } | undefined;

  /** `view`: of the run's journal, which this process has not appended to yet. */
  constructor(facts: RunFacts, view: RunView) {
    this.facts = facts;
    this.task = cleanText(facts.task);
    this.#view = view;
    this.#processBefore = view.clock.processSince;
  }

  get #progress(): ProgressView {
    return this.#view.progress;
  }

  get phase(): ProgressView["phase"] {
    return this.#progress.phase;
  }

  /** How the run ended, as its journal says. */
  get status(): string {
    return this.#progress.status;
  }

  get spent(): Usage {
    return this.#view.spending.spent;
  }

  /** Ids of model calls that were reserved and not settled. */
  get callsInFlight(): ReadonlySet<string> {
    return this.#progress.inFlight;
  }

  get signals(): number {
    return this.#progress.signals;
  }

  get toolErrors(): number {
    return this.#progress.toolErrors;
  }

  /** Writes that could not simply be merged. */
  get conflicts(): number {
    return conflictsIn(this.#view);
  }

  get coordinator(): CoordinatorTurn | undefined {
    return this.#progress.coordinator;
  }

  /** As the journal and the plan are now. */
  get roster(): LaneRoster {
    const { seq } = this.#view.head;
    const plan = this.facts.plan();
    if (this.#roster?.seq !== seq || this.#roster.plan !== plan)
      this.#roster = { seq, plan, made: laneRoster(this.#view, plan) };
    return this.#roster.made;
  }

  /** The last `limit` notable events, oldest first. */
  notables(limit: number): Notable[] {
    return limit <= 0 ? [] : [...this.#progress.notes.values()].slice(-limit).map(notableOf);
  }

  /** Milliseconds in which some process worked on the run; it stands still until this process begins. */
  workedMs(now: number): number {
    const { workedMs: before, processSince } = this.#view.clock;
    if (processSince === undefined || processSince === this.#processBefore) return workedMs(this.#view);
    return before + Math.max(0, now - processSince);
  }
}
