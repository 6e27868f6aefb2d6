/** How a row of a batch stands, by what its run has come to, with the one line that says why. Pure. */
import type { BatchCaps, RowClass, RowOutcome } from "../../../state/batch.ts";
import { describeError, SwarmError } from "../../../state/errors.ts";
import { coverageSentence } from "../../../state/outcome.ts";
import { cutTo, oneLine } from "../../../state/plain-text.ts";
import { pendingText } from "../../../state/review.ts";
import { citedText, type RunResult, type SubtaskReport } from "../../../state/run-result.ts";
import { NO_USAGE } from "../../../state/usage.ts";
import type { ChainHead } from "../../journal/chain.ts";

const LONGEST_EVIDENCE = 300;

export interface RunEnd {
  result: RunResult;
  interrupted: boolean;
  /** Why it failed, or cannot go on now; undefined: it came to an end of its own. */
  error: unknown;
}

/** `head`: of the run's journal. */
export function outcomeOf(end: RunEnd, head: ChainHead): RowOutcome {
  const { status, coverage, usage, timing, citations } = end.result;
  const [kind, evidence] = classOf(end);
  return {
    class: kind,
    evidence: cutTo(oneLine(evidence), LONGEST_EVIDENCE),
    status,
    usage,
    wallMs: timing.wallMs,
    coverage: coverage.total === 0 ? null : coverage,
    citations: { total: citations.total, verified: citations.verified },
    head: head.seq === 0 ? null : head.hash,
    lines: head.seq,
  };
}

/** How a row stands of which no run came to anything: it could not be begun, or is still to be. */
export function withoutRun(kind: RowClass, evidence: string, known?: RowOutcome): RowOutcome {
  const nothing = { usage: NO_USAGE, wallMs: 0, citations: { total: 0, verified: 0 }, head: null, lines: 0 };
  const before = known ?? { ...nothing, status: null, coverage: null };
  return { ...before, class: kind, evidence: cutTo(oneLine(evidence), LONGEST_EVIDENCE) };
}

function classOf({ result, interrupted, error }: RunEnd): [RowClass, string] {
  if (interrupted) return ["paused", `interrupted: ${coverageSentence(result.coverage)} so far`];
  if (result.status === "paused") return ["paused", waitsFor(result, error)];
  if (error !== undefined) return [isInfrastructure(error) ? "infra" : "failed", describeError(error)];
  const { coverage, status } = result;
  const cited = citedText(result);
  if (status === "complete") return ["complete", `${coverageSentence(coverage)}${cited}`];
  const first = firstWithout(result, coverage);
  const why = `${coverageSentence(coverage)}${first === undefined ? "" : `; ${causeOf(first)}`}`;
  if (coverage.infra > 0) return ["infra", why];
  if (coverage.budget > 0 || isOutOfTime(result)) return ["capped", why];
  return [status === "failed" ? "failed" : "partial", why];
}

/** What its provider or its storage did to it is not what it came to. */
function isInfrastructure(error: unknown): boolean {
  return error instanceof SwarmError && error.fault === "provider";
}

function waitsFor({ interrupts }: RunResult, error: unknown): string {
  if (error !== undefined) return describeError(error);
  const [first, ...others] = interrupts;
  if (first === undefined) return "it has not ended";
  const more = others.length === 0 ? "" : `, and ${others.length} more`;
  return `${pendingText(first)}${more}`;
}

/** The subtask that says why: of what failed for want of another, that other. */
function firstWithout({ subtasks }: RunResult, { infra, budget }: RunResult["coverage"]): SubtaskReport | undefined {
  const without = subtasks.filter(({ outcome }) => outcome !== "done" && outcome !== null);
  const worst = infra > 0 ? "infra" : budget > 0 ? "budget" : undefined;
  return (
    without.find(({ outcome }) => outcome === worst) ??
    without.find(({ outcome }) => outcome !== "skipped") ??
    without[0]
  );
}

function causeOf({ id, outcome, cause }: SubtaskReport): string {
  return `${id} ${outcome ?? ""}${cause === null ? "" : `: ${cause}`}`;
}

function isOutOfTime({ subtasks }: RunResult): boolean {
  return subtasks.some(({ outcome, cause }) => outcome === "stalled" && /\bdeadline\b/.test(cause ?? ""));
}

/** What a row asks of the exit code of its batch: that of its run. */
export function exitOf(row: Pick<RowOutcome, "class" | "status">): "complete" | "partial" | "paused" | "failed" {
  const { class: kind, status } = row;
  if (kind === "complete" || kind === "paused" || kind === "failed") return kind;
  return kind === "infra" && status !== "partial" ? "failed" : "partial";
}

/** Whether some cap of the batch is higher than it was when it cut the row short. */
export function isRaised(caps: BatchCaps, before: BatchCaps): boolean {
  return (["maxSteps", "maxTokens", "maxUsd", "deadlineMs"] as const).some(
    (name) => (caps[name] ?? Infinity) > (before[name] ?? Infinity),
  );
}
