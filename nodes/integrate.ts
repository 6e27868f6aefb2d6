/**
 * Node `integrate`: after a fan-out, checks that the graph's state and the board agree, and sends parked lanes back to the
 * router. Nothing is merged here: results were published as they came.
 */
import type { LangGraphRunnableConfig } from "@langchain/langgraph";
import type { Services } from "../engine/ports.ts";
import { SwarmError } from "../state/errors.ts";
import type { SwarmState, SwarmUpdate } from "../state/swarm-state.ts";

export function integrate(services: Services) {
  return async (state: SwarmState, config: LangGraphRunnableConfig): Promise<SwarmUpdate> => {
    const run = await services.runs.open(state.runId, config);
    const parked: string[] = [];
    for (const { subtask } of state.assignments) {
      const record = state.lanes[subtask];
      if (record?.status === "parked") parked.push(subtask);
      else if (record === undefined || record.outcome !== run.board.result(subtask)?.outcome) {
        throw new SwarmError("INTERNAL", `the state and the board disagree on subtask "${subtask}"`, {
          next: "please report this with the run's journal",
          data: { state: record?.outcome, board: run.board.result(subtask)?.outcome },
        });
      }
    }
    if (parked.length > 0) await run.journal.append({ kind: "park", data: { routedAgain: parked } });
    return { parked, assignments: [] };
  };
}
