/**
 * How parallel a run was, and what kept it from being more so: from the journal and the plan. Pure.
 *
 * Efficiency is the time in which lanes worked (not that in which they waited for a model slot), over the time from the first
 * lane's start to the last one's end × the lanes at most at work.
 */
import type { ParallelismReport, ParallelismWarning } from "../../../state/run-result.ts";
import { duration, percent } from "../../../state/amounts.ts";
import type { Plan } from "../../../state/plan.ts";
import type { LaneView } from "../../journal/lane-view.ts";
import type { RunView } from "../../journal/run-view.ts";
import { criticalSteps } from "../plan/topology.ts";

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

/** Fewer lanes say nothing of how work was spread. */
const LEAST_LANES = 3;
/** One chain with so much of all lane time is a serial run. */
const COLLAPSE_SHARE = 0.8;
/** So much of what was read had been read by another lane. */
const REPEATED_SHARE = 0.5;
/** A straggler took so many times the median, and made the run longer by so much. */
const STRAGGLER_FACTOR = 2;
const STRAGGLER_SHARE = 0.1;
const MOST_NAMED = 10;

interface Facts {
  readings: RunView["readings"];
  plan: Plan | undefined;
  lanes: readonly LaneTimes[];
  makespanMs: number;
  busyMs: number;
  longestPath: { ms: number; subtasks: string[] };
}

/** What a run's times and readings say against the way in which it was cut. Pure; each warning carries its evidence. */
function warningsOf(facts: Facts): ParallelismWarning[] {
  if (facts.lanes.length < LEAST_LANES) return [];
  return [...serialCollapse(facts), ...spuriousParallelism(facts), ...stragglers(facts)];
}

function serialCollapse({ lanes, longestPath }: Facts): ParallelismWarning[] {
  const onPath = new Set(longestPath.subtasks);
  const busy = (of: readonly LaneTimes[]): number =>
    of.reduce(
      (sum, { startMs, endMs, waitedForModelSlotMs }) => sum + Math.max(0, endMs - startMs - waitedForModelSlotMs),
      0,
    );
  const all = busy(lanes);
  const share = all === 0 ? 0 : busy(lanes.filter(({ subtask }) => onPath.has(subtask))) / all;
  if (share < COLLAPSE_SHARE || onPath.size < 2) return [];
  const evidence = `one chain of ${onPath.size} of ${lanes.length} subtasks did ${percent(share)} of the work: a single agent would be about as fast`;
  return [{ kind: "serial-collapse", evidence, subtasks: longestPath.subtasks.slice(0, MOST_NAMED) }];
}

/** The same answer of the same tool, given to several lanes. */
function spuriousParallelism({ readings }: Facts): ParallelismWarning[] {
  const passages = [...readings.values()];
  // A lane that reads something twice is its own business.
  const read = passages.reduce((sum, { lanes, characters }) => sum + lanes.size * characters, 0);
  const repeated = passages.reduce((sum, { lanes, characters }) => sum + (lanes.size - 1) * characters, 0);
  const most = passages.toSorted((one, other) => other.lanes.size - one.lanes.size)[0];
  if (most === undefined || most.lanes.size < LEAST_LANES || repeated < REPEATED_SHARE * read) return [];
  const evidence = `${percent(repeated / read)} of what agents read had been read by another; ${most.lanes.size} of them were given the same answer by ${most.tool}`;
  return [{ kind: "spurious-parallelism", evidence, subtasks: [...most.lanes].slice(0, MOST_NAMED) }];
}

/** Back from the lane that ended last, each time to the input that came last: the chain that decided the makespan. */
function stragglers({ plan, lanes, makespanMs }: Facts): ParallelismWarning[] {
  const byId = new Map(lanes.map((lane) => [lane.subtask, lane]));
  const inputs = new Map(plan?.subtasks.map(({ id, dependsOn }) => [id, dependsOn]));
  const durations = lanes.map(({ startMs, endMs }) => endMs - startMs).toSorted((one, other) => one - other);
  const median = durations[Math.floor((durations.length - 1) / 2)] ?? 0;
  const found: ParallelismWarning[] = [];
  for (let lane = lastOf(lanes); lane !== undefined;) {
    const ms = lane.endMs - lane.startMs;
    if (ms >= STRAGGLER_FACTOR * median && ms - median >= STRAGGLER_SHARE * makespanMs) {
      const evidence = `${lane.subtask} took ${duration(ms)} (the median lane ${duration(median)}) on the chain that decided the makespan of ${duration(makespanMs)}`;
      found.push({ kind: "straggler", evidence, subtasks: [lane.subtask] });
    }
    lane = lastOf((inputs.get(lane.subtask) ?? []).flatMap((id) => byId.get(id) ?? []));
  }
  return found.slice(0, MOST_NAMED);
}

function lastOf(lanes: readonly LaneTimes[]): LaneTimes | undefined {
  return lanes.reduce<LaneTimes | undefined>(
    (last, lane) => (last === undefined || lane.endMs > last.endMs ? lane : last),
    undefined,
  );
}

/** Milliseconds of the run's working time. */
interface LaneTimes {
  subtask: string;
  startMs: number;
  endMs: number;
  /** From the plan's routing to its last input. */
  waitedForInputsMs: number;
  /** From then to its place among the agents at work. */
  waitedForAgentSlotMs: number;
  waitedForModelSlotMs: number;
  /** From a question to a human to its answer: the lane holds no slot meanwhile. */
  waitedForHumanMs: number;
  /** Model calls, from the request to the end of the answer. */
  providerMs: number;
  steps: number;
}

interface RunTimes {
  /** Those that have begun, in the order of the plan. */
  lanes: LaneTimes[];
  tokens: number;
  done: number;
  /** Waiting for a model slot and for the provider, by the coordinator. */
  coordinator: Pick<LaneTimes, "waitedForModelSlotMs" | "providerMs" | "steps">;
}

export function runTimes(view: RunView, plan: Plan | undefined): RunTimes {
  const subtasks = plan?.subtasks ?? [];
  const { lanes, coordinator, clock, spending } = view;
  const end = clock.lastMs - clock.idleMs;
  return {
    lanes: subtasks.flatMap(({ id, dependsOn }) => {
      const lane = lanes.get(id);
      if (lane?.startedAt === undefined) return [];
      const inputs = dependsOn.map((input) => lanes.get(input)?.endedAt ?? 0);
      return [timesOf(id, { ...lane, startedAt: lane.startedAt }, Math.max(0, ...inputs), end)];
    }),
    tokens: spending.spent.inputTokens + spending.spent.outputTokens,
    done: subtasks.filter(({ id, role }) => role === "work" && lanes.get(id)?.isDone === true).length,
    coordinator: {
      waitedForModelSlotMs: coordinator.slotMs,
      providerMs: coordinator.providerMs,
      steps: coordinator.spent.steps,
    },
  };
}

function timesOf(subtask: string, lane: LaneView & { startedAt: number }, inputsAt: number, end: number): LaneTimes {
  const routedAt = lane.routedAt ?? lane.startedAt;
  const readyAt = Math.min(lane.startedAt, Math.max(routedAt, inputsAt));
  return {
    subtask,
    startMs: lane.startedAt,
    endMs: Math.max(lane.startedAt, lane.endedAt ?? end),
    waitedForInputsMs: Math.max(0, readyAt - routedAt),
    waitedForAgentSlotMs: lane.startedAt - readyAt,
    waitedForModelSlotMs: lane.slotMs,
    waitedForHumanMs: lane.humanMs + (lane.askedAt === undefined ? 0 : Math.max(0, end - lane.askedAt)),
    providerMs: lane.providerMs,
    steps: lane.spent.steps,
  };
}
