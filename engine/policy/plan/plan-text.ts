/** A plan written down as a person or a model would: without what is at its default. Pure. */
import { fieldOf, isRecord, listOf } from "../../../state/is-record.ts";

/** Of a subtask, beside lists that are empty. */
const DEFAULTS: Readonly<Record<string, unknown>> = { priority: 0, allowMissingInputs: false };

/** JSON, two spaces a level, with the keys of `plan`, a plan file as it was parsed. */
export function planText(plan: object): string {
  const subtasks = listOf(fieldOf(plan, "subtasks")).map((one) => (isRecord(one) ? withoutDefaults(one) : one));
  return JSON.stringify({ ...withoutDefaults(plan), subtasks }, null, 2);
}

function withoutDefaults(fields: object): object {
  const isDefault = (key: string, value: unknown): boolean =>
    Array.isArray(value) ? value.length === 0 : Object.hasOwn(DEFAULTS, key) && value === DEFAULTS[key];
  return Object.fromEntries(Object.entries(fields).filter(([key, value]) => !isDefault(key, value)));
}
