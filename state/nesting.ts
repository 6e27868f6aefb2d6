/**
 * How deep JSON of a stranger may nest: what walks a value level by level (the canonical form of a journal line, a checkpoint, a merge)
 * has a stack, and JSON has no end. Pure.
 */

/** Levels of nesting; far above what people write, far below what overflows the stack. */
export const DEEPEST = 500;

/** What is wrong with what nests deeper, in the words of every refusal. */
export const TOO_DEEP = `it nests deeper than ${DEEPEST} levels`;

/** Whether a value nests deeper than so many levels; one that contains itself does. */
export function nestsDeeper(value: unknown, most = DEEPEST): boolean {
  const open: [value: unknown, depth: number][] = [[value, 1]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [current, depth] = next;
    if (typeof current !== "object" || current === null || ArrayBuffer.isView(current)) continue;
    if (depth > most) return true;
    for (const inner of Object.values(current)) open.push([inner, depth + 1]);
  }
  return false;
}

/** Whether a text that is JSON nests deeper than so many levels; linear, and without a stack. */
export function isDeeper(json: string, most = DEEPEST): boolean {
  if (json.length <= most || opensAtMost(json, most)) return false;
  let depth = 0;
  let isText = false;
  for (let at = 0; at < json.length; at += 1) {
    const code = json.charCodeAt(at);
    if (isText) {
      if (code === BACKSLASH) at += 1;
      else if (code === QUOTE) isText = false;
    } else if (code === QUOTE) isText = true;
    else if (code === OPEN_OBJECT || code === OPEN_LIST) {
      depth += 1;
      if (depth > most) return true;
    } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) depth -= 1;
  }
  return false;
}

/** Whether so few brackets open in a text that it cannot be deep; of most texts this is all that is asked, and quick. */
function opensAtMost(json: string, most: number): boolean {
  let opened = 0;
  for (const bracket of "{[")
    for (let at = json.indexOf(bracket); at >= 0; at = json.indexOf(bracket, at + 1))
      if ((opened += 1) > most) return false;
  return true;
}

const [QUOTE, BACKSLASH, OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [34, 92, 123, 125, 91, 93];
