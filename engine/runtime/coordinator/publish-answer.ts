/**
 * The end of a run: the written answer gets its coverage and its citations are checked; the result goes to where people and
 * programs look for it. Running it twice writes the same again.
 */
import { AIMessage } from "@langchain/core/messages";
import { changesText, documentsReport, type ChangedDocuments } from "../../../state/left-out.ts";
import { coverageOf, type Coverage } from "../../../state/outcome.ts";
import type { Plan } from "../../../state/plan.ts";
import type { AnsweredBy, CheckState, RunResult } from "../../../state/run-result.ts";
import type { SwarmUpdate } from "../../../state/swarm-state.ts";
import { planOf } from "../run/in-plan.ts";
import type { Run } from "../run/run.ts";
import { NOBODY } from "../people/ask-human.ts";
import { buildResult, checkReports, workOf } from "../../policy/answer/build-result.ts";
import { checkCitations } from "../../policy/answer/check-citations.ts";
import { refusalIn, type Refusal } from "../../policy/prompts/agent-prompt.ts";
import { notFoundSentence, withCoverage } from "../../policy/answer/plain-answer.ts";
import { sharedReport } from "../artifacts/shared-report.ts";

/** What the board says of the plan. */
export function coverageIn(run: Run): Coverage {
  const work = workOf(run.shared.board.plan());
  return coverageOf(
    work.length,
    work.flatMap((subtask) => run.shared.board.result(subtask.id)?.outcome ?? []),
  );
}

export interface Written {
  written: string;
  by: AnsweredBy | undefined;
  checks: CheckState[];
  /** The message as which it was streamed. */
  streamedAs?: string | undefined;
  /** A human should have approved it, and nobody was there. */
  isUnapproved?: boolean;
}

export async function publishAnswer(
  run: Run,
  { written, by, checks, streamedAs, isUnapproved }: Written,
): Promise<SwarmUpdate> {
  const plan = planOf(run);
  const coverage = coverageIn(run);
  const refusal = refusalIn(written);
  const isNotFound = refusal?.kind === "not-found";
  const answer = withCoverage(isNotFound ? notFoundText(run, refusal) : written, {
    coverage,
    missing: missingIn(run, plan),
    checks: checkReports(checks, { plan, lookup: (id) => run.shared.board.result(id) }),
    notes: [
      ...(run.record.denied > 0 ? [deniedSentence(run.record.denied)] : []),
      ...(run.shared.changedDocuments === undefined ? [] : [changedSentence(run.shared.changedDocuments)]),
      ...(isUnapproved === true ? [`This answer is not approved: ${NOBODY}.`] : []),
    ],
  });
  const result = buildResult({
    runId: run.id,
    task: run.question.task,
    plan,
    lookup: (id) => run.shared.board.result(id),
    answer,
    usage: run.budget.ledger.spent,
    wallMs: run.life.workedMs(),
    interrupts: [],
    questionsDenied: run.record.denied,
    citations: checkCitations(answer, run.shared.documents),
    documents: documentsReport(run.shared.documents?.overview(0)),
    shared: sharedReport(run.shared.artifacts, true),
    checks,
    redacted: run.record.journal.view.redacted,
    model: run.team.model.id,
    parent: run.question.parent,
    runDir: null,
  });
  const answeredBy = isNotFound ? "code" : by;
  if (answeredBy !== undefined) result.answeredBy = answeredBy;
  // Where nothing answers the question, or not from the documents as they are, the run is not complete.
  if ((isNotFound || run.shared.changedDocuments !== undefined) && result.status === "complete")
    result.status = "partial";
  return publishResult(run, result, streamedAs);
}

/**
 * Tells everybody; a process that was killed while it did is followed by one that does the same again. `streamedAs`: the message that
 * a chat front end has begun to show, which the answer completes.
 */
export async function publishResult(
  run: Run,
  result: RunResult,
  streamedAs = `${run.question.birth}/answer`,
): Promise<SwarmUpdate> {
  await run.finish(result);
  const { answer, coverage, usage, answeredBy = null } = result;
  return {
    answer,
    answeredBy,
    draft: null,
    status: result.status === "paused" ? "partial" : result.status,
    coverage,
    usage: { ...usage },
    messages: [new AIMessage({ id: streamedAs, content: answer })],
  };
}

function notFoundText(run: Run, { reason, rest }: Refusal): string {
  const looked = /[.!?]$/.test(reason) ? reason : `${reason}.`;
  return `${notFoundSentence(run.shared.documents !== undefined)} Looked for: ${looked}${rest === "" ? "" : `\n\n${rest}`}`;
}

function changedSentence(changes: ChangedDocuments): string {
  return `Documents are not what they were when the run began: ${changesText(changes)}. What was read before may not hold.`;
}

function deniedSentence(count: number): string {
  return count === 1
    ? `1 question to a human was denied, since ${NOBODY}.`
    : `${count} questions to a human were denied, since ${NOBODY}.`;
}

function missingIn(run: Run, plan: Plan) {
  return workOf(plan).flatMap((subtask) => {
    const result = run.shared.board.result(subtask.id);
    if (result?.outcome === "done") return [];
    return [
      {
        subtask: subtask.id,
        title: subtask.title,
        outcome: result?.outcome ?? "not run",
        cause: result?.cause ?? null,
      },
    ];
  });
}
