/**
 * The end of a run: the written answer gets its coverage and its citations are checked; the result goes to where people and
 * programs look for it. Running it twice writes the same again.
 */
import { AIMessage } from "@langchain/core/messages";
import { changesText, documentsReport, type ChangedDocuments } from "../../../state/left-out.ts";
import type { Coverage } from "../../../state/outcome.ts";
import type { Plan } from "../../../state/plan.ts";
import type { AnsweredBy, CheckState, CitationCheck, RunResult } from "../../../state/run-result.ts";
import type { SwarmUpdate } from "../../../state/swarm-state.ts";
import { buildResult, checkReports, planCoverage, workOf } from "../../policy/answer/build-result.ts";
import { sharedReport } from "../../policy/answer/so-far.ts";
import { answerId, unfenced } from "../../policy/answer/deliverable.ts";
import { notFoundSentence, withFooter, type MissingLine } from "../../policy/answer/plain-answer.ts";
import { withMarks, type CitationReport } from "../../policy/citations/check-citations.ts";
import { refusalIn, type Refusal } from "../../policy/prompts/agent-prompt.ts";
import { answerWords, type AnswerWords } from "../../policy/wording/answer-words.ts";
import { languageOf } from "../../policy/wording/language.ts";
import { checkedCitations } from "../citations/checked-citations.ts";
import { planOf, type Run } from "../run/run.ts";
import { writtenArtifacts } from "./write-answer.ts";

export function coverageIn(run: Run): Coverage {
  return planCoverage(run.shared.board.plan(), (id) => run.shared.board.result(id));
}

export interface Written {
  written: string;
  by: AnsweredBy | undefined;
  checks: CheckState[];
  streamedAs?: string | undefined;
  /** A human should have approved it, and nobody was there. */
  isUnapproved?: boolean;
}

export async function publishAnswer(
  run: Run,
  { written, by, checks, streamedAs, isUnapproved }: Written,
): Promise<SwarmUpdate> {
  const plan = planOf(run);
  const lookup = (id: string) => run.shared.board.result(id);
  const coverage = coverageIn(run);
  const refusal = refusalIn(written);
  const isNotFound = refusal?.kind === "not-found";
  const text = isNotFound ? notFoundText(run, refusal) : unfenced(written);
  const words = answerWords(languageOf(text, run.question.task));
  const report = await checkedCitations(run, text, { of: "answer" });
  const ofArtifacts = await artifactCitations(run, text);
  const shared = sharedReport(run.record.journal.view, true);
  const { denied, changedDocuments } = run.effects.account(run.record.journal.view);
  const answer = withFooter(withMarks(text, report, words), {
    coverage,
    words,
    missing: missingIn(run, plan),
    artifacts: shared.artifacts,
    checks: checkReports(checks, { plan, lookup }),
    notes: [
      ...citationNotes(run, {
        report,
        words,
        ofArtifacts: ofArtifacts.beside,
        isAnswer: !isNotFound && coverage.done > 0,
      }),
      ...(denied > 0 ? [words.denied(denied)] : []),
      ...(changedDocuments === undefined ? [] : [changedSentence(changedDocuments)]),
      ...(isUnapproved === true ? [words.unapproved] : []),
    ],
  });
  const result = buildResult({
    runId: run.id,
    task: run.question.task,
    plan,
    lookup,
    answer,
    usage: run.budget.ledger.spent,
    wallMs: run.life.workedMs(),
    interrupts: [],
    questionsDenied: denied,
    citations: { ...counted(report), artifacts: ofArtifacts.all },
    documents: documentsReport(run.shared.documents?.overview(0)),
    shared,
    checks,
    redacted: run.record.journal.view.redacted,
    model: run.team.model.id,
    parent: run.question.parent,
    runDir: null,
  });
  const answeredBy = isNotFound ? "code" : by;
  if (answeredBy !== undefined) result.answeredBy = answeredBy;
  // Where nothing answers the question, or not from the documents as they are, the run is not complete.
  if ((isNotFound || changedDocuments !== undefined) && result.status === "complete") result.status = "partial";
  return publishResult(run, result, streamedAs);
}

/** As a result tells it: without the stretches of the text. */
function counted({ total, verified, broken, unsupported }: CitationReport) {
  return {
    total,
    verified,
    broken: broken.map(({ place, quote }) => ({ place, quote })),
    unsupported: unsupported.map(({ place, quote, missing }) => ({ place, quote, missing })),
  };
}

type ArtifactCitations = NonNullable<CitationCheck["artifacts"]>;

/** Where there is something that they could cite. `beside`: those of artifacts that are not the answer itself. */
async function artifactCitations(run: Run, answer: string): Promise<Record<"all" | "beside", ArtifactCitations>> {
  const found: Record<"all" | "beside", ArtifactCitations> = { all: [], beside: [] };
  const written = run.shared.documents === undefined ? [] : writtenArtifacts(run);
  for (const { artifact: name, type, version } of written) {
    if (type === "binary") continue;
    const text = await run.shared.artifacts.content(name, version);
    const report = await checkedCitations(run, text, { of: "artifact", name });
    if (report.total === 0) continue;
    found.all.push({ name, ...counted(report) });
    if (text.trim() !== answer.trim()) found.beside.push({ name, ...counted(report) });
  }
  return found;
}

interface Cited {
  report: CitationReport;
  ofArtifacts: ArtifactCitations;
  words: AnswerWords;
  /** It is one that could cite something. */
  isAnswer: boolean;
}

/** Said where something does not hold, and where nothing is cited of documents that were given. */
function citationNotes(run: Run, { report, ofArtifacts, words, isAnswer }: Cited): string[] {
  const { total, verified } = report;
  const unsupported = report.unsupported.length;
  const isDoubtful = verified < total || unsupported > 0;
  const isBare = isAnswer && total === 0 && run.shared.documents !== undefined;
  return [
    ...(isDoubtful ? [words.citations({ total, verified, unsupported })] : []),
    ...(isBare ? [words.noCitations] : []),
    ...ofArtifacts.flatMap(({ name, total: all, broken, unsupported: odd = [] }) =>
      broken.length + odd.length === 0
        ? []
        : [words.artifactCitations({ name, total: all, broken: broken.length, unsupported: odd.length })],
    ),
  ];
}

/**
 * Tells everybody; a process that was killed while it did is followed by one that does the same again. `streamedAs`: the message that
 * a chat front end has begun to show, which the answer completes.
 */
export async function publishResult(
  run: Run,
  result: RunResult,
  streamedAs = answerId(run.question),
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

export function missingIn(run: Run, plan: Plan): MissingLine[] {
  return workOf(plan).flatMap((subtask) => {
    const result = run.shared.board.result(subtask.id);
    if (result?.outcome === "done") return [];
    const { outcome = "not run", cause = null } = result ?? {};
    return [{ subtask: subtask.id, title: subtask.title, outcome, cause }];
  });
}
