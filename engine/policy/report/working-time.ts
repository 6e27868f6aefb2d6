/** The clock of a run: milliseconds in which some process worked on it, so that a night between two processes counts for nothing. */
import type { JournalLine } from "../../journal/events.ts";

/** Pure; `at` of lines in order. Returns for each moment (ms since the epoch) how long the run had been worked on. */
export function workingTime(lines: readonly Pick<JournalLine, "at" | "kind">[]): (at: number) => number {
  const gaps: { from: number; to: number }[] = [];
  let last: number | undefined;
  for (const { at, kind } of lines) {
    const now = Date.parse(at);
    if (kind === "process-start" && last !== undefined && now > last) gaps.push({ from: last, to: now });
    last = now;
  }
  return (at) => at - gaps.reduce((sum, { from, to }) => sum + Math.max(0, Math.min(at, to) - from), 0);
}
