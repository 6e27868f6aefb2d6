/** A run in words: what was planned, who did what and why, what it cost, what went wrong and what was done about it. */
import { byKind, type ByKind, type DataOf, type JournalLine } from "../../engine/journal/events.ts";
import { SwarmError } from "../../state/errors.ts";
import { fieldOf } from "../../state/is-record.ts";
import { changesText, documentsText } from "../../state/left-out.ts";
import { isMemoryTool } from "../../state/memory.ts";
import { coverageSentence, NOTHING_RUN, plainWords } from "../../state/outcome.ts";
import { oneLine, seconds } from "../../state/plain-text.ts";
import { countsText } from "../../state/redaction.ts";
import type { ParallelismReport, Parent, PendingInterrupt, SubtaskReport } from "../../state/run-result.ts";
import type { RunSettings } from "../config/run-settings.ts";
import { nextStep } from "./answers.ts";
import { actionsOf, wholeQuestionText } from "./prompt/question.ts";
import type { RunRecord } from "./run-record.ts";
import { checkSentence, conflictSentence, sharedText, writeSentence } from "./show-shared.ts";
import { many, usd } from "./view/amounts.ts";

/** Subtasks that are shown one by one; a plan of thousands is read with --subtask or --json. */
const MOST_SUBTASKS = 60;

/** What happened, sentence by sentence, of each subtask and of the coordinator. It grows with what is told, not with the lines. */
export class Story {
  readonly #sentences = new Map<string, string[]>();

  readonly tell = (line: JournalLine): void => {
    const { subtask } = line;
    const isTold = (subtask === undefined ? TOLD_OF_THE_RUN : TOLD_OF_A_LANE).has(line.kind) || isMemoryCall(line);
    if (!isTold) return;
    const known = this.#sentences.get(subtask ?? "") ?? [];
    known.push(`  ${line.at.slice(11, 23)} ${sentence(line)}`);
    this.#sentences.set(subtask ?? "", known);
  };

  /** Undefined: of the coordinator. */
  of(subtask?: string): readonly string[] {
    return this.#sentences.get(subtask ?? "") ?? [];
  }
}

/** Pure. Throws SwarmError USAGE for a subtask that the run does not have. */
export function showText(record: RunRecord, story: Story, only: string | undefined): string {
  const { result } = record;
  const repairs = result.checks.flatMap((check) => check.repairs);
  if (only !== undefined) {
    const subtask = [...result.subtasks, ...repairs].find(({ id }) => id === only);
    if (subtask === undefined) throw new SwarmError("USAGE", `run ${result.runId} has no subtask "${only}"`);
    const output = subtask.output === "" ? ["(no output)"] : ["output:", subtask.output];
    return [...lane(subtask, story), "", ...output].join("\n");
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
    ...shown.flatMap((subtask) => lane(subtask, story)),
    ...(more > 0 ? [`… and ${more} more subtasks; see --subtask ID, or --json`] : []),
    ...repairs.flatMap((repair) => lane(repair, story)),
    ...nextLines(record),
  ].join("\n");
}

/** Of a run that is not over: what to type now. */
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
    `begun: ${overview.createdAt.slice(0, 19).replace("T", " ")} UTC; model: ${result.model}${endpointOf(settings)}`,
    `${origin}: ${many(result.subtasks.length, "subtask")}, ${settings.run.dryRun ? NOTHING_RUN : coverageSentence(result.coverage)}`,
    `spent: ${many(usage.steps, "step")}, ${many(usage.modelCalls, "model call")}, ${usage.inputTokens} input tokens (${usage.cachedInputTokens} cached), ${usage.outputTokens} output tokens, ${usd(usage.usd)}`,
    `time: ${seconds(timing.wallMs)} worked, longest path ${seconds(timing.longestPathMs)}, ${many(timing.criticalSteps, "critical step")}, ${seconds(timing.waitedForSlotMs)} waited for slots`,
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
  const point = at.length === 0 ? "with another plan" : `at ${list(at)}`;
  const where = checkpoint === undefined ? point : `from its checkpoint before ${list(checkpoint.next)}`;
  return `forks from run ${runId} ${where}, on record there up to ${journalHead.slice(0, 12)}`;
}

function asked(interrupt: PendingInterrupt): string[] {
  const { id, kind, subtask } = interrupt;
  const questions = actionsOf(interrupt).flatMap((action) => wholeQuestionText(action).split("\n"));
  return [
    `waits for an answer: ${kind}${subtask === null ? "" : ` of ${subtask}`} (interrupt ${id})`,
    ...questions.map((line) => `  ${line}`),
  ];
}

/** Where the model is reached, without what may stand in an address that is nobody's business. */
function endpointOf({ model, endpoint }: RunSettings): string {
  if (model === undefined || model === "offline" || endpoint === undefined || !URL.canParse(endpoint)) return "";
  const { origin, pathname } = new URL(endpoint);
  return ` at ${origin}${pathname.replace(/\/+$/, "")}`;
}

/** What concerns no single subtask: the plan, the coordinator's signals, pauses, processes. */
const TOLD_OF_THE_RUN: ReadonlySet<string> = new Set([
  ...["plan", "signal", "recovery", "check", "interrupt", "resume", "park", "limit-change", "redaction"],
  ...["process-start", "process-end"],
]);
const TOLD_OF_A_LANE: ReadonlySet<string> = new Set([
  ...["route", "park", "attempt-start", "signal", "recovery", "compact", "interrupt", "resume", "publish", "redaction"],
  ...["write", "conflict"],
]);

function lane(subtask: SubtaskReport, story: Story): string[] {
  const cause = subtask.cause === null ? "" : `: ${oneLine(subtask.cause, 200)}`;
  const waits = subtask.dependsOn.length === 0 ? "" : `, after ${list(subtask.dependsOn)}`;
  return [
    `${subtask.id} "${oneLine(subtask.title, 100)}" — ${plainWords(subtask.outcome ?? "not ended")}${cause}`,
    `  ${subtask.agent || "no agent"}, attempt ${subtask.attempts}, ${many(subtask.steps, "step")}${waits}`,
    ...story.of(subtask.id),
  ];
}

/** A call that keeps a note, or asks for some. */
export function isMemoryCall(line: JournalLine): boolean {
  return line.kind === "tool-call" && isMemoryTool(line.data.tool);
}

/** One journal line as a sentence, by its kind. */
const SENTENCES: ByKind<string> = {
  plan: ({ data: { version, origin, advice } }) =>
    `plan version ${version} from ${origin}${advice === undefined ? "" : `; ${advice}`}`,
  route: ({ data }) =>
    `routed to ${data.agent ?? "nobody"} (${data.rule})${candidates(data.candidates)}${rejected(data.rejected)}`,
  "attempt-start": ({ attempt, data }) => `attempt ${attempt} begins with ${data.agent}`,
  signal: ({ data }) => `signal ${data.kind}: ${oneLine(data.evidence, 200)}`,
  recovery: ({ data: { rule, action, model, delayMs } }) => {
    const wait = delayMs > 0 ? ` after ${seconds(delayMs)}` : "";
    return `policy: ${ruleText(rule, action)}${model === undefined ? "" : ` to ${model}`}${wait}`;
  },
  compact: ({ data }) =>
    `conversation compacted (${data.reason}): some ${data.beforeTokens} tokens to ${data.afterTokens}, ${many(data.answers, "tool answer")} and ${many(data.turns, "turn")} taken out (${data.by})`,
  publish: ({ attempt, data: { accepted, outcome, keptFrom } }) => {
    if (!accepted) return `late result of attempt ${attempt}: recorded, not applied`;
    if (keptFrom === undefined) return `published as ${plainWords(outcome)}`;
    return `kept as ${plainWords(outcome)}: line ${keptFrom.line} of run ${keptFrom.run}, where it took ${many(keptFrom.steps, "step")}`;
  },
  park: ({ subtask, data: { routedAgain = [], waitsFor = [] } }) =>
    subtask === undefined ? `routed again: ${list(routedAgain)}` : `parked: ${list(waitsFor)} waits for a human`,
  "limit-change": ({ data }) => `at most ${data.limit} model calls at once: ${oneLine(data.reason, 120)}`,
  "process-start": ({ data: { lostCalls: lost, changedDocuments: changes } }) => {
    const changed = changes === undefined ? "" : `; documents since the run began: ${changesText(changes)}`;
    return `a process goes on with the run${lost > 0 ? ` (${lost === 1 ? "1 call was" : `${lost} calls were`} lost with the one before)` : ""}${changed}`;
  },
  redaction: ({ data: { source, counts } }) => `redacted from the ${source}: ${countsText(counts)}`,
  "tool-call": ({ data: { tool, args, outcome, characters } }) => {
    const said = oneLine(String(fieldOf(args, "text") ?? fieldOf(args, "query") ?? ""), 200);
    const what =
      tool === "remember" ? `remembers "${said}"` : `recalls ${said === "" ? "its newest notes" : `"${said}"`}`;
    return outcome === "ok" ? `${what} (told ${many(characters, "character")})` : `${what}: ${outcome}`;
  },
  write: ({ data }) => writeSentence(data),
  conflict: ({ data }) => conflictSentence(data),
  check: ({ data }) => checkSentence(data),
  "process-end": ({ data }) => `a process leaves the run: ${data.reason}`,
};

/** The rule names its action already, but for one that nobody has written: to give up where no rule is left. */
function ruleText(rule: string, action: string): string {
  if (action === "give-up")
    return `given up (${rule.replace(/ give-up(?:: )?/, ": ").replace(/: $/, ": no rule is left")})`;
  return rule.includes(` ${action}`) ? rule : `${rule}: ${plainWords(action)}`;
}

function sentence(line: JournalLine): string {
  return byKind(SENTENCES, line, undefined) ?? `${line.kind}: ${oneLine(JSON.stringify(line.data), 200)}`;
}

function candidates(scored: DataOf<"route">["candidates"]): string {
  if (scored.length === 0) return "";
  const parts = scored.slice(0, 3).map(({ agent, score }) => `${agent} ${score.total.toFixed(2)} (${partsOf(score)})`);
  return `; scores: ${parts.join(", ")}`;
}

function partsOf(score: Readonly<Record<string, number>>): string {
  return Object.entries(score)
    .filter(([part]) => part !== "total")
    .map(([part, value]) => `${part} ${value.toFixed(2)}`)
    .join(", ");
}

function rejected(refused: DataOf<"route">["rejected"]): string {
  const parts = refused.slice(0, 3).map(({ agent, reason }) => `${agent} (${reason})`);
  return parts.length === 0 ? "" : `; rejected: ${parts.join(", ")}`;
}

function list(ids: readonly string[]): string {
  return ids.length <= 5 ? ids.join(", ") : `${ids.slice(0, 5).join(", ")} and ${ids.length - 5} more`;
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
    `  ${report.averageLanes.toFixed(1)} lanes at work on average, ${report.peakLanes} at most; efficiency ${Math.round(report.efficiency * 100)} % over ${seconds(report.makespanMs)}`,
    `  ${report.criticalSteps} critical steps; longest path ${seconds(longestPath.ms)}: ${named}${more}`,
    `  lanes waited ${seconds(waitedMs.inputs)} for inputs, ${seconds(waitedMs.agentSlot)} for an agent slot; calls waited ${seconds(waitedMs.modelSlot)} for a model slot, ${seconds(waitedMs.provider)} for the provider${waitedMs.human > 0 ? `; ${seconds(waitedMs.human)} for people` : ""}`,
    ...(tokensPerResult === null ? [] : [`  ${Math.round(tokensPerResult)} tokens per useful result`]),
    ...warnings.slice(0, MOST_WARNINGS).map(({ kind, evidence }) => `  warning: ${kind}: ${evidence}`),
  ];
}
