/** What leads a run on from outside: another plan, or subtasks that have ended and are to be tried again. */
import { END } from "@langchain/langgraph";
import type { SwarmGraph } from "../create-swarm.ts";
import type { Runs } from "./runs.ts";

type Graph = Pick<SwarmGraph, "getState" | "updateState">;

/** Whatever the run was at is left, and the planner is next, which takes this plan in the place of the one on record. */
export async function replan(
  { graph, runs }: { graph: Graph; runs: Pick<Runs, "recorded"> },
  runId: string,
  plan: Record<string, unknown>,
): Promise<void> {
  await runs.recorded(runId).replan(plan);
  const place = { configurable: { thread_id: runId } };
  // What ended lanes have said leads to a next step of its own.
  while ((await graph.getState(place)).next.length > 0) await graph.updateState(place, null, END);
  const fresh = { assignments: [], parked: [], checks: [], draft: null, rejection: null, status: "planning" as const };
  await graph.updateState(place, fresh, "intake");
}

/** The router is next, and sends these; each begins a new attempt. */
export async function sendAgain(graph: Graph, runId: string, subtasks: readonly string[]): Promise<void> {
  const place = { configurable: { thread_id: runId } };
  await graph.updateState(place, { parked: [...subtasks], assignments: [] }, "integrate");
}
