/** How a lane runs within LangGraph: its nodes say where it goes, and it is itself a node of another graph. */
import { Command, END, Send, type LangGraphRunnableConfig } from "@langchain/langgraph";
import {
  LaneState,
  type Assignment,
  type LaneChange,
  type LaneOutput,
  type LaneUpdate,
} from "../../../state/lane-state.ts";
import type { Services } from "../run/run.ts";
import { given, stoppable } from "../waiting/waits.ts";
import { isWatched, outerSignal, underSignal } from "./host-config.ts";
import { heardOfLane } from "./stream-events.ts";

/** Supersteps of one lane: the ceiling of steps, and what recovery adds to each. */
const LANE_SUPERSTEPS = 20_000;
const STREAMED = Object.keys(LaneState.spec) as (keyof LaneState)[];
const RESULT: typeof STREAMED = ["lanes", "artifacts"];

type LaneNode = (state: LaneState, config: LangGraphRunnableConfig) => Promise<LaneUpdate>;

/**
 * Each node says where the lane goes; as a command, since an edge with a condition reads the whole state once more after each
 * step, and costs a tenth of it.
 */
export function moving(node: LaneNode) {
  return async (state: LaneState, config: LangGraphRunnableConfig) => {
    const { next, parts, ...change } = await node(state, config);
    const update = isWatched(config.configurable) ? change : changesIn(change, state);
    const goto = parts?.map((assignment) => new Send("part", assignment)) ?? (next === "end" ? END : next);
    return new Command({ update, goto });
  };
}

/**
 * What of an update is new to the state. The rest would be versioned and stored like a change: a row in each step for each field
 * (docs/decisions/0021). Whoever streams is shown all that a node says.
 */
function changesIn(update: LaneChange, state: LaneState): LaneChange {
  const before: Record<string, unknown> = state;
  return Object.fromEntries(Object.entries(update).filter(([key, value]) => !isSame(value, before[key])));
}

function isSame(one: unknown, other: unknown): boolean {
  return one === other || (isEmpty(one) && isEmpty(other) && Array.isArray(one) === Array.isArray(other));
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

/** As much of a compiled lane as its host needs. */
interface Lane {
  invoke(
    input: Assignment,
    config: LangGraphRunnableConfig & { outputKeys: typeof STREAMED },
  ): Promise<typeof LaneOutput.State>;
}

/**
 * A subgraph listens to the run's one signal anew in each step, and an EventTarget goes through all its listeners for each that comes or goes:
 * with hundreds of lanes each has a signal of its own, that follows.
 */
function underOwnSignal<Result, Config extends LangGraphRunnableConfig>(
  config: Config,
  work: (config: Config) => Promise<Result>,
): Promise<Result> {
  const outer = outerSignal(config.configurable);
  const stops = given(outer instanceof AbortSignal ? outer : config.signal);
  return stoppable(stops, (signal) =>
    work({ ...config, signal, configurable: underSignal(config.configurable, signal) }),
  );
}

/**
 * A lane as a node of another graph. LangGraph would give it the swarm's recursion limit (1,000, or whatever Studio sends), and
 * a lane that runs into it ends the whole run; of its updates it would stream what leaves the lane alone; and in a trace all
 * lanes would have one name. The run is opened first: by a node of the swarm it tells of itself as the swarm, not as its first lane.
 */
export function nested<Graph extends Lane>(lane: Graph, { runs }: Services) {
  const work = async (assignment: Assignment, config: LangGraphRunnableConfig) => {
    const run = await runs.open(assignment, config);
    const { runId, subtask, attempt, agent } = assignment;
    const facts = { run_id: runId, subtask, attempt, agent };
    const traced = { runName: `lane · ${subtask}`, metadata: { ...config.metadata, ...facts } };
    const limits = { recursionLimit: LANE_SUPERSTEPS, outputKeys: isWatched(config.configurable) ? STREAMED : RESULT };
    const inside = { ...config, ...heardOfLane(config), ...traced, ...limits };
    const { lanes, artifacts } = await underOwnSignal(inside, (own) => lane.invoke(assignment, own)).catch(
      (error: unknown) => {
        throw run.life.thrownByLane(error);
      },
    );
    return { lanes, ...(artifacts === undefined ? {} : { artifacts }) };
  };
  return { run: work, subgraphs: [lane] };
}
