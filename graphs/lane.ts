/** The graph of a lane: the path of one subtask from "inputs ready" to "result published". Topology only. */
import { END, Send, START, StateGraph, type LangGraphRunnableConfig } from "@langchain/langgraph";
import type { Services } from "../engine/ports.ts";
import { act } from "../nodes/act.ts";
import { awaitInputs } from "../nodes/await-inputs.ts";
import { join } from "../nodes/join.ts";
import { publish } from "../nodes/publish.ts";
import { recover } from "../nodes/recover.ts";
import { split } from "../nodes/split.ts";
import { think } from "../nodes/think.ts";
import { validate } from "../nodes/validate.ts";
import type { LaneRecords } from "../state/lane-record.ts";
import { LaneOutput, LaneState, type Assignment, type LaneStep } from "../state/lane-state.ts";

/** Supersteps of one lane: the ceiling of steps, and what recovery adds to each. */
const LANE_SUPERSTEPS = 20_000;
/** What a stream shows of a lane's steps; all of its state. */
const STREAMED = Object.keys(LaneState.spec) as (keyof LaneState)[];

/** What the lane of a subtask and the lane of a part have in common. */
function steps(services: Services) {
  return new StateGraph({ stateSchema: LaneState, output: LaneOutput })
    .addNode("await-inputs", awaitInputs(services))
    .addNode("think", think(services))
    .addNode("act", act(services))
    .addNode("validate", validate(services))
    .addNode("recover", recover(services))
    .addNode("publish", publish(services))
    .addEdge(START, "await-inputs")
    .addConditionalEdges("await-inputs", next, to("think", "publish", "end"))
    .addConditionalEdges("think", next, to("think", "act", "validate", "recover", "publish"))
    .addConditionalEdges("act", next, to("think", "recover"))
    .addConditionalEdges("validate", next, to("publish", "recover"))
    .addEdge("publish", END);
}

/** The lane of a part of a subtask that was split: not split again. */
function partGraph(services: Services) {
  return steps(services)
    .addConditionalEdges("recover", next, to("think", "validate", "publish"))
    .compile({ name: "part" });
}

export function laneGraph(services: Services) {
  const part = nested(partGraph(services));
  return (
    steps(services)
      .addNode("split", split(services))
      // Results go to the board; the lane reads them there.
      .addNode("part", async (assignment: Assignment, config) => void (await part.run(assignment, config)), {
        subgraphs: part.subgraphs,
      })
      .addNode("join", join(services))
      .addConditionalEdges("recover", next, to("think", "validate", "split", "publish"))
      .addConditionalEdges("split", parts, ["part", "recover"])
      .addEdge("part", "join")
      .addConditionalEdges("join", next, to("think", "publish"))
      .compile({ name: "lane" })
  );
}

/** As much of a compiled lane as its host needs. */
interface Lane {
  invoke(
    input: Assignment,
    config: LangGraphRunnableConfig & { outputKeys: typeof STREAMED },
  ): Promise<{ lanes: LaneRecords }>;
}

/**
 * A lane as a node of another graph. LangGraph would give it the swarm's recursion limit (1,000, or whatever Studio sends), and
 * a lane that runs into it ends the whole run; of its updates it would stream what leaves the lane alone; and in a trace all
 * lanes would have one name.
 */
export function nested<Graph extends Lane>(lane: Graph) {
  const run = async (assignment: Assignment, config: LangGraphRunnableConfig) => {
    const { subtask } = assignment;
    const traced = { runName: `lane · ${subtask}`, metadata: { ...config.metadata, subtask } };
    const limits = { recursionLimit: LANE_SUPERSTEPS, outputKeys: STREAMED };
    const { lanes } = await lane.invoke(assignment, { ...config, ...traced, ...limits });
    return { lanes };
  };
  return { run, subgraphs: [lane] };
}

/** The parts side by side, or back to `recover` where there are none. */
function parts(state: LaneState): Send[] | "recover" {
  return state.next === "recover" ? "recover" : state.parts.map((assignment) => new Send("part", assignment));
}

/** Each node says where the lane goes. */
function next(state: LaneState): LaneStep {
  return state.next;
}

function to<Step extends LaneStep>(...steps: Step[]) {
  return Object.fromEntries(steps.map((step) => [step, step === "end" ? END : step])) as Record<
    Step,
    Exclude<Step, "end">
  >;
}
