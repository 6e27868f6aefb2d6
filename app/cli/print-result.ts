/** A run's result on the terminal: one JSON object, or the answer with what a person needs to know. */
import { join } from "node:path";
import { compareRuns, type ComparedRun, type RunComparison } from "../../engine/policy/fork/compare-runs.ts";
import { planText } from "../../engine/policy/plan/plan-shape.ts";
import { dollars, duration, many } from "../../state/amounts.ts";
import { SwarmError } from "../../state/errors.ts";
import { coverageSentence, plainWords } from "../../state/outcome.ts";
import { cutTo, firstOf, oneLine } from "../../state/plain-text.ts";
import { ownPauseIn, pendingText } from "../../state/review.ts";
import { citedText, type RunResult } from "../../state/run-result.ts";
import type { Usage } from "../../state/usage.ts";
import { resultJson } from "../runs/result-on-record.ts";
import { runFolder, unknownRun, writeWhole } from "../runs/run-folder.ts";
import { flagOf } from "../config/run-config.ts";
import { readJournal } from "../runs/run-journal.ts";
import type { Executing, Execution } from "./execute.ts";
import { EXIT } from "./exit-codes.ts";
import { nextStep } from "./answers.ts";
import { currentResult } from "./run-files.ts";
import { reportError, TERMINAL } from "./terminal.ts";

export interface PrintOptions {
  json?: boolean;
  verbose?: boolean;
  /** Flags with which the plan of a dry run is run, each behind a blank. */
  again?: string | undefined;
  /** Of standard output the plan has all. */
  isPlanOnly?: boolean;
}

/** What is to be said beside the result. */
interface Beside {
  /** Nothing of the plan was to be run. */
  isDry?: boolean;
  /** Where the run's plan was left: of a dry run, or of one that waits for its approval. */
  plan?: KeptPlan | undefined;
  /** Of a fork that has ended: how it differs from the run that it comes from. */
  diff?: RunComparison | undefined;
}

/** Returns the exit code. */
export async function printExecution(
  { result, interrupted, error }: Execution,
  how: PrintOptions,
  { isDry = false, plan, diff }: Beside = {},
): Promise<number> {
  const json = how.json === true;
  if (how.isPlanOnly === true) printPlan(plan);
  else if (json) await TERMINAL.outPieces(resultJson(diff === undefined ? result : { ...result, diff }));
  else if (result.answer !== "") await TERMINAL.outPieces([result.answer.replace(/\n$/, "")]);
  if (!json && diff !== undefined) TERMINAL.out(`\n${comparedText(diff)}`);
  if (error !== undefined) {
    const code = reportError(error, how);
    return result.status === "paused" ? EXIT.paused : code;
  }
  const exitCode = interrupted ? EXIT.interrupted : EXIT[result.status];
  if (json) return exitCode;
  if (isDry && plan !== undefined) printPlanned(result, plan, how.again);
  else printSummary(result, interrupted);
  if (plan !== undefined && result.status === "paused")
    TERMINAL.note(`or edit the plan, and: glasshive resume ${result.runId} --plan ${plan.path}`);
  return exitCode;
}

function printPlan(plan: KeptPlan | undefined): void {
  if (plan === undefined) return;
  TERMINAL.out(plan.text);
  if (plan.origin.startsWith("last resort"))
    TERMINAL.note(`the planner made no plan that can be used (${plan.origin})`);
}

function printPlanned({ runId, task, subtasks, runDir, parent }: RunResult, { path }: KeptPlan, again = ""): void {
  TERMINAL.note(`${runId}: plan of ${many(subtasks.length, "subtask")} made, nothing run; files: ${runDir}`);
  const asked = parent?.followUp === true ? `ask ${parent.runId} ${inShell(oneLine(task))}` : "run";
  TERMINAL.note(`next: glasshive ${asked} --plan ${inShell(path)}${again}`);
}

function printSummary(result: RunResult, interrupted: boolean): void {
  const { runId, usage, timing, coverage, interrupts, runDir } = result;
  const status = interrupted ? "interrupted" : result.status;
  const covered = coverage.total === 0 ? " before there was a plan" : `, ${coverageSentence(coverage)}`;
  const cost = usage.usd > 0 ? `, ${dollars(usage.usd)}` : "";
  TERMINAL.note(
    `${runId}: ${status}${covered}; ${many(usage.steps, "step")}, ${many(usage.modelCalls, "model call")}${cost}, ${duration(timing.wallMs)}${citedText(result)}`,
  );
  for (const pending of interrupts.filter((one) => ownPauseIn(one) === undefined)) {
    const { problem } = pending.request;
    const refused = typeof problem === "string" ? `; the one before could not be used: ${problem}` : "";
    TERMINAL.note(`${pendingText(pending)} (interrupt ${pending.id})${refused}`);
  }
  const next = nextStep({ ...result, status });
  if (next !== undefined) TERMINAL.note(`next: ${next}`);
  if (!interrupted && interrupts.length === 0 && runDir !== null) TERMINAL.note(`files: ${runDir}`);
}

const MOST_SHOWN = 20;
const MOST_LINES = 60;
const LONGEST_LINE = 200;

/** A fork held against the run that it comes from, in words. Pure. */
function comparedText(compared: RunComparison): string {
  const { source, fork, kept, anew, answer, outcomes, outputs, cost, routes, recoveries, conflicts } = compared;
  return [
    `${fork} against ${source}: ${many(kept, "result")} kept, ${anew.length} anew (${list(anew)})`,
    answerLine(answer),
    ...cut(answer.lines ?? [], MOST_LINES).map((line) => `  ${cutTo(line, LONGEST_LINE)}`),
    ...differing(
      "outcomes",
      outcomes.map((one) => `${one.subtask}: ${outcome(one.source)} → ${outcome(one.fork)}`),
    ),
    ...(outputs.length === 0 ? [] : [`other outputs: ${list(outputs)}`]),
    `cost: ${amounts(cost.source)} → ${amounts(cost.fork)}; kept, and not spent again: ${amounts(cost.kept)}`,
    ...differing(
      "routes",
      routes.map((one) => `${one.subtask}: ${one.source ?? "none"} → ${one.fork ?? "none"}`),
    ),
    ...differing(
      "recoveries",
      recoveries.map((one) => `${one.subtask ?? "coordinator"}: ${rules(one.source)} → ${rules(one.fork)}`),
    ),
    ...differing(
      "conflicts",
      conflicts.map((one) => `${one.artifact}: ${rules(one.source)} → ${rules(one.fork)}`),
    ),
  ].join("\n");
}

function answerLine({ isSame, lines }: RunComparison["answer"]): string {
  if (isSame) return "answer: the same";
  const count = (mark: string): number => (lines ?? []).filter((line) => line.startsWith(mark)).length;
  return lines === null ? "answer: differs" : `answer: differs, ${count("-")} lines gone, ${count("+")} new`;
}

function differing(what: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [`${what}: the same`];
  return [`${what}: ${lines.length} differ`, ...cut(lines).map((line) => `  ${line}`)];
}

function amounts({ steps, inputTokens, outputTokens, usd }: Usage): string {
  const money = usd > 0 ? `, ${dollars(usd)}` : "";
  return `${many(steps, "step")}, ${many(inputTokens + outputTokens, "token")}${money}`;
}

function outcome(ended: string | null): string {
  return ended === null ? "none" : plainWords(ended);
}

function rules(fired: readonly string[]): string {
  return fired.length === 0 ? "none" : oneLine(fired.join(", "), LONGEST_LINE);
}

function list(ids: readonly string[]): string {
  return cut(ids).join(", ") || "none";
}

function cut(lines: readonly string[], most = MOST_SHOWN): string[] {
  return firstOf(lines, most, (left) => `… and ${left} more`);
}

export async function printRun(
  execution: Execution,
  { home, settings: { fork, run } }: Pick<Executing, "home" | "settings">,
  how: PrintOptions,
): Promise<number> {
  const { result, error } = execution;
  const hasEnded = error === undefined && result.status !== "paused";
  const diff = fork === undefined || !hasEnded ? undefined : differenceFrom(home, fork.source, result);
  const isPlanAsked = run.dryRun ? hasEnded : result.interrupts.some(({ kind }) => kind === "plan");
  const plan = isPlanAsked ? keepPlan(home, result) : undefined;
  return printExecution(execution, how, { isDry: run.dryRun, diff, plan });
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
  const view = readJournal(home, id);
  if (view.head.seq === 0) throw unknownRun(id);
  return { id, answer, view };
}

const PLAN_FILE = "plan.json";

interface KeptPlan {
  path: string;
  text: string;
  /** Where it came from: `planner`, `given`, `human` … */
  origin: string;
}

/** The newest plan on record, written into the run's folder. Undefined: there is none. Throws SwarmError STORAGE_FAILED. */
function keepPlan(home: string, { runId, task }: Pick<RunResult, "runId" | "task">): KeptPlan | undefined {
  const newest = [...readJournal(home, runId).plans.values()].at(-1);
  if (newest?.plan === undefined) return undefined;
  const text = planText(Object.assign({ task }, newest.plan, { task }));
  const folder = runFolder(home, runId);
  writeWhole(folder, PLAN_FILE, `${text}\n`);
  return { path: join(folder, PLAN_FILE), text, origin: newest.origin };
}

/** Flags that say with what a plan is carried out. */
const CARRIED = ["docs", "agents", "skills", "config", "policy", "model", "baseUrl", "home"] as const;

/** The same flags again, each behind a blank, as a shell takes them. */
export function flagsAgain(flags: Record<string, unknown>): string {
  const given = CARRIED.map((key) => {
    const words = [flags[key]].flat().filter((value) => typeof value === "string");
    return words.length === 0 ? "" : ` ${[flagOf(key), ...words.map(inShell)].join(" ")}`;
  });
  return given.join("");
}

function inShell(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
