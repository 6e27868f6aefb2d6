/**
 * What a person wants to see of a run while it works: the view that is folded from its journal, beside the plan and the caps. Owns
 * no meaning of a line; every number is read from that view when it is asked for. Texts are cleaned when they are asked for.
 */
import type { JournalLine } from "../../../engine/journal/events.ts";
import {
  newLaneNow,
  WORKING_PHASES,
  type LaneNow,
  type LanePhase,
  type ProgressView,
} from "../../../engine/journal/progress-view.ts";
import { conflictsIn, workedMs, type RunView } from "../../../engine/journal/run-view.ts";
import type { Run } from "../../../engine/runtime/run/run.ts";
import { coverageOf, OUTCOMES, type Coverage, type Outcome } from "../../../state/outcome.ts";
import type { Plan, Subtask } from "../../../state/plan.ts";
import type { Usage } from "../../../state/usage.ts";
import { notableOf, type Notable } from "./notables.ts";
import { cleanText, clip, namesOf } from "./terminal-text.ts";

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

/** What waits is told apart: `waiting-inputs` for results that it names, `waiting-slot` for an agent slot. */
export type ShownPhase = Exclude<LanePhase, "waiting"> | "waiting-inputs" | "waiting-slot";

/** What a subtask's title may take; a screen shows less. */
const TITLE_CHARACTERS = 200;
/** Cells of a tool's arguments that are worth keeping. */
const GIST = 60;

/** One lane as the view shows it: how it stands by the journal, and what the plan says of it. */
export class Lane {
  readonly id: string;
  readonly phase: ShownPhase;
  /** As the journal says. */
  readonly now: LaneNow;
  readonly #subtask: Subtask | undefined;

  /** `isReady`: all that it waits for has ended. */
  constructor(
    id: string,
    { now = newLaneNow(), subtask, isReady }: { now?: LaneNow; subtask?: Subtask; isReady: boolean },
  ) {
    this.id = id;
    this.now = now;
    this.#subtask = subtask;
    this.phase = now.phase === "waiting" ? (isReady ? "waiting-slot" : "waiting-inputs") : now.phase;
  }

  get title(): string {
    return cleanText(this.#subtask?.title.slice(0, TITLE_CHARACTERS) ?? "") || this.id;
  }

  /** `reduce`: parts of a split subtask too. */
  get role(): "work" | "reduce" | "repair" {
    const { role = "work" } = this.#subtask ?? {};
    return role === "part" ? "reduce" : role;
  }

  /** The most turns that it may take; undefined: not known. */
  get limit(): number | undefined {
    return this.#subtask?.steps;
  }

  get agent(): string {
    return cleanText(this.now.agent);
  }

  /** Tools that it runs now, or that wait for a human, each once. */
  get calls(): string {
    return namesOf(this.now.calls);
  }

  /** `search_documents “node version”`: the tool call before with the first text among its arguments. */
  get lastTool(): string {
    const { lastTool } = this.now;
    if (lastTool === undefined) return "";
    const tool = cleanText(lastTool.tool);
    const args: unknown[] = Object.values(lastTool.args ?? {});
    const first = args.find((value) => typeof value === "string" && value !== "");
    return typeof first !== "string" ? tool : `${tool} “${clip(cleanText(first.slice(0, 4 * GIST)), GIST)}”`;
  }

  get cause(): string {
    return cleanText(this.now.cause);
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
    total: work.length,
    reduction: tally("reduce"),
    repairs: tally("repair"),
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
  const progress = new LaneProgress(run);
  const stop = run.record.journal.subscribe((line) => {
    try {
      onLine(line, progress);
    } catch (error) {
      stop();
      onFailure(error);
    }
  });
  return { progress, stop };
}
