/** The graph of a lane: the path of one subtask from "inputs ready" to "result published". Topology only. */
import { Command, END, Send, START, StateGraph, type LangGraphRunnableConfig } from "@langchain/langgraph";
import type { Services } from "../engine/runtime/run/run.ts";
import { underOwnSignal } from "../engine/runtime/turns/ending.ts";
import { heardOfLane } from "../engine/runtime/turns/stream-events.ts";
import { act } from "../nodes/act.ts";
import { awaitInputs } from "../nodes/await-inputs.ts";
import { delegate } from "../nodes/delegate.ts";
import { join } from "../nodes/join.ts";
import { person } from "../nodes/person.ts";
import { publish } from "../nodes/publish.ts";
import { recover } from "../nodes/recover.ts";
import { split } from "../nodes/split.ts";
import { think } from "../nodes/think.ts";
import { validate } from "../nodes/validate.ts";
import {
  Assignment,
  LaneOutput,
  LaneState,
  type LaneChange,
  type LaneStep,
  type LaneUpdate,
} from "../state/lane-state.ts";

/** Supersteps of one lane: the ceiling of steps, and what recovery adds to each. */
const LANE_SUPERSTEPS = 20_000;
const STREAMED = Object.keys(LaneState.spec) as (keyof LaneState)[];
const RESULT: typeof STREAMED = ["lanes", "artifacts"];

/** What the lane of a subtask and the lane of a part have in common; where `recover` and `publish` can lead. */
function steps(services: Services, recovery: LaneStep[], published: (typeof END | "part")[]) {
  return new StateGraph({ state: LaneState, input: Assignment, output: LaneOutput })
    .addNode("await-inputs", moving(awaitInputs(services)), { ends: ["think", "recover", "publish", END] })
    .addNode("think", moving(think(services)), {
      ends: ["think", "person", "delegate", "act", "validate", "recover", "publish"],
    })
    .addNode("person", moving(person(services)), { ends: ["validate", "publish", "recover"] })
    .addNode("delegate", moving(delegate(services)), { ends: ["delegate", "validate", "publish", "recover"] })
    .addNode("act", moving(act(services)), { ends: ["think", "recover"] })
    .addNode("validate", moving(validate(services)), { ends: ["publish", "recover"] })
    .addNode("recover", moving(recover(services)), { ends: recovery })
    .addNode("publish", moving(publish(services)), { ends: published })
    .addEdge(START, "await-inputs");
}

/** The lane of a part of a subtask that was split, or of one that a lane has asked for: not split again. */
function partGraph(services: Services) {
  return steps(services, ["await-inputs", "think", "validate", "publish"], [END]).compile({ name: "part" });
}

export function laneGraph(services: Services) {
  const part = nested(partGraph(services));
  return (
    steps(services, ["await-inputs", "think", "validate", "split", "publish"], ["part", END])
      .addNode("split", moving(split(services)), { ends: ["part", "recover"] })
      // Results go to the board; the lane reads them there.
      .addNode("part", async (assignment: Assignment, config) => void (await part.run(assignment, config)), {
        subgraphs: part.subgraphs,
      })
      .addNode("join", moving(join(services)), { ends: ["part", "think", "publish", END] })
      .addEdge("part", "join")
      .compile({ name: "lane" })
  );
}

type LaneNode = (state: LaneState, config: LangGraphRunnableConfig) => Promise<LaneUpdate>;

/**
 * Each node says where the lane goes; as a command, since an edge with a condition reads the whole state once more after each
 * step, and costs a tenth of it.
 */
function moving(node: LaneNode) {
  return async (state: LaneState, config: LangGraphRunnableConfig) => {
    const { next, parts, ...change } = await node(state, config);
    const update = isWatched(config) ? change : changesIn(change, state);
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

/** Whether somebody streams what happens inside: without, the state need not be read out after each step. */
function isWatched(config: LangGraphRunnableConfig): boolean {
  return config.configurable?.["__pregel_stream"] !== undefined;
}

/** As much of a compiled lane as its host needs. */
interface Lane {
  invoke(
    input: Assignment,
    config: LangGraphRunnableConfig & { outputKeys: typeof STREAMED },
  ): Promise<typeof LaneOutput.State>;
}

/**
 * A lane as a node of another graph. LangGraph would give it the swarm's recursion limit (1,000, or whatever Studio sends), and
 * a lane that runs into it ends the whole run; of its updates it would stream what leaves the lane alone; and in a trace all
 * lanes would have one name. `before`: comes first, as part of the host.
 */
export function nested<Graph extends Lane>(
  lane: Graph,
  before?: (assignment: Assignment, config: LangGraphRunnableConfig) => Promise<void>,
) {
  const run = async (assignment: Assignment, config: LangGraphRunnableConfig) => {
    await before?.(assignment, config);
    const { runId, subtask, attempt, agent } = assignment;
    const facts = { run_id: runId, subtask, attempt, agent };
    const traced = { runName: `lane · ${subtask}`, metadata: { ...config.metadata, ...facts } };
    const limits = { recursionLimit: LANE_SUPERSTEPS, outputKeys: isWatched(config) ? STREAMED : RESULT };
    const inside = { ...config, ...heardOfLane(config), ...traced, ...limits };
    const { lanes, artifacts } = await underOwnSignal(inside, (own) => lane.invoke(assignment, own));
    return { lanes, ...(artifacts === undefined ? {} : { artifacts }) };
  };
  return { run, subgraphs: [lane] };
}
