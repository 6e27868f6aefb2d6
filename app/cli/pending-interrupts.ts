/** What a run waits for, as the contract lists it: read from the graph's state, so that it is the same in every process. */
import type { HumanRequest } from "../../state/review.ts";
import type { PendingInterrupt } from "../../state/run-result.ts";
import type { Swarm } from "../create-swarm.ts";

export async function pendingInterrupts(graph: Swarm, runId: string): Promise<PendingInterrupt[]> {
  const state = await graph.getState({ configurable: { thread_id: runId } });
  return state.tasks.flatMap(({ interrupts }) =>
    interrupts.map(({ id, value }) => {
      const { kind, subtask, ...request } = value as HumanRequest;
      return { id: id ?? "", kind, subtask, request };
    }),
  );
}
