/**
 * Subtasks that a lane finds to be needed, and asks the coordinator for: a new version of the plan, re-planning after results. Bounded: so
 * many for each lane and for the run, and none by those that were asked for. They are given the results of subtasks that have ended, and
 * of the one that asks; nobody waits for them but the synthesizer. Pure.
 */
import type { Plan, Subtask } from "../../../state/plan.ts";
import { addedSubtask, freeId } from "./added-subtask.ts";
import { quoted } from "./plan-problems.ts";

/** Of one subtask, over all its attempts; and of a run. */
export const MOST_REQUESTED = 3;
export const MOST_IN_RUN = 40;
/** One of them as an agent asks for it. */
export interface RequestedWork {
  title: string;
  instructions: string;
  skills?: readonly string[] | undefined;
  /** Ids of subtasks whose results it is to be given. */
  after?: readonly string[] | undefined;
}

export interface RequestFacts {
  plan: Plan;
  by: Subtask;
  hasEnded: (subtask: string) => boolean;
  /** Of the run's steps, those that nobody counts on yet; each subtask takes at least one. */
  steps: number;
}

/** Whether a lane may ask: one of the plan's own, and no item among many equal ones. */
export function mayRequest({ role, group, requestedBy }: Pick<Subtask, "role" | "group" | "requestedBy">): boolean {
  return role === "work" && group === undefined && requestedBy === undefined;
}

export type Requested = { kind: "added"; subtasks: Subtask[] } | { kind: "refused"; problems: string[] };

/** What is asked for already is not added again: a step that runs twice asks twice. */
export function requestedSubtasks(wanted: readonly RequestedWork[], facts: RequestFacts): Requested {
  const { plan, by } = facts;
  const own = plan.subtasks.filter(({ requestedBy }) => requestedBy === by.id);
  const known = new Set(own.map(({ instructions }) => instructions));
  const fresh = wanted.filter(({ instructions }) => !known.has(instructions));
  const problems = [
    ...boundsPassed(fresh.length, own.length, facts),
    ...fresh.flatMap((one) => absentInputs(one, facts)),
  ];
  if (problems.length > 0) return { kind: "refused", problems: [...new Set(problems)] };
  const taken = new Set(plan.subtasks.map(({ id }) => id));
  return { kind: "added", subtasks: fresh.map((one) => subtaskOf(one, by, freeId(by.id, ".more-", taken))) };
}

function boundsPassed(count: number, own: number, { plan, steps }: RequestFacts): string[] {
  const left = MOST_REQUESTED - own;
  const inRun = MOST_IN_RUN - plan.subtasks.filter(({ requestedBy }) => requestedBy !== undefined).length;
  return [
    ...(count > left ? [`you may ask for ${left <= 0 ? "no more" : `${left} more at most`}`] : []),
    ...(count > inRun ? [`the run takes ${inRun <= 0 ? "no more" : `${inRun} more at most`}`] : []),
    ...(count > steps ? [`of the run's steps ${Math.max(0, steps)} are left`] : []),
  ];
}

function absentInputs({ after = [] }: RequestedWork, { plan, by, hasEnded }: RequestFacts): string[] {
  const ids = new Set(plan.subtasks.map(({ id }) => id));
  return after.flatMap((id) => {
    if (id === by.id || hasEnded(id)) return [];
    return [ids.has(id) ? `subtask ${quoted(id)} has not ended` : `there is no subtask ${quoted(id)}`];
  });
}

function subtaskOf({ title, instructions, skills = [], after = [] }: RequestedWork, by: Subtask, id: string): Subtask {
  const { priority } = by;
  const dependsOn = [...new Set(after)];
  return addedSubtask({
    id,
    title,
    instructions,
    role: "work",
    requestedBy: by.id,
    skills: [...skills],
    dependsOn,
    priority,
  });
}
