/** `glasshive runs`: what is in this home. */
import type { Command } from "commander";
import { coverageSentence } from "../../../state/outcome.ts";
import { homeOf, standingPlace } from "../home.ts";
import { runOverview, type RunOverview } from "../run-overview.ts";
import { listRuns } from "../run-settings-file.ts";
import { EXIT } from "../exit-codes.ts";
import { TERMINAL } from "../terminal.ts";

const LONGEST_TASK = 60;

export function addRunsCommand(program: Command, setExitCode: (code: number) => void): void {
  program
    .command("runs")
    .description("list the runs of this home")
    .option("--home <dir>", "default ./.glasshive, or GLASSHIVE_HOME")
    .option("--json", "a JSON array on stdout")
    .action((flags: { home?: string; json?: boolean }) => {
      const home = homeOf(flags.home, standingPlace());
      const runs = listRuns(home).map((id) => runOverview(home, id));
      if (flags.json === true) TERMINAL.out(JSON.stringify(runs));
      else if (runs.length === 0) TERMINAL.note(`there are no runs in ${home}`);
      else TERMINAL.out(runs.map(lineOf).join("\n"));
      setExitCode(EXIT.complete);
    });
}

function lineOf({ runId, status, createdAt, coverage, task }: RunOverview): string {
  const done = coverage === null ? "" : `  ${coverageSentence(coverage)}`;
  const short = task.replace(/\s+/g, " ").slice(0, LONGEST_TASK);
  return `${runId}  ${status.padEnd(11)}  ${createdAt.slice(0, 19).replace("T", " ")}${done}  ${short}`;
}
