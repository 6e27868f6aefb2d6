/** `glasshive show`: plan, lanes, outcomes, spend and decisions of a run, for a person or (`--json`) for a program. */
import type { Command } from "commander";
import { runTimes } from "../../../engine/policy/report/lane-times.ts";
import { homeOf, standingPlace } from "../home.ts";
import { EXIT } from "../exit-codes.ts";
import { stoppable } from "../interruption.ts";
import { nextStep } from "../next-step.ts";
import { showText } from "../show-text.ts";
import { TERMINAL } from "../terminal.ts";

/** Lines that are choices, with their inputs and what they rejected. */
const DECISIONS: ReadonlySet<string> = new Set([
  "plan",
  "route",
  "signal",
  "recovery",
  "compact",
  "interrupt",
  "resume",
  "park",
  "limit-change",
  "conflict",
]);

export function addShowCommand(program: Command, setExitCode: (code: number) => void): void {
  program
    .command("show")
    .description("show a run: plan, lanes, outcomes, spend, decisions")
    .argument("<run-id>")
    .option("--subtask <id>", "only this subtask, with all that is on record of it")
    .option("--home <dir>", "default ./.glasshive, or GLASSHIVE_HOME")
    .option("--json", "one JSON object on stdout")
    .action(async (runId: string, flags: { home?: string; json?: boolean; subtask?: string }) => {
      const record = await stoppable(async () => {
        const { readRunRecord } = await import("../run-record.ts");
        return readRunRecord(homeOf(flags.home, standingPlace()), runId);
      });
      if (flags.json === true) {
        const decisions = record.lines.filter(({ kind }) => DECISIONS.has(kind));
        const { result, overview, settings, plan = null, parallelism } = record;
        const { lanes } = runTimes(record.lines, record.plan);
        TERMINAL.out(
          JSON.stringify({
            ...result,
            parallelism: { ...parallelism, lanes },
            state: overview.status,
            createdAt: overview.createdAt,
            endpoint: settings.endpoint ?? null,
            next: nextStep({ ...result, status: overview.status }) ?? null,
            plan,
            decisions,
          }),
        );
      } else TERMINAL.out(showText(record, flags.subtask));
      setExitCode(EXIT.complete);
    });
}
