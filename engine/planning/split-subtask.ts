/**
 * How a subtask is split: by its inputs where it has several (each part works on a share of them), else as the planner says.
 * The parts are nested in the plan, as a new version; the subtask itself then works on their results. Pure.
 */
import type { Plan, Subtask } from "../../state/plan.ts";

/** One part for each share of the inputs; undefined where there are not two inputs to share. */
export function partsByInputs(subtask: Subtask, most: number): Subtask[] | undefined {
  const inputs = subtask.dependsOn;
  if (inputs.length < 2) return undefined;
  const count = Math.min(most, inputs.length);
  return Array.from({ length: count }, (_, index) => {
    const share = inputs.filter((_input, place) => place % count === index);
    return partOf(subtask, {
      id: `${subtask.id}.${index + 1}`,
      title: `${subtask.title} (part ${index + 1} of ${count})`,
      instructions: `${subtask.instructions}\nThis is part ${index + 1} of ${count}: work on the inputs given here alone; others work on the rest.`,
      dependsOn: share,
    });
  });
}

/** The parts that a planner has named; ids are put below the subtask's. */
export function partsByPlan(subtask: Subtask, planned: readonly Subtask[]): Subtask[] {
  const idOf = (id: string): string => `${subtask.id}.${id}`.slice(0, 128);
  const own = new Set(planned.map(({ id }) => id));
  return planned.map((part) =>
    partOf(subtask, {
      ...part,
      id: idOf(part.id),
      dependsOn: part.dependsOn.filter((id) => own.has(id)).map(idOf),
    }),
  );
}

function partOf(
  subtask: Subtask,
  part: Pick<Subtask, "id" | "title" | "instructions" | "dependsOn"> & Partial<Subtask>,
): Subtask {
  const { skills, tools, priority, agent } = subtask;
  return {
    ...{ skills, tools, priority, reads: [], writes: [], ...(agent === undefined ? {} : { agent }) },
    ...part,
    role: "part",
    partOf: subtask.id,
    allowMissingInputs: true,
  };
}

/** The plan with the parts right before the subtask that they belong to. */
export function withParts(plan: Plan, subtask: string, parts: readonly Subtask[]): Plan {
  const subtasks = plan.subtasks.flatMap((known) =>
    known.id === subtask ? [...parts, { ...known, parts: parts.map(({ id }) => id) }] : [known],
  );
  return { ...plan, version: plan.version + 1, subtasks };
}
