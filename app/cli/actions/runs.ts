/** What `glasshive runs` does: what is in this home. */
import { databaseDamage } from "../../../adapters/storage/database.ts";
import { dateTime } from "../../../state/amounts.ts";
import { coveredText } from "../../../state/outcome.ts";
import type { Asked } from "../home.ts";
import { homeOverview, type RunOverview } from "../run-record.ts";
import { EXIT } from "../exit-codes.ts";
import { print, reportError, TERMINAL } from "../terminal.ts";
import { cleanText, clip, column, widthOf } from "../view/terminal-text.ts";

const LONGEST_TASK = 60;

/** Returns the exit code. */
export function runs({ home, flags }: Asked): number {
  const damage = databaseDamage(home);
  if (damage !== undefined) reportError(damage, {});
  const found = homeOverview(home);
  if (flags.json !== true && found.length === 0) TERMINAL.note(`there are no runs in ${home}`);
  else print(flags, found, () => tableOf(found).join("\n"));
  return EXIT.complete;
}

/** One aligned line a run. Pure. */
export function tableOf(runs: readonly RunOverview[]): string[] {
  const rows = runs.map(cellsOf);
  // The last cell of a row is as wide as it likes.
  const widths = [0, 1, 2, 3].map((at) => Math.max(0, ...rows.map((cells) => widthOf(cells.slice(0, -1)[at] ?? ""))));
  const padded = (cell: string, at: number, cells: string[]): string =>
    at === cells.length - 1 ? cell : column(cell, widths[at] ?? 0);
  return rows.map((cells) => cells.map(padded).join("  "));
}

function cellsOf({ runId, status, createdAt, coverage, isDry, task, problem }: RunOverview): string[] {
  const id = cleanText(runId);
  if (problem !== undefined) return [id, status, cleanText(problem)];
  const begun = dateTime(createdAt);
  const covered = coverage === null ? "" : coverage.total === 0 ? "no plan yet" : coveredText(coverage, isDry === true);
  return [id, status, begun, covered, clip(cleanText(task), LONGEST_TASK)];
}
