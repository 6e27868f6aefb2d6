/** The lanes of a run and how many stand in each phase: what the plan and the journal say together. Pure; linear in the plan. */
import { WORKING_PHASES } from "../../../engine/journal/progress-view.ts";
import type { RunView } from "../../../engine/journal/run-view.ts";
import { coverageOf, OUTCOMES, type Coverage, type Outcome } from "../../../state/outcome.ts";
import type { Plan, Subtask } from "../../../state/plan.ts";
import { Lane, type ShownPhase } from "./lane.ts";

const PHASES = [
  ...(["waiting-inputs", "waiting-slot", "waiting-model", "thinking", "acting", "retrying", "reassigned"] as const),
  ...(["paused", "ended"] as const),
];

interface Tally {
  total: number;
  ended: number;
}

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
  const ended = work.flatMap(({ phase, outcome }) => (phase === "ended" && outcome !== undefined ? [outcome] : []));
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
