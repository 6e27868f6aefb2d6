/** Where a fork begins: the subtasks that a person names, as the plan has them. Pure; what cannot be is refused in one line. */
import { SwarmError } from "../../../state/errors.ts";
import { nearestName } from "../../../state/nearest-name.ts";
import type { Outcome } from "../../../state/outcome.ts";
import type { Plan, Subtask } from "../../../state/plan.ts";

const MOST_NAMED = 20;

/** `of`: whose plan it is, in words. The id of a `forEach` stands for all that it expanded to. Throws SwarmError USAGE. */
export function forkPoints(plan: Plan, names: readonly string[], of: string): string[] {
  const points = new Set<string>();
  for (const name of names) {
    const members = plan.subtasks.filter(({ group }) => group === name);
    const named = plan.subtasks.filter(({ id }) => id === name);
    const [found, ...others] = named.length > 0 ? named : members;
    if (found === undefined) throw unknownSubtask(plan, name, of);
    refuseAdded(found, of);
    for (const { id } of [found, ...others]) points.add(id);
  }
  return [...points];
}

/** What recovery or a check has added runs where the subtask, or the check, that it belongs to runs. */
function refuseAdded({ id, role, partOf, mends }: Subtask, of: string): void {
  if (role === "part")
    throw refused(`"${id}" of ${of} is a part of ${partOf ?? "another"}, which recovery has split`, {
      next: `fork at ${partOf ?? "that"}: it is then split, or not, as recovery says`,
    });
  if (role === "repair")
    throw refused(`"${id}" of ${of} mends the check ${mends?.check ?? ""}, and checks are looked at anew in any fork`, {
      next: "fork at a subtask that wrote what the check found",
    });
}

function unknownSubtask({ subtasks }: Plan, name: string, of: string): SwarmError {
  const known = [
    ...new Set(subtasks.flatMap(({ id, role, group }) => (role === "work" ? [...(group ? [group] : []), id] : []))),
  ];
  const near = nearestName(name, known);
  const shown = known.slice(0, MOST_NAMED).join(", ");
  const more = known.length > MOST_NAMED ? ` and ${known.length - MOST_NAMED} more` : "";
  return refused(`${of} has no subtask ${JSON.stringify(name.slice(0, 128))}`, {
    next: `${near === undefined ? "" : `did you mean "${near}"? `}it has ${shown}${more}`,
  });
}

interface Kept {
  plan: Plan;
  at: readonly string[];
  isKept: (subtask: string) => boolean;
  outcomeOf: (subtask: string) => Outcome | undefined;
}

/** One that was skipped for want of an input is skipped again where the input is kept as it is. Throws SwarmError USAGE. */
export function refuseSkipped({ plan, at, isKept, outcomeOf }: Kept, of: string): void {
  for (const { id, dependsOn, allowMissingInputs } of plan.subtasks) {
    if (!at.includes(id) || allowMissingInputs) continue;
    const missing = dependsOn.filter((input) => isKept(input) && outcomeOf(input) !== "done");
    const [first] = missing;
    if (first === undefined) continue;
    const ended = missing.map((input) => `${input} (${outcomeOf(input) ?? "no result"})`).join(", ");
    throw refused(
      `${id} would be skipped, as in run ${of}, since what it builds on did not come to a result: ${ended}`,
      {
        next: `fork at ${missing.join(" and ")}: --at ${missing.join(" --at ")}`,
      },
    );
  }
}

function refused(problem: string, { next }: { next: string }): SwarmError {
  return new SwarmError("USAGE", problem, { next });
}
