/**
 * The lanes of a run as they stand, by its journal and its plan: what the live view shows of a run at work, and `show` of one that
 * some process works on. Texts are cleaned when they are asked for. Pure.
 */
import { newLaneNow, WORKING_PHASES, type LaneNow, type LanePhase } from "../../../engine/journal/progress-view.ts";
import type { RunView } from "../../../engine/journal/run-view.ts";
import { coverageOf, OUTCOMES, type Coverage, type Outcome } from "../../../state/outcome.ts";
import type { Plan, Subtask } from "../../../state/plan.ts";
import { cleanText, clip, namesOf } from "./terminal-text.ts";

/** What waits is told apart: `waiting-inputs` for results that it names, `waiting-slot` for an agent slot. */
export type ShownPhase = Exclude<LanePhase, "waiting"> | "waiting-inputs" | "waiting-slot";

/** What a lane does, as a person is told of it. */
export const PHASE_WORDS: Readonly<Record<ShownPhase, string>> = {
  thinking: "thinking",
  acting: "using tools",
  "waiting-model": "queued for the model",
  retrying: "retrying",
  reassigned: "reassigned",
  paused: "waiting for a human",
  "waiting-slot": "waiting for a slot",
  "waiting-inputs": "waiting for inputs",
  ended: "ended",
};

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
export interface LaneRoster {
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

export function laneRoster(view: RunView, plan: Plan | undefined): LaneRoster {
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
