/** What a run's times and readings say against the way in which it was cut. Pure; each warning carries its evidence. */
import type { RunView } from "../../journal/run-view.ts";
import type { ParallelismWarning } from "../../../state/parallelism.ts";
import type { Plan } from "../../../state/plan.ts";
import type { LaneTimes } from "./lane-times.ts";
import { seconds } from "../../../state/plain-text.ts";

/** Fewer lanes say nothing of how work was spread. */
const LEAST_LANES = 3;
/** One chain with so much of all lane time is a serial run. */
const COLLAPSE_SHARE = 0.8;
/** So much of what was read had been read by another lane. */
const REPEATED_SHARE = 0.5;
/** A straggler took so many times the median, and made the run longer by so much. */
const STRAGGLER_FACTOR = 2;
const STRAGGLER_SHARE = 0.1;
/** Ids that a warning names. */
const MOST_NAMED = 10;

interface Facts {
  readings: RunView["readings"];
  plan: Plan | undefined;
  lanes: readonly LaneTimes[];
  makespanMs: number;
  busyMs: number;
  longestPath: { ms: number; subtasks: string[] };
}

export function warningsOf(facts: Facts): ParallelismWarning[] {
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
      const evidence = `${lane.subtask} took ${seconds(ms)} (the median lane ${seconds(median)}) on the chain that decided the makespan of ${seconds(makespanMs)}`;
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

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
