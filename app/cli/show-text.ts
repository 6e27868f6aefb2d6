/** A run in words: what was planned, who did what and why, what it cost, what went wrong and what was done about it. */
import type { JournalLine } from "../../engine/journal/events.ts";
import { conflictsIn, type RunView } from "../../engine/journal/run-view.ts";
import { attempted } from "../../engine/policy/answer/plain-answer.ts";
import { count, dateTime, dollars, duration, many, percent, timeOfDay } from "../../state/amounts.ts";
import { SwarmError } from "../../state/errors.ts";
import { documentsText } from "../../state/left-out.ts";
import { coverageSentence, NOTHING_RUN, plainWords } from "../../state/outcome.ts";
import { firstOf, listed, oneLine } from "../../state/plain-text.ts";
import { countsText } from "../../state/redaction.ts";
import { actionsOf, pendingText } from "../../state/review.ts";
import type {
  CheckReport,
  ParallelismReport,
  Parent,
  PendingInterrupt,
  SubtaskReport,
} from "../../state/run-result.ts";
import type { RunSettings } from "../config/run-settings.ts";
import { nextStep } from "./answers.ts";
import { wordsOf, writesText } from "./line-words.ts";
import { wholeQuestionText } from "./prompt/question.ts";
import type { RunRecord } from "./run-record.ts";
import { laneRoster, PHASE_WORDS } from "./view/lane-roster.ts";

/** Subtasks that are shown one by one; a plan of thousands is read with --subtask or --json. */
const MOST_SUBTASKS = 60;
const MOST_ARTIFACTS = 40;
const MOST_LISTED = 5;

/** What happened, sentence by sentence, of each subtask and of the coordinator. It grows with what is told, not with the lines. */
export class Story {
  readonly #sentences = new Map<string, string[]>();

  readonly tell = (line: JournalLine): void => {
    const words = wordsOf(line);
    if (words === undefined) return;
    const { what, detail = "" } = words;
    const { subtask = "", at } = line;
    const known = this.#sentences.get(subtask) ?? [];
    known.push(`  ${timeOfDay(at)} ${what}${detail === "" ? "" : `: ${detail}`}`);
    this.#sentences.set(subtask, known);
  };

  /** Undefined: of the coordinator. */
  of(subtask?: string): readonly string[] {
    return this.#sentences.get(subtask ?? "") ?? [];
  }
}

/** How each lane stands that has not ended, in words: what is on record of it, where some process works on the run. */
function standings({ overview, view, plan }: RunRecord): (id: string) => string {
  const { lanes } = laneRoster(view, plan);
  return (id) => {
    const { phase } = lanes.get(id) ?? {};
    const isTrue = overview.status === "running" || phase === "paused";
    return phase === undefined || phase === "ended" || !isTrue ? "not ended" : PHASE_WORDS[phase];
  };
}

/** Pure. Throws SwarmError USAGE for a subtask that the run does not have. */
export function showText(record: RunRecord, story: Story, only: string | undefined): string {
  const { result } = record;
  const standing = standings(record);
  const lane = (subtask: SubtaskReport): string[] => laneText(subtask, standing(subtask.id), story);
  const repairs = result.checks.flatMap((check) => check.repairs);
  if (only !== undefined) {
    const subtask = [...result.subtasks, ...repairs].find(({ id }) => id === only);
    if (subtask === undefined) throw new SwarmError("USAGE", `run ${result.runId} has no subtask "${only}"`);
    const output = subtask.output === "" ? ["(no output)"] : ["output:", subtask.output];
    return [...lane(subtask), "", ...output].join("\n");
  }
  // Those that did not go well first: they are what one looks for.
  const sorted = result.subtasks.toSorted(
    (one, other) => Number(one.outcome === "done") - Number(other.outcome === "done"),
  );
  const shown = sorted.slice(0, MOST_SUBTASKS);
  const more = sorted.length - shown.length;
  return [
    ...head(record),
    ...parallelismText(record.parallelism),
    "",
    ...story.of(),
    "",
    ...sharedText(record),
    ...shown.flatMap(lane),
    ...(more > 0 ? [`… and ${many(more, "more subtask")}; see --subtask ID, or --json`] : []),
    ...repairs.flatMap(lane),
    ...nextLines(record),
  ].join("\n");
}

/** What to type now, where the run is not over. */
function nextLines({ overview, settings, result }: RunRecord): string[] {
  if (settings.isEmbedded === true && overview.status !== "complete")
    return ["", "next: continue it in the program that began it"];
  const step = nextStep({ ...result, status: overview.status });
  return step === undefined ? [] : ["", `next: ${step}`];
}

function head({ overview, settings, result, plan, view }: RunRecord): string[] {
  const { usage, timing } = result;
  const newest = [...view.plans.values()].at(-1);
  const origin = newest === undefined ? "no plan yet" : `plan version ${plan?.version ?? 1} (${newest.origin})`;
  return [
    `run ${result.runId}: ${overview.status}`,
    ...(result.parent === null ? [] : [comesFrom(result.parent)]),
    `task: ${oneLine(result.task, 300)}`,
    `begun: ${dateTime(overview.createdAt)} UTC; model: ${result.model}${endpointOf(settings)}`,
    `${origin}: ${many(result.subtasks.length, "subtask")}, ${settings.run.dryRun ? NOTHING_RUN : coverageSentence(result.coverage)}`,
    `spent: ${many(usage.steps, "step")}, ${many(usage.modelCalls, "model call")}, ${many(usage.inputTokens, "input token")} (${count(usage.cachedInputTokens)} cached), ${many(usage.outputTokens, "output token")}, ${dollars(usage.usd)}`,
    `time: ${duration(timing.wallMs)} worked, longest path ${duration(timing.longestPathMs)}, ${many(timing.criticalSteps, "critical step")}, ${duration(timing.waitedForSlotMs)} waited for slots`,
    ...(result.documents === undefined || result.documents.read + result.documents.leftOut.length === 0
      ? []
      : [`documents: ${documentsText(result.documents)}`]),
    ...(Object.keys(view.redacted).length === 0 ? [] : [`redacted: ${countsText(view.redacted)}`]),
    `files: ${overview.runDir}`,
    ...result.interrupts.flatMap(asked),
  ];
}

function comesFrom({ runId, journalHead, at, checkpoint, followUp }: Parent): string {
  if (followUp === true) return `asks on about run ${runId}, on record there up to ${journalHead.slice(0, 12)}`;
  const point = at.length === 0 ? "with another plan" : `at ${listed(at, MOST_LISTED)}`;
  const where = checkpoint === undefined ? point : `from its checkpoint before ${listed(checkpoint.next, MOST_LISTED)}`;
  return `forks from run ${runId} ${where}, on record there up to ${journalHead.slice(0, 12)}`;
}

function asked(interrupt: PendingInterrupt): string[] {
  const questions = actionsOf(interrupt).flatMap((action) => wholeQuestionText(action).split("\n"));
  return [`${pendingText(interrupt)} (interrupt ${interrupt.id})`, ...questions.map((line) => `  ${line}`)];
}

/** Where the model is reached, without what may stand in an address that is nobody's business. */
function endpointOf({ model, endpoint }: RunSettings): string {
  if (model === undefined || model === "offline" || endpoint === undefined || !URL.canParse(endpoint)) return "";
  const { origin, pathname } = new URL(endpoint);
  return ` at ${origin}${pathname.replace(/\/+$/, "")}`;
}

function laneText(subtask: SubtaskReport, standing: string, story: Story): string[] {
  const cause = subtask.cause === null ? "" : `: ${oneLine(subtask.cause, 200)}`;
  const waits = subtask.dependsOn.length === 0 ? "" : `, after ${listed(subtask.dependsOn, MOST_LISTED)}`;
  const begun = subtask.attempts === 0 ? "not begun" : `attempt ${subtask.attempts}, ${many(subtask.steps, "step")}`;
  return [
    `${subtask.id} "${oneLine(subtask.title, 100)}" — ${subtask.outcome === null ? standing : plainWords(subtask.outcome)}${cause}`,
    `  ${subtask.agent || "no agent"}, ${begun}${waits}`,
    ...story.of(subtask.id),
  ];
}

/** What the whole run shares; nothing where it shares nothing. */
function sharedText({ result, view }: RunRecord): string[] {
  const { artifacts, checks } = result;
  if (artifacts.length === 0 && checks.length === 0) return [];
  const lines = artifacts.map(
    ({ name, type, version, bytes, writtenBy }) =>
      `  ${name} (${type}): version ${version}, ${many(bytes, "byte")}, last written by ${writtenBy}`,
  );
  return [
    `artifacts: ${artifacts.length}, ${conflictCounts(view)}`,
    ...firstOf(lines, MOST_ARTIFACTS, (left) => `  … and ${left} more; see --json`),
    ...checks.map(checkLine),
    "",
  ];
}

/** By what became of each in the end; what could simply be merged is no conflict. */
function conflictCounts(view: RunView): string {
  const { merged = [], ...others } = Object.groupBy(view.conflicts.values(), ({ result }) => result);
  const named = Object.entries(others).map(([result, found]) => `${found.length} ${result}`);
  const merges = merged.length === 0 ? "" : `${many(merged.length, "write")} merged, `;
  return `${merges}${many(conflictsIn(view), "conflict")}${named.length === 0 ? "" : ` (${named.join(", ")})`}`;
}

function checkLine({ title, status, evidence, writes, repairs, isLeft }: CheckReport): string {
  const vain = status === "violated" || status === "unchecked" ? attempted(repairs, isLeft) : "";
  const mended = status === "mended" ? `; mended by ${repairs.at(-1)?.id ?? "another repair"}` : "";
  return `  check ${title}: ${status}: ${oneLine(evidence, 200)}${writesText(writes)}${oneLine(vain, 400)}${mended}`;
}

const MOST_WARNINGS = 4;
const MOST_NAMED = 6;

/** At most twelve lines; none where no lane has worked. */
function parallelismText(report: ParallelismReport): string[] {
  if (report.efficiency === null) return [];
  const { longestPath, waitedMs, tokensPerResult, warnings } = report;
  const named = longestPath.subtasks.slice(0, MOST_NAMED).join(" → ");
  const more = longestPath.subtasks.length > MOST_NAMED ? " → …" : "";
  return [
    "parallelism:",
    `  ${report.averageLanes.toFixed(1)} lanes at work on average, ${report.peakLanes} at most; efficiency ${percent(report.efficiency)} over ${duration(report.makespanMs)}`,
    `  ${many(report.criticalSteps, "critical step")}; longest path ${duration(longestPath.ms)}: ${named}${more}`,
    `  lanes waited ${duration(waitedMs.inputs)} for inputs, ${duration(waitedMs.agentSlot)} for an agent slot; calls waited ${duration(waitedMs.modelSlot)} for a model slot, ${duration(waitedMs.provider)} for the provider${waitedMs.human > 0 ? `; ${duration(waitedMs.human)} for people` : ""}`,
    ...(tokensPerResult === null ? [] : [`  ${many(tokensPerResult, "token")} per useful result`]),
    ...warnings.slice(0, MOST_WARNINGS).map(({ kind, evidence }) => `  warning: ${kind}: ${evidence}`),
  ];
}
