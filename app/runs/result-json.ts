/**
 * A result as JSON in pieces, one for each subtask, exactly as `JSON.stringify` has it: outputs that are kept beside it are read one
 * after another, never all at once. Pure but for that.
 */
import type { RunResult } from "../../state/run-result.ts";

/** `indent`: spaces a level; 0: all in one line. */
export function* resultJson(result: RunResult & { diff?: object }, indent = 0): Generator<string> {
  const lineEnd = (depth: number): string => (indent === 0 ? "" : `\n${" ".repeat(depth * indent)}`);
  const json = (value: unknown, depth: number): string =>
    JSON.stringify(value, null, indent).replaceAll("\n", lineEnd(depth));
  const colon = indent === 0 ? ":" : ": ";
  let before = "{";
  for (const [key, value] of Object.entries(result).filter(([, each]) => each !== undefined)) {
    yield `${before}${lineEnd(1)}${JSON.stringify(key)}${colon}`;
    before = ",";
    if (value !== result.subtasks || result.subtasks.length === 0) {
      yield json(value, 1);
      continue;
    }
    for (const [place, subtask] of result.subtasks.entries())
      yield `${place === 0 ? "[" : ","}${lineEnd(2)}${json(subtask, 2)}`;
    yield `${lineEnd(1)}]`;
  }
  yield `${lineEnd(0)}}`;
}
