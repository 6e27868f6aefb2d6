/**
 * How parallel a run was, and what kept it from being more so: from the journal and the plan. Pure.
 *
 * Efficiency is the time in which lanes worked (not that in which they waited for a model slot), over the time from the first
 * lane's start to the last one's end × the lanes at most at work.
 */
import type { RunView } from "../../journal/run-view.ts";
import type { ParallelismReport } from "../../../state/parallelism.ts";
import type { Plan } from "../../../state/plan.ts";
import { criticalSteps } from "../plan/critical-steps.ts";
import { runTimes, type LaneTimes } from "./lane-times.ts";
import { warningsOf } from "./parallelism-warnings.ts";

export function parallelismReport(view: RunView, plan: Plan | undefined): ParallelismReport {
  const times = runTimes(view, plan);
  const { lanes } = times;
  // A lane that was split waits for its parts: they are the ones at work.
  const split = new Set(plan?.subtasks.filter(({ parts }) => parts !== undefined).map(({ id }) => id));
  const atWork = lanes.filter(({ subtask }) => !split.has(subtask));
  const makespanMs = lanes.length === 0 ? 0 : latest(lanes) - Math.min(...lanes.map(({ startMs }) => startMs));
  const busyMs = sum(atWork, (lane) =>
    Math.max(0, lane.endMs - lane.startMs - lane.waitedForModelSlotMs - lane.waitedForHumanMs),
  );
  const peakLanes = peakOf(atWork);
  const longestPath = longestPathOf(plan, lanes);
  const steps = new Map(lanes.map((lane) => [lane.subtask, lane.steps]));
  return {
    criticalSteps: criticalSteps(plan, (id) => steps.get(id) ?? 0, times.coordinator.steps),
    longestPath,
    makespanMs,
    busyMs,
    efficiency: makespanMs === 0 || peakLanes === 0 ? null : busyMs / (makespanMs * peakLanes),
    averageLanes:
      makespanMs === 0 ? 0 : sum(atWork, (lane) => lane.endMs - lane.startMs - lane.waitedForHumanMs) / makespanMs,
    peakLanes,
    waitedMs: {
      inputs: sum(lanes, ({ waitedForInputsMs }) => waitedForInputsMs),
      agentSlot: sum(lanes, ({ waitedForAgentSlotMs }) => waitedForAgentSlotMs),
      modelSlot:
        sum(lanes, ({ waitedForModelSlotMs }) => waitedForModelSlotMs) + times.coordinator.waitedForModelSlotMs,
      human: sum(lanes, ({ waitedForHumanMs }) => waitedForHumanMs),
      provider: sum(lanes, ({ providerMs }) => providerMs) + times.coordinator.providerMs,
    },
    tokensPerResult: times.done === 0 ? null : times.tokens / times.done,
    warnings: warningsOf({ readings: view.readings, plan, lanes: atWork, makespanMs, busyMs, longestPath }),
  };
}

/** The chain of dependencies with the most lane time. */
function longestPathOf(plan: Plan | undefined, lanes: readonly LaneTimes[]): { ms: number; subtasks: string[] } {
  const byId = new Map(lanes.map((lane) => [lane.subtask, lane]));
  const ends = new Map<string, { ms: number; before: string | undefined }>();
  let last: string | undefined;
  for (const { id, dependsOn } of plan?.subtasks ?? []) {
    const lane = byId.get(id);
    const before = longestOf(dependsOn, ends);
    const ms = (ends.get(before ?? "")?.ms ?? 0) + (lane === undefined ? 0 : lane.endMs - lane.startMs);
    ends.set(id, { ms, before });
    if (ms > (ends.get(last ?? "")?.ms ?? 0)) last = id;
  }
  const subtasks: string[] = [];
  for (let id = last; id !== undefined; id = ends.get(id)?.before) subtasks.unshift(id);
  return { ms: ends.get(last ?? "")?.ms ?? 0, subtasks };
}

function longestOf(ids: readonly string[], ends: ReadonlyMap<string, { ms: number }>): string | undefined {
  return ids.reduce<string | undefined>(
    (best, id) => (best === undefined || (ends.get(id)?.ms ?? 0) > (ends.get(best)?.ms ?? 0) ? id : best),
    undefined,
  );
}

function peakOf(lanes: readonly LaneTimes[]): number {
  const changes = lanes
    .flatMap(({ startMs, endMs }) => [
      { at: startMs, by: 1 },
      { at: endMs, by: -1 },
    ])
    // Who ends in the moment in which another begins has left it the place.
    .toSorted((one, other) => one.at - other.at || one.by - other.by);
  let now = 0;
  let peak = 0;
  for (const { by } of changes) peak = Math.max(peak, (now += by));
  return Math.max(peak, lanes.length > 0 ? 1 : 0);
}

function latest(lanes: readonly LaneTimes[]): number {
  return Math.max(...lanes.map(({ endMs }) => endMs));
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
