/**
 * Node `integrate`: after a fan-out, checks that the graph's state and the board agree on results and artifacts, and sends parked
 * lanes back to the router. Nothing is merged here: results were published and artifacts were committed as they came.
 */
import type { LangGraphRunnableConfig } from "@langchain/langgraph";
import { PLAN_ATTEMPT } from "../engine/runtime/artifacts/artifact-writer.ts";
import { planOf, type Run, type Services } from "../engine/runtime/run/run.ts";
import { SwarmError } from "../state/errors.ts";
import type { SwarmState, SwarmUpdate } from "../state/swarm-state.ts";

export function integrate(services: Services) {
  return async (state: SwarmState, config: LangGraphRunnableConfig): Promise<SwarmUpdate> => {
    const run = await services.runs.open(state, config);
    const parked: string[] = [];
    for (const { subtask } of state.assignments) {
      const record = state.lanes[subtask];
      if (record?.status === "parked") parked.push(subtask);
      else if (record === undefined || record.outcome !== run.shared.board.result(subtask)?.outcome) {
        throw new SwarmError("INTERNAL", `the state and the board disagree on subtask "${subtask}"`, {
          next: "please report this with the run's journal",
          data: { state: record?.outcome, board: run.shared.board.result(subtask)?.outcome },
        });
      }
    }
    refuseDrift(state, run);
    return { parked: [...parked, ...leftBehind(run, parked)], assignments: [] };
  };
}

/** Subtasks that a lane asked for, of which a process that died had sent some. */
function leftBehind(run: Run, parked: readonly string[]): string[] {
  return planOf(run).subtasks.flatMap(({ id, requestedBy }) =>
    requestedBy === undefined || parked.includes(id) || run.shared.board.result(id) !== undefined ? [] : [id],
  );
}

/** The board and the graph's channel fold the same writes by the same law: where they differ, one of them has lost a write. */
function refuseDrift(state: SwarmState, run: Run): void {
  for (const onBoard of Object.values(run.shared.artifacts.records)) {
    const inState = Object.hasOwn(state.artifacts, onBoard.artifact) ? state.artifacts[onBoard.artifact] : undefined;
    // What the plan has declared, and no lane has written, is in no lane's record.
    if (run.shared.artifacts.versions(onBoard.artifact).every(({ by }) => by.attempt === PLAN_ATTEMPT)) continue;
    if (inState?.runId === onBoard.runId && inState.version === onBoard.version && inState.hash === onBoard.hash)
      continue;
    throw new SwarmError("INTERNAL", `the state and the board disagree on artifact "${onBoard.artifact}"`, {
      next: "please report this with the run's journal",
      data: { state: inState?.version, board: onBoard.version },
    });
  }
}
