/**
 * Node `skill-router`: matches each subtask to an agent and lists the lanes to start, in topological order. All subtasks of a
 * plan go out in one fan-out; each lane waits for its own inputs. Called again, it routes what was parked.
 */
import type { LangGraphRunnableConfig } from "@langchain/langgraph";
import { withCondensing } from "../engine/policy/plan/reduction-tree.ts";
import { declareArtifacts } from "../engine/runtime/artifacts/artifact-writer.ts";
import { endDryRun } from "../engine/runtime/coordinator/forecast-run.ts";
import { assign } from "../engine/runtime/lanes/assign.ts";
import { planOf, type Run, type Services } from "../engine/runtime/run/run.ts";
import type { LaneRecord, SubtaskResult } from "../state/lane-record.ts";
import type { Assignment } from "../state/lane-state.ts";
import type { SwarmState, SwarmUpdate } from "../state/swarm-state.ts";

/** Who condenses results: not an agent of the run, but the synthesizer on a part of them. */
const REDUCER = "synthesizer";

export function skillRouter(services: Services) {
  return async (state: SwarmState, config: LangGraphRunnableConfig): Promise<SwarmUpdate> => {
    const run = await services.runs.open(state, config);
    const plan = planOf(run);
    await declareArtifacts(run.shared.writer, plan);
    // Whoever sends them: lanes that had parked, a check that wants repairs, or who goes on with a run that had ended.
    if (state.parked.length > 0) await run.record.journal.append({ kind: "park", data: { routedAgain: state.parked } });
    const again = state.parked.length > 0 ? withCondensing(plan, state.parked) : undefined;
    // Parts run inside the lane of the subtask that was split.
    const isWanted = (id: string): boolean => (again === undefined ? !isSettled(state, run, id) : again.has(id));
    const waiting = plan.subtasks.filter(({ id, role }) => role !== "part" && isWanted(id));
    for (const subtask of waiting) run.shared.board.setSuspended(subtask.id, false);
    // Before results are taken back: what a lane had asked for is known by its result alone.
    const records = new Map(waiting.map(({ id }) => [id, recordOf(state, run, id)]));
    const ended = waiting.filter(({ id }) => records.get(id)?.status === "ended");
    const unfinished = ended.filter(
      ({ id, role }) => role === "reduce" || run.shared.board.result(id)?.outcome !== "done",
    );
    await run.shared.board.reopen(unfinished.map(({ id }) => id));
    const assigning: Promise<Assignment>[] = [];
    const [isFanOut, isSent] = [again === undefined, new Set(waiting)];
    for (const subtask of plan.subtasks) {
      const kept = isFanOut ? keptIn(run, subtask.id) : undefined;
      // It is of the agent's load all the same: what runs anew is routed as it was in the run that this one forks from.
      if (kept !== undefined) run.team.assigned(kept.agent);
      if (!isSent.has(subtask)) continue;
      const attempt = attemptOf(records.get(subtask.id));
      // A parked lane is routed again with the same attempt, and maybe to another agent.
      const keyOf = (agent: string): string => `route/${plan.version}/${subtask.id}/${attempt}/${agent}`;
      const condensing = { runId: run.id, subtask: subtask.id, agent: REDUCER, attempt };
      assigning.push(
        subtask.role === "reduce" ? Promise.resolve(condensing) : assign(run, subtask, { attempt, keyOf }),
      );
    }
    const assignments = await Promise.all(assigning);
    if (run.options.dryRun) return { assignments: [], parked: [], ...(await endDryRun(run, plan, assignments)) };
    return { assignments, parked: [], status: "running" };
  };
}

/** What the state says of a lane of this run; a thread may have had others before. What a lane asked for ran inside it: the board knows. */
function recordOf(state: SwarmState, run: Run, id: string): LaneRecord | undefined {
  const record = state.lanes[id];
  if (record?.runId === run.id) return record;
  const { board } = run.shared;
  const [subtask, result] = [board.subtask(id), board.result(id)];
  if (subtask?.requestedBy === undefined || result === undefined) return undefined;
  const { agent, attempt, outcome, steps } = result;
  return { runId: run.id, subtask: id, title: subtask.title, agent, attempt, status: "ended", outcome, steps };
}

/**
 * Done by a plan that this one has taken the place of, and the same in both; or taken from the run that this one forks from, however
 * it ended there.
 */
function isSettled(state: SwarmState, run: Run, subtask: string): boolean {
  const record = recordOf(state, run, subtask);
  const outcome = run.shared.board.result(subtask)?.outcome;
  const isKept = run.question.replaces === undefined && keptIn(run, subtask) !== undefined;
  return (
    record?.status === "ended" &&
    record.outcome === outcome &&
    (outcome === "done" || outcome === "not-found" || isKept)
  );
}

function keptIn(run: Run, subtask: string): SubtaskResult | undefined {
  const result = run.shared.board.result(subtask);
  return result?.keptFrom === undefined ? undefined : result;
}

/** A parked lane goes on with its attempt; one that ended and is sent again begins a new one. */
function attemptOf(record: LaneRecord | undefined): number {
  if (record === undefined) return 1;
  return record.status === "ended" ? record.attempt + 1 : record.attempt;
}
