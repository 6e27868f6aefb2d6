/** The end of a run on the terminal; that of a fork with how it differs from the run that it comes from. */
import { compareRuns, RunStory, type ComparedRun, type RunComparison } from "../../engine/policy/fork/compare-runs.ts";
import { SwarmError } from "../../state/errors.ts";
import type { RunResult } from "../../state/run-result.ts";
import { unknownRun } from "../runs/run-folder.ts";
import { readJournal } from "../runs/run-journal.ts";
import type { Executing, Execution } from "./execute.ts";
import { keepPlan } from "./plan-file.ts";
import { printExecution, type PrintOptions } from "./print-result.ts";
import { currentResult } from "./run-files.ts";
import { TERMINAL } from "./terminal.ts";

/** Prints, and returns the exit code. */
export async function printRun(
  execution: Execution,
  { home, settings: { fork } }: Pick<Executing, "home" | "settings">,
  how: PrintOptions,
): Promise<number> {
  const { result, error } = execution;
  const hasEnded = error === undefined && result.status !== "paused";
  const diff = fork === undefined || !hasEnded ? undefined : differenceFrom(home, fork.source, result);
  const isPlanAsked = how.dryRun === true ? hasEnded : result.interrupts.some(({ kind }) => kind === "plan");
  return printExecution(execution, { ...how, diff, plan: isPlanAsked ? keepPlan(home, result) : undefined });
}

/** Undefined, and said, where the run that it comes from cannot be read any more. */
function differenceFrom(home: string, source: string, { runId, answer }: RunResult): RunComparison | undefined {
  try {
    const before = currentResult(home, source)?.answer ?? null;
    return compareRuns(recorded(home, source, before), recorded(home, runId, answer));
  } catch (error) {
    if (!(error instanceof SwarmError)) throw error;
    TERMINAL.note(`not compared with run ${source}: ${error.message}`);
    return undefined;
  }
}

function recorded(home: string, id: string, answer: string | null): ComparedRun {
  const story = new RunStory();
  const { head, spending } = readJournal(home, id, story.add);
  if (head.seq === 0) throw unknownRun(id);
  return { id, answer, spent: spending.spent, story };
}
