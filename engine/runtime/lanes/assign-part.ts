/** Routes a part of a split subtask as the skill-router routes a subtask. */
import type { Assignment } from "../../../state/lane-state.ts";
import { subtaskOf } from "../run/in-plan.ts";
import type { Run } from "../run/run.ts";

/** `round`: how often the part has been sent before; each has a route line of its own. */
export async function assignPart(run: Run, id: string, round = 0): Promise<Assignment> {
  const { agent, rule, candidates, rejected } = run.team.route(subtaskOf(run, id));
  if (agent !== undefined) run.team.assigned(agent);
  const data = { agent: agent ?? null, rule, candidates, rejected };
  const key = round === 0 ? `route/part/${id}` : `route/part/${id}/${agent ?? ""}`;
  await run.record.once(key, { kind: "route", subtask: id, attempt: 1, data });
  return { runId: run.id, subtask: id, agent: agent ?? "", attempt: 1 };
}
