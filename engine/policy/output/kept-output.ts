/** Results whose output is kept beside state and board: a reference in its place, read anew each time that it is asked for. */
import type { KeptOutput, KeptText, SubtaskResult, TextOrKept } from "../../../state/lane-record.ts";
import type { Contents } from "../../ports/board.ts";

type Fields = Omit<SubtaskResult, "output" | "kept">;

/** A result with this output. What stores of it are its own fields: where the output is kept, the reference alone. */
export function resultWith(fields: Fields, output: TextOrKept, contents: Contents): SubtaskResult {
  if (typeof output === "string") return { ...fields, output };
  const beginning = { value: (characters: number) => contents.text(output, characters) };
  const kept: KeptOutput = Object.defineProperty({ ...output }, "beginning", beginning);
  return Object.defineProperty({ ...fields, kept, output: "" }, "output", {
    get: () => contents.text(output),
    enumerable: false,
  });
}

/** A copy with more; what `...` copies of a result is without its output where that is kept. */
export function withMore<More extends object>(result: SubtaskResult, more: More): SubtaskResult & More {
  return Object.assign(Object.defineProperties({ ...result }, Object.getOwnPropertyDescriptors(result)), more);
}

/** What stands for the output of a result in a state. */
export function outputOf(result: SubtaskResult): TextOrKept {
  return result.kept ?? result.output;
}

/** The beginning of a text, in memory of its own: a slice would keep the whole. */
export function beginningOf(text: string, characters: number): string {
  return Buffer.from(text.slice(0, characters).toWellFormed()).toString();
}

export function isKept(output: TextOrKept): output is KeptText {
  return typeof output !== "string";
}
