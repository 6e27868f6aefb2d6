/**
 * A passage may begin in the middle of fenced code, and its first fence then closes. Whether it does is weighed: fences that
 * name a language open, and prose stands outside.
 */
import type { ReadDocument } from "./reading.ts";

type Lines = ReadDocument["lines"];

const FENCE = /^\s*(`{3,}|~{3,})(.*)$/;
const PROSE = /^\s{0,3}(?:#{1,6}\s|[-*+]\s+\p{L}|>\s)|[\p{Ll}),`]\s+\p{Ll}+[^;{}]*[.:,]?$|\]\([^)]+\)/u;
const CODE = /[;{}]\s*$|^\s*(?:\/\/|\}|\)|const |let |import |return |export |await |\$ )|=>|^\s{4,}\S/;

/** First lines of runs that begin inside a fence, with the mark that closes it. Pure. */
export function runsInFence(lines: Lines): Map<number, string> {
  const inside = new Map<number, string>();
  for (const run of runsOf(lines)) {
    const first = run[0];
    const mark = first === undefined || first.line === 1 ? undefined : closingMark(run);
    if (first !== undefined && mark !== undefined) inside.set(first.line, mark);
  }
  return inside;
}

function runsOf(lines: Lines): Lines[] {
  const runs: Lines[] = [];
  let previous = -1;
  for (const line of lines) {
    if (line.line !== previous + 1) runs.push([]);
    runs.at(-1)?.push(line);
    previous = line.line;
  }
  return runs;
}

/** The mark of the first fence, where it is likelier to close than to open. */
function closingMark(run: Lines): string | undefined {
  const fences = run.flatMap((line, at) => {
    const match = FENCE.exec(line.text);
    return match === null ? [] : [{ at, mark: match[1] as string, isNamed: (match[2] as string).trim() !== "" }];
  });
  const first = fences[0];
  if (first === undefined || first.isNamed) return undefined;
  const named = (parity: number): number => fences.filter((fence, at) => fence.isNamed && at % 2 === parity).length;
  if (named(0) !== named(1)) return named(1) > named(0) ? first.mark : undefined;
  const before = run.slice(0, first.at);
  const after = run.slice(first.at + 1, fences[1]?.at ?? first.at + 15);
  return codeness(before) > codeness(after) ? first.mark : undefined;
}

function codeness(lines: Lines): number {
  let code = 0;
  let prose = 0;
  for (const { text } of lines) {
    if (CODE.test(text)) code += 1;
    else if (PROSE.test(text)) prose += 1;
  }
  return code + prose === 0 ? 0.5 : code / (code + prose);
}
