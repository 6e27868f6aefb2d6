/** `glasshive runs`: what is in this home. */
import type { Command } from "commander";
import { coverageSentence } from "../../../state/outcome.ts";
import { homeOf, standingPlace } from "../home.ts";
import { homeOverview, type RunOverview } from "../run-overview.ts";
import { EXIT } from "../exit-codes.ts";
import { reportError, TERMINAL } from "../terminal.ts";
import { cleanText, clip, column, widthOf } from "../view/terminal-text.ts";

const LONGEST_TASK = 60;

export function addRunsCommand(program: Command, setExitCode: (code: number) => void): void {
  program
    .command("runs")
    .description("list the runs of this home, newest first")
    .option("--home <dir>", "default ./.glasshive, or GLASSHIVE_HOME")
    .option("--json", "a JSON array on stdout")
    .action(async (flags: { home?: string; json?: boolean }) => {
      const home = homeOf(flags.home, standingPlace());
      const { databaseDamage } = await import("../../../adapters/storage/database.ts");
      const damage = databaseDamage(home);
      if (damage !== undefined) reportError(damage, { verbose: false });
      const runs = homeOverview(home);
      if (flags.json === true) TERMINAL.out(JSON.stringify(runs));
      else if (runs.length === 0) TERMINAL.note(`there are no runs in ${home}`);
      else TERMINAL.out(tableOf(runs).join("\n"));
      setExitCode(EXIT.complete);
    });
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

function cellsOf({ runId, status, createdAt, coverage, task, problem }: RunOverview): string[] {
  const id = cleanText(runId);
  if (problem !== undefined) return [id, status, cleanText(problem)];
  const begun = createdAt.slice(0, 19).replace("T", " ");
  return [id, status, begun, coverage === null ? "" : coverageSentence(coverage), clip(cleanText(task), LONGEST_TASK)];
}
