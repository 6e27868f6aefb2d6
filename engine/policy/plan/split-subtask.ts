/**
 * How a subtask is split: by its inputs where it has several (each part works on a share of them), else as the planner says.
 * The parts are nested in the plan, as a new version; the subtask itself then works on their results. Pure.
 */
import type { Plan, Subtask } from "../../../state/plan.ts";
import { nextVersion } from "./added-subtask.ts";

/** Of an id of at most 128 characters, so many are the subtask's own and so many the part's. */
const NAME_CHARACTERS = 60;

/** One part for each share of the inputs; undefined where there are not two inputs to share. */
export function partsByInputs(plan: Plan, subtask: Subtask, most: number): Subtask[] | undefined {
  const prefix = prefixOf(plan, subtask);
  const inputs = subtask.dependsOn;
  if (inputs.length < 2) return undefined;
  const count = Math.min(most, inputs.length);
  return Array.from({ length: count }, (_, index) => {
    const share = inputs.filter((_input, place) => place % count === index);
    return partOf(subtask, {
      id: `${prefix}${index + 1}`,
      title: `${subtask.title} (part ${index + 1} of ${count})`,
      instructions: `${subtask.instructions}\nThis is part ${index + 1} of ${count}: work on the inputs given here alone; others work on the rest.`,
      dependsOn: share,
    });
  });
}

/** The parts that a planner has named; ids are put below the subtask's. Each is given the subtask's inputs: the lane itself no longer is. */
export function partsByPlan(plan: Plan, subtask: Subtask, planned: readonly Subtask[]): Subtask[] {
  const prefix = prefixOf(plan, subtask);
  const own = new Map(
    planned.map(({ id }, index) => [id, `${prefix}${id.length <= NAME_CHARACTERS ? id : index + 1}`]),
  );
  return planned.map((part) =>
    partOf(subtask, {
      ...part,
      id: own.get(part.id) ?? part.id,
      dependsOn: [...subtask.dependsOn, ...part.dependsOn.flatMap((id) => own.get(id) ?? [])],
    }),
  );
}

/** What the ids of the parts begin with, and no other id of the plan does: `1.` may be taken, by `1.1`. */
function prefixOf({ subtasks }: Plan, { id }: Subtask): string {
  const own = id.slice(0, NAME_CHARACTERS);
  for (let number = 1; ; number += 1) {
    const prefix = number === 1 ? `${own}.` : `${own}.${number}_`;
    if (!subtasks.some((known) => known.id.startsWith(prefix))) return prefix;
  }
}

function partOf(
  subtask: Subtask,
  part: Pick<Subtask, "id" | "title" | "instructions" | "dependsOn"> & Partial<Subtask>,
): Subtask {
  const { skills, tools, priority, agent, recovery, deadlineMs, reads, writes } = subtask;
  return {
    skills,
    tools,
    priority,
    ...(agent === undefined ? {} : { agent }),
    ...(recovery === undefined ? {} : { recovery }),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    ...part,
    // A part may do what the whole may, whatever a planner made of it.
    reads,
    writes,
    role: "part" as const,
    partOf: subtask.id,
    allowMissingInputs: true,
  };
}

/** The plan with the parts right before the subtask that they belong to. */
export function withParts(plan: Plan, subtask: string, parts: readonly Subtask[]): Plan {
  const subtasks = plan.subtasks.flatMap((known) =>
    known.id === subtask ? [...parts, { ...known, parts: parts.map(({ id }) => id) }] : [known],
  );
  return nextVersion(plan, subtasks);
}
