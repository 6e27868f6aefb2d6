/**
 * What a run waits for, as the contract lists it: read from the graph's state, so that it is the same in every process.
 *
 * LangGraph keeps an interrupt with its task until the whole superstep is over, answered or not. It is pending where the task
 * has no result and, of a lane, where the lane's own newest step waits with it.
 */
import type { HumanRequest } from "../../state/review.ts";
import type { PendingInterrupt } from "../../state/run-result.ts";
import type { SwarmGraph } from "../create-swarm.ts";

type Snapshot = Awaited<ReturnType<SwarmGraph["getState"]>>;
type Task = Snapshot["tasks"][number];

export async function pendingInterrupts(graph: SwarmGraph, runId: string): Promise<PendingInterrupt[]> {
  const state = await graph.getState({ configurable: { thread_id: runId } });
  const pending = await Promise.all(state.tasks.map((task) => pendingOf(graph, task)));
  return pending.flat().map(({ id, value }) => {
    const { kind, subtask, ...request } = value as HumanRequest;
    return { id: id ?? "", kind, subtask, request };
  });
}

async function pendingOf(graph: SwarmGraph, task: Task): Promise<Task["interrupts"]> {
  const { interrupts, state } = task;
  if (interrupts.length === 0 || (task as { result?: unknown }).result !== undefined) return [];
  // Of a lane, where its checkpoints are.
  if (state === undefined || !("configurable" in state)) return interrupts;
  const inner = await graph.getState(state);
  return (await Promise.all(inner.tasks.map((nested) => pendingOf(graph, nested)))).flat();
}
