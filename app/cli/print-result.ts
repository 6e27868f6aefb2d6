/** A run's result on the terminal: one JSON object, or the answer with what a person needs to know. */
import { coverageSentence } from "../../state/outcome.ts";
import type { RunComparison } from "../../engine/policy/fork/compare-runs.ts";
import { citedText, type RunResult } from "../../state/run-result.ts";
import { resultJson } from "../runs/result-json.ts";
import { comparedText } from "./compared-text.ts";
import { EXIT, exitCodeOf } from "./exit-codes.ts";
import type { Execution } from "./execute.ts";
import type { KeptPlan } from "./plan-file.ts";
import { nextStep } from "./next-step.ts";
import { reportError, TERMINAL } from "./terminal.ts";
import { many, usd } from "./view/amounts.ts";
import { oneLine, seconds } from "../../state/plain-text.ts";

export interface PrintOptions {
  json: boolean;
  verbose: boolean;
  dryRun?: boolean;
  /** Of standard output the plan has all. */
  isPlanOnly?: boolean;
  /** Where the run's plan was left: of a dry run, or of one that waits for its approval. */
  plan?: KeptPlan | undefined;
  /** Of a fork that has ended: how it differs from the run that it comes from. */
  diff?: RunComparison | undefined;
}

/** Prints, and returns the exit code. */
export async function printExecution({ result, interrupted, error }: Execution, how: PrintOptions): Promise<number> {
  const { diff, plan } = how;
  if (how.isPlanOnly === true) printPlan(plan);
  else if (how.json) await TERMINAL.outPieces(resultJson(diff === undefined ? result : { ...result, diff }));
  else if (result.answer !== "") TERMINAL.out(result.answer);
  if (!how.json && diff !== undefined) TERMINAL.out(`\n${comparedText(diff)}`);
  if (error !== undefined) {
    const code = reportError(error, how);
    return result.status === "paused" ? EXIT.paused : code;
  }
  if (how.json) return interrupted ? EXIT.interrupted : exitCodeOf(result.status);
  if (how.dryRun === true && plan !== undefined) printPlanned(result, plan);
  else printSummary(result, interrupted);
  if (plan !== undefined && result.status === "paused")
    TERMINAL.note(`or edit the plan, and: glasshive resume ${result.runId} --plan ${plan.path}`);
  return interrupted ? EXIT.interrupted : exitCodeOf(result.status);
}

function printPlan(plan: KeptPlan | undefined): void {
  if (plan === undefined) return;
  TERMINAL.out(plan.text);
  if (plan.origin.startsWith("last resort"))
    TERMINAL.note(`the planner made no plan that can be used (${plan.origin})`);
}

function printPlanned({ runId, task, subtasks, runDir, parent }: RunResult, { path }: KeptPlan): void {
  TERMINAL.note(`${runId}: dry run, ${subtasks.length} planned; files: ${runDir}`);
  const question = `'${oneLine(task).replaceAll("'", "'\\''")}'`;
  const asked = parent?.followUp === true ? `ask ${parent.runId} ${question}` : "run";
  TERMINAL.note(`next: glasshive ${asked} --plan ${path}`);
}

function printSummary(result: RunResult, interrupted: boolean): void {
  const { usage, timing } = result;
  const cost = usage.usd > 0 ? `, ${usd(usage.usd)}` : "";
  const cited = citedText(result);
  const how = interrupted ? "interrupted" : result.status;
  TERMINAL.note(
    `${result.runId}: ${how}, ${coverageSentence(result.coverage)}; ${many(usage.steps, "step")}, ${many(usage.modelCalls, "model call")}${cost}, ${seconds(timing.wallMs)}${cited}`,
  );
  for (const { id, kind, subtask, request } of result.interrupts.filter(
    (pending) => !pending.id.startsWith("paused-"),
  )) {
    const refused =
      typeof request["problem"] === "string" ? `; the one before could not be used: ${request["problem"]}` : "";
    TERMINAL.note(
      `waits for an answer: ${kind}${subtask === null ? "" : ` of subtask ${subtask}`} (interrupt ${id})${refused}`,
    );
  }
  const next = nextStep({ ...result, status: interrupted ? "interrupted" : result.status });
  if (next !== undefined) TERMINAL.note(`next: ${next}`);
  if (!interrupted && result.interrupts.length === 0 && result.runDir !== null)
    TERMINAL.note(`files: ${result.runDir}`);
}
