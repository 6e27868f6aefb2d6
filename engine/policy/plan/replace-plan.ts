/** A plan that takes the place of another in a run under way: what of the work so far stays (docs/decisions/0042). Pure. */
import { isDeepStrictEqual } from "node:util";
import type { Plan, Subtask } from "../../../state/plan.ts";

export interface Replaced {
  /** The new plan, with what recovery has added to the old one. */
  plan: Plan;
  /** Subtasks whose results do not stay: changed ones, what builds on them, and those that are no longer there. */
  dropped: string[];
}

/** Both with their reduction; `isDone`: whether a subtask of the old plan has a result that need not be made again. */
export function replacePlan(old: Plan, given: Plan, isDone: (id: string) => boolean): Replaced {
  const before = new Map(old.subtasks.map((subtask) => [subtask.id, subtask]));
  const kept = new Set<string>();
  for (const subtask of given.subtasks) {
    const known = before.get(subtask.id);
    const fits = subtask.role === "reduce" ? (id: string) => kept.has(id) && isDone(id) : (id: string) => kept.has(id);
    if (known !== undefined && asksTheSame(known, subtask) && subtask.dependsOn.every(fits)) kept.add(subtask.id);
  }
  const ids = new Set(given.subtasks.map(({ id }) => id));
  // Parts and repairs stay, used or not: their ids are taken.
  const added = old.subtasks.filter(({ id, role }) => (role === "part" || role === "repair") && !ids.has(id));
  const known = new Set([...ids, ...added.map(({ id }) => id)]);
  const carried = added.map((subtask) => ({ ...subtask, dependsOn: subtask.dependsOn.filter((id) => known.has(id)) }));
  const subtasks = given.subtasks.flatMap((subtask) => {
    const parts = kept.has(subtask.id) ? before.get(subtask.id)?.parts : undefined;
    const own = carried.filter(({ partOf }) => partOf === subtask.id);
    return [...own, parts === undefined ? subtask : { ...subtask, parts }];
  });
  const rest = carried.filter(({ partOf }) => partOf === undefined || !ids.has(partOf));
  return {
    plan: { ...given, subtasks: [...subtasks, ...rest] },
    dropped: old.subtasks.flatMap(({ id }) => (kept.has(id) || carried.some((one) => one.id === id) ? [] : [id])),
  };
}

/** The same work with the same inputs; who does it, and how much it may take, may be another. */
function asksTheSame(old: Subtask, given: Subtask): boolean {
  return isDeepStrictEqual(asked(old), asked(given));
}

function asked({ role, instructions, expects, check, dependsOn, reads, writes }: Subtask): unknown[] {
  const lists = [dependsOn, reads, writes].map((names) => names.toSorted());
  return [role, instructions, expects ?? null, check ?? null, ...lists];
}
