/**
 * Three-way merge of texts by lines. A line is what stands between line feeds, so a text that ends in one has an empty last line: two
 * appends at the same end meet there, and a line end before the feed (`\r`) is part of its line. Pure.
 */
import { RegionList } from "./conflict-regions.ts";
import type { MergeOutcome } from "./merge-outcome.ts";
import { mergeSequences } from "./merge-sequences.ts";
import type { Sides, Span } from "./sides.ts";

export function mergeText(texts: Sides<string>): MergeOutcome {
  const lines = {
    base: texts.base.split("\n"),
    committed: texts.committed.split("\n"),
    incoming: texts.incoming.split("\n"),
  };
  const regions = new RegionList();
  const committedFirst: string[] = [];
  const incomingFirst: string[] = [];
  for (const piece of mergeSequences(lines)) {
    const isTaken = piece.kind === "taken";
    pushLines(committedFirst, lines[isTaken ? piece.from : "committed"], isTaken ? piece.span : piece.committed);
    pushLines(incomingFirst, lines[isTaken ? piece.from : "incoming"], isTaken ? piece.span : piece.incoming);
    if (isTaken) continue;
    regions.add(() => ({
      at: nameOf(piece.base),
      base: textOf(lines.base, piece.base),
      committed: textOf(lines.committed, piece.committed),
      incoming: textOf(lines.incoming, piece.incoming),
    }));
  }
  return { committedFirst: committedFirst.join("\n"), incomingFirst: incomingFirst.join("\n"), regions };
}

/** A loop: spreading a hundred thousand lines into `push` overflows the stack. */
function pushLines(target: string[], lines: readonly string[], span: Span): void {
  for (let index = span.start; index < span.end; index += 1) target.push(lines[index] as string);
}

/** Each with its line feed, so that an empty line is told from none. */
function textOf(lines: readonly string[], span: Span): string {
  return lines
    .slice(span.start, span.end)
    .map((line) => `${line}\n`)
    .join("");
}

/** Lines of the base, counted from 1. */
function nameOf({ start, end }: Span): string {
  if (start === end) return start === 0 ? "before line 1" : `after line ${start}`;
  return end - start === 1 ? `line ${end}` : `lines ${start + 1} to ${end}`;
}
