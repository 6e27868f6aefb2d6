/** Plans of the parts of one task, as one plan. Pure. */
import type { PlanFile } from "../../../state/plan.ts";

/** An id up to this length keeps its own words behind the prefix; `forEach` adds to it. */
const ID_CHARACTERS = 100;

/**
 * Ids are made unique by a prefix for each part (`p03-`), the same whatever the other parts hold; dependencies stay within
 * their part. Each plan has been checked by itself.
 */
export function unitePlans(plans: readonly PlanFile[]): PlanFile {
  const width = String(plans.length).length;
  // A part of the task that declares an artifact means the same one as the others: the first declaration holds.
  const artifacts = new Map(
    plans
      .flatMap((plan) => plan.artifacts)
      .toReversed()
      .map((artifact) => [artifact.name, artifact]),
  );
  return {
    artifacts: [...artifacts.values()],
    checks: plans.flatMap(({ checks }, index) =>
      checks.map((check) => ({ ...check, id: `p${String(index + 1).padStart(width, "0")}-${check.id}`.slice(0, 128) })),
    ),
    subtasks: plans.flatMap(({ subtasks }, index) => {
      const prefix = `p${String(index + 1).padStart(width, "0")}-`;
      const ids = new Map(subtasks.map(({ id }, place) => [id, `${prefix}${shortened(id, place)}`]));
      return subtasks.map((subtask) => ({
        ...subtask,
        id: ids.get(subtask.id) ?? subtask.id,
        // A member of a forEach may be named by its own id: the group's prefix goes before it as well.
        dependsOn: subtask.dependsOn.map((id) => ids.get(id) ?? `${prefix}${id}`),
      }));
    }),
  };
}

function shortened(id: string, place: number): string {
  return id.length <= ID_CHARACTERS ? id : `${id.slice(0, ID_CHARACTERS - 8)}-${place + 1}`;
}
