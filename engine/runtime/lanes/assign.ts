/** Who is given an attempt at a subtask: as the router says, on record. */
import type { Assignment } from "../../../state/lane-state.ts";
import type { Subtask } from "../../../state/plan.ts";
import { subtaskOf, type Run } from "../run/run.ts";

/** Of the line that says who does a part: a part with one has been sent. */
export function partRouteKey(id: string): string {
  return `route/part/${id}`;
}

/** `round`: how often the part has been sent before; each has a route line of its own. */
export function assignPart(run: Run, id: string, round = 0): Promise<Assignment> {
  const key = partRouteKey(id);
  return assign(run, subtaskOf(run, id), { attempt: 1, keyOf: (agent) => (round === 0 ? key : `${key}/${agent}`) });
}

interface Assigning {
  attempt: number;
  /** Under which the line about it is known, by the agent that it goes to; empty: nobody fits. */
  keyOf: (agent: string) => string;
}

/** Gives an attempt to whom the router says, on record. It counts as the agent's at once: who is assigned next is routed by it. */
export async function assign(run: Run, subtask: Subtask, { attempt, keyOf }: Assigning): Promise<Assignment> {
  const data = run.team.route(subtask, { attempt });
  if (data.agent !== null) run.team.assigned(data.agent);
  const agent = data.agent ?? "";
  await run.record.once(keyOf(agent), { kind: "route", subtask: subtask.id, attempt, data });
  return { runId: run.id, subtask: subtask.id, agent, attempt };
}
