/** A plan written down as a person or a model would: without what is at its default, in the order of the schema. Pure. */
import { PlanFile, PlannedSubtask } from "../../../state/plan.ts";
import { fieldOf, isRecord, listOf } from "../../../state/is-record.ts";

/** Of a subtask, beside lists that are empty. */
const DEFAULTS: Readonly<Record<string, unknown>> = { priority: 0, allowMissingInputs: false };

const [PLAN_KEYS, SUBTASK_KEYS] = [PlanFile, PlannedSubtask].map(({ shape }) => Object.keys(shape));

/** JSON, two spaces a level, with the keys of `plan`, a plan file as it was parsed. */
export function planText(plan: object): string {
  const subtasks = listOf(fieldOf(plan, "subtasks")).map((one) => (isRecord(one) ? written(one, SUBTASK_KEYS) : one));
  return JSON.stringify(written({ ...plan, subtasks }, PLAN_KEYS), null, 2);
}

/** A journal has its members in the order of their names; keys that the schema does not know come last. */
function written(fields: object, keys: readonly string[] = []): object {
  const isDefault = (key: string, value: unknown): boolean =>
    Array.isArray(value) ? value.length === 0 : Object.hasOwn(DEFAULTS, key) && value === DEFAULTS[key];
  const place = (key: string): number => (keys.includes(key) ? keys.indexOf(key) : keys.length);
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([key, value]) => !isDefault(key, value))
      .toSorted(([one], [other]) => place(one) - place(other)),
  );
}
