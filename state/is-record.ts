/** Whether a value of unknown origin has members by name: an object, no list and not null. Pure. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A member of whatever this is; undefined where it is no object. */
export function fieldOf(value: unknown, name: PropertyKey): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

/** What is in a list; nothing where it is none. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Objects without the members that are undefined: what is written, and what lies over other options. Pure. */
export function defined<Members extends object>(members: Members): Partial<Members> {
  const found: Partial<Members> = {};
  for (const name in members) if (members[name] !== undefined) found[name] = members[name];
  return found;
}

/** The value of a text that is JSON; undefined: it is none. Pure. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
