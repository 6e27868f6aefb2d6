/** The graph of a lane: the path of one subtask from "inputs ready" to "result published". Topology only. */
import { END, START, StateGraph, type LangGraphRunnableConfig } from "@langchain/langgraph";
import type { Services } from "../engine/ports.ts";
import { act } from "../nodes/act.ts";
import { awaitInputs } from "../nodes/await-inputs.ts";
import { publish } from "../nodes/publish.ts";
import { recover } from "../nodes/recover.ts";
import { think } from "../nodes/think.ts";
import { validate } from "../nodes/validate.ts";
import { LaneOutput, LaneState, type Assignment, type LaneStep } from "../state/lane-state.ts";

/** Supersteps of one lane: the ceiling of steps, and what recovery adds to each. */
const LANE_SUPERSTEPS = 20_000;
/** What a stream shows of a lane's steps; all of its state. */
const STREAMED = Object.keys(LaneState.spec) as (keyof LaneState)[];

export function laneGraph(services: Services) {
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
    .addConditionalEdges("recover", next, to("think", "publish"))
    .addEdge("publish", END)
    .compile({ name: "lane" });
}

/**
 * The lane as a node of the swarm. LangGraph would give it the swarm's recursion limit (1,000, or whatever Studio sends), and
 * a lane that runs into it ends the whole run; and of its updates it would stream what leaves the lane alone.
 */
export function laneNode(services: Services) {
  const lane = laneGraph(services);
  const run = async (assignment: Assignment, config: LangGraphRunnableConfig) => {
    const outputKeys = STREAMED;
    const { lanes } = await lane.invoke(assignment, { ...config, recursionLimit: LANE_SUPERSTEPS, outputKeys });
    return { lanes };
  };
  return { run, subgraphs: [lane] };
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
