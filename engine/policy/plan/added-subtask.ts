/** Subtasks that no plan file has: what recovery, checks, lanes and the reduction add to a plan. Pure. */
import type { Plan, Subtask } from "../../../state/plan.ts";

const LONGEST_TITLE = 300;
/** Of an id of at most 128 characters, so many are those of the subtask or check that it comes of. */
const NAME_CHARACTERS = 100;

type Own = Pick<Subtask, "id" | "title" | "instructions" | "role">;

/** It asks for nothing in particular, and bears that an input is missing. */
export function addedSubtask({ title, ...own }: Own & Partial<Subtask>): Subtask {
  const lists = { skills: [], dependsOn: [], writes: [], reads: [], tools: [] };
  return {
    ...lists,
    priority: 0,
    allowMissingInputs: true,
    title: title.slice(0, LONGEST_TITLE).toWellFormed(),
    ...own,
  };
}

/** `cause` with `ending` and the first number that makes it an id which nobody has; it is taken then. */
export function freeId(cause: string, ending: string, taken: Set<string>): string {
  for (let number = 1; ; number += 1) {
    const id = `${cause.slice(0, NAME_CHARACTERS)}${ending}${number}`;
    if (!taken.has(id)) return (taken.add(id), id);
  }
}

/** The plan with other subtasks, as its next version. */
export function nextVersion(plan: Plan, subtasks: Subtask[]): Plan {
  return { ...plan, version: plan.version + 1, subtasks };
}
