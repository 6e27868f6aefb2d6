/**
 * The graph of the swarm: who runs after whom. All lanes of a plan go out in one fan-out, each waits for its own inputs
 * (docs/decisions/0002). Topology only.
 */
import { END, Send, START, StateGraph, type BaseCheckpointSaver, type BaseStore } from "@langchain/langgraph";
import type { Services } from "../engine/runtime/run/run.ts";
import { answerReview } from "../nodes/answer-review.ts";
import { intake } from "../nodes/intake.ts";
import { integrate } from "../nodes/integrate.ts";
import { planReview } from "../nodes/plan-review.ts";
import { planner } from "../nodes/planner.ts";
import { skillRouter } from "../nodes/skill-router.ts";
import { synthesizer } from "../nodes/synthesizer.ts";
import { verify } from "../nodes/verify.ts";
import { SwarmContext, SwarmInput, SwarmOutput, SwarmState } from "../state/swarm-state.ts";
import { CEILINGS } from "../state/usage.ts";
import { nested } from "../engine/runtime/langgraph/nested-lane.ts";
import { laneGraph } from "./lane.ts";

/** Open tasks of one superstep: somewhat above the agents at work, since thousands of them cost quadratic time. */
const LANES_OPEN = CEILINGS.maxAgents + 20;
const SWARM_SUPERSTEPS = 1000;

export interface SwarmStorage {
  checkpointer?: BaseCheckpointSaver;
  store?: BaseStore;
}

/** The compiled swarm. Without a checkpointer and a store it takes those of its host (the dev server, a parent graph). */
export function swarmGraph(services: Services, { checkpointer, store }: SwarmStorage) {
  const lane = nested(laneGraph(services), services);
  return (
    new StateGraph({ state: SwarmState, input: SwarmInput, output: SwarmOutput, context: SwarmContext })
      .addNode("intake", intake(services))
      .addNode("planner", planner(services))
      .addNode("plan-review", planReview(services))
      .addNode("skill-router", skillRouter(services))
      .addNode("lane", lane.run, { subgraphs: lane.subgraphs })
      .addNode("integrate", integrate(services))
      .addNode("verify", verify(services))
      .addNode("synthesizer", synthesizer(services))
      .addNode("answer-review", answerReview(services))
      .addEdge(START, "intake")
      .addEdge("intake", "planner")
      .addConditionalEdges("planner", afterPlanning, ["intake", "plan-review"])
      .addConditionalEdges("plan-review", afterReview, ["planner", "skill-router"])
      .addConditionalEdges("skill-router", fanOut, ["lane", "integrate", END])
      .addEdge("lane", "integrate")
      .addConditionalEdges("integrate", afterIntegration, ["skill-router", "verify", "synthesizer"])
      .addConditionalEdges("verify", afterChecks, ["skill-router", "synthesizer"])
      .addConditionalEdges("synthesizer", afterWriting, ["answer-review", END])
      .addConditionalEdges("answer-review", afterApproval, ["synthesizer", END])
      .compile({ name: "swarm", checkpointer, store })
      // A lane goes on while its step's checkpoint is written; the next model call waits for the journal's flush, which comes
      // behind that write (docs/decisions/0009): a crash repeats one step of a lane, never two.
      .withConfig({ maxConcurrency: LANES_OPEN, recursionLimit: SWARM_SUPERSTEPS, durability: "async" })
  );
}

/** A state that asks something else than its run was asked is taken in again. */
function afterPlanning(state: typeof SwarmState.State): "intake" | "plan-review" {
  return state.planVersion === 0 ? "intake" : "plan-review";
}

function afterReview(state: typeof SwarmState.State): "planner" | "skill-router" {
  return state.rejection === null ? "skill-router" : "planner";
}

/** One lane each, in topological order: a bound on the lanes open can then never deadlock. */
function fanOut(state: typeof SwarmState.State): Send[] | "integrate" | typeof END {
  // A dry run ends here; of a plan that took the place of another all may be done.
  if (state.assignments.length === 0) return state.status === "running" ? "integrate" : END;
  return state.assignments.map((assignment) => new Send("lane", assignment));
}

function afterIntegration(state: typeof SwarmState.State): "skill-router" | "verify" | "synthesizer" {
  if (state.parked.length > 0) return "skill-router";
  return (state.planned?.checks?.length ?? 0) > 0 ? "verify" : "synthesizer";
}

/** What a check found is mended by a lane of its own. */
function afterChecks(state: typeof SwarmState.State): "skill-router" | "synthesizer" {
  return state.parked.length > 0 ? "skill-router" : "synthesizer";
}

function afterWriting(state: typeof SwarmState.State): "answer-review" | typeof END {
  return state.draft === null ? END : "answer-review";
}

function afterApproval(state: typeof SwarmState.State): "synthesizer" | typeof END {
  return state.draft === null ? END : "synthesizer";
}
