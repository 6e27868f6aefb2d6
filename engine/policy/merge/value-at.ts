/** A part of a JSON text by its JSON pointer (RFC 6901). Pure. */
export type Found = { ok: true; value: unknown } | { ok: false; problem: string };

export function valueAt(text: string, pointer: string): Found {
  const shown = JSON.stringify(pointer.slice(0, 200));
  if (pointer !== "" && !pointer.startsWith("/"))
    return { ok: false, problem: `${shown} is no JSON pointer: it begins with "/".` };
  let value: unknown = text === "" ? null : (JSON.parse(text) as unknown);
  for (const name of pointer.split("/").slice(1).map(unescaped)) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name))
      return { ok: false, problem: `There is nothing at ${shown}.` };
    value = (value as Record<string, unknown>)[name];
  }
  return { ok: true, value };
}

/** In this order: `~01` is `~1`, not `/`. */
function unescaped(name: string): string {
  return name.replaceAll("~1", "/").replaceAll("~0", "~");
}
