/**
 * What a person wants to see of a run while it works: the view that is folded from its journal, beside the plan and the caps. Owns
 * no meaning of a line; every number is read from that view when it is asked for.
 */
import type { JournalLine } from "../../../engine/journal/events.ts";
import { WORKING_PHASES, type ProgressView } from "../../../engine/journal/progress-view.ts";
import { conflictsIn, workedMs, type RunView } from "../../../engine/journal/run-view.ts";
import type { Run } from "../../../engine/runtime/run/run.ts";
import { coverageOf, OUTCOMES, type Coverage, type Outcome } from "../../../state/outcome.ts";
import type { Plan, Subtask } from "../../../state/plan.ts";
import type { Caps, Usage } from "../../../state/usage.ts";
import { Lane, type ShownPhase } from "./lane.ts";
import { notableOf, type Notable } from "./notables.ts";
import { cleanText } from "./terminal-text.ts";

/** What the view knows of a run beside its journal. */
export interface RunFacts {
  id: string;
  task: string;
  /** It is planned, and not run. */
  isDry?: boolean;
  caps: Caps;
  concurrency: number;
  plan: () => Plan | undefined;
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
    const plan = this.facts.plan();
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

const PHASES = [
  ...(["waiting-inputs", "waiting-slot", "waiting-model", "thinking", "acting", "retrying", "reassigned"] as const),
  ...(["paused", "ended"] as const),
];

interface Tally {
  total: number;
  ended: number;
}

/** The lanes of a run and how many stand in each phase: what the plan and the journal say together. Pure; linear in the plan. */
interface LaneRoster {
  lanes: ReadonlyMap<string, Lane>;
  /** Of the work subtasks, as the coverage counts them. */
  counts: Record<ShownPhase, number>;
  outcomes: Record<Outcome, number>;
  coverage: Coverage;
  total: number;
  /** Subtasks that condense results, or are parts of another; and those that mend what a check found. */
  reduction: Tally;
  repairs: Tally;
  /** Lanes that hold an agent slot; those that wait for a human. */
  working: ReadonlyMap<string, Lane>;
  paused: ReadonlyMap<string, Lane>;
}

function laneRoster(view: RunView, plan: Plan | undefined): LaneRoster {
  const all = lanesOf(view, plan);
  const work = all.filter(({ role }) => role === "work");
  const ended = work.flatMap(({ phase, now: { outcome } }) =>
    phase === "ended" && outcome !== undefined ? [outcome] : [],
  );
  const tally = (role: Lane["role"]): Tally => {
    const own = all.filter((lane) => lane.role === role);
    return { total: own.length, ended: own.filter(({ phase }) => phase === "ended").length };
  };
  return {
    lanes: byId(all),
    counts: countsOf(
      PHASES,
      work.map(({ phase }) => phase),
    ),
    outcomes: countsOf(OUTCOMES, ended),
    coverage: coverageOf(work.length, ended),
    ...{ total: work.length, reduction: tally("reduce"), repairs: tally("repair") },
    working: byId(all.filter(({ phase }) => WORKING_PHASES.has(phase))),
    paused: byId(all.filter(({ phase }) => phase === "paused")),
  };
}

/** Those of the plan; before there is one, those that the journal names. */
function lanesOf({ lanes }: RunView, plan: Plan | undefined): Lane[] {
  if (plan === undefined) return [...lanes].map(([id, { now }]) => new Lane(id, { now, isReady: true }));
  const known = new Set(plan.subtasks.map(({ id }) => id));
  const hasEnded = (id: string): boolean => !known.has(id) || lanes.get(id)?.now.phase === "ended";
  return plan.subtasks.map(
    (subtask: Subtask) =>
      new Lane(subtask.id, { now: lanes.get(subtask.id)?.now, subtask, isReady: subtask.dependsOn.every(hasEnded) }),
  );
}

function byId(lanes: readonly Lane[]): ReadonlyMap<string, Lane> {
  return new Map(lanes.map((lane) => [lane.id, lane]));
}

function countsOf<Key extends string>(keys: readonly Key[], found: readonly Key[]): Record<Key, number> {
  const counts = Object.fromEntries(keys.map((key) => [key, 0])) as Record<Key, number>;
  for (const key of found) counts[key] += 1;
  return counts;
}

export interface Following {
  progress: LaneProgress;
  stop: () => void;
}

interface Follower {
  onLine: (line: JournalLine, progress: LaneProgress) => void;
  /** The view failed: it is stopped, and the run goes on. A listener that threw would make the journal's writer fail. */
  onFailure: (error: unknown) => void;
}

/** Ties a progress to a run: told of each line once it is durable, and in the view of the journal. */
export function followRun(run: Run, { onLine, onFailure }: Follower): Following {
  const { journal } = run.record;
  const progress = new LaneProgress(
    {
      id: run.id,
      task: run.question.task,
      isDry: run.options.dryRun,
      caps: run.options.caps,
      concurrency: run.team.model.endpoint.concurrency,
      plan: () => run.shared.board.plan(),
      maxStepsOf: (agent) => run.team.agent(agent)?.maxSteps,
    },
    journal.view,
  );
  const stop = journal.subscribe((line) => {
    try {
      onLine(line, progress);
    } catch (error) {
      stop();
      onFailure(error);
    }
  });
  return { progress, stop };
}
