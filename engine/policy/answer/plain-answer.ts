/**
 * The answer that code makes: the last resort when no model call is left or none succeeds, the note on what is missing that
 * every answer carries, and the answer of a run in which nothing came out. Pure.
 */
import type { AnsweredBy, ArtifactReport, CheckReport } from "../../../state/run-result.ts";
import type { SubtaskResult } from "../../../state/lane-record.ts";
import { plainWords, type Coverage } from "../../../state/outcome.ts";
import { cutTo, oneLine } from "../../../state/plain-text.ts";
import type { AnswerWords } from "../wording/answer-words.ts";

export interface ResultLine {
  subtask: string;
  title: string;
  output: string;
}

export interface MissingLine {
  subtask: string;
  title: string;
  outcome: string;
  cause: string | null;
}

/** How many missing subtasks an answer names one by one. */
const NAMED = 20;
/** Subtasks that found nothing, and characters of what each says of what comes closest. */
const [MOST_CLOSEST, CLOSEST_CHARACTERS] = [5, 2000];
const RULE = "\n---\n";

/** Results one after another, under the plain statement that nobody merged them. At least one. */
export function plainAnswer(results: readonly ResultLine[], reason: string): string {
  const parts = results.map((result) => `## ${oneLine(result.title)}\n\n${result.output.trim()}`);
  return [`The results stand side by side, as the agents gave them: ${reason}`, ...parts].join("\n\n");
}

export interface Answer {
  /** Of the message as which it was streamed. */
  streamedAs?: string | undefined;
  text: string;
  /** Undefined: it is not on record. */
  by?: AnsweredBy | undefined;
}

/**
 * What was written before stays, where it cannot be written anew: the text of an answer, less its coverage. Undefined: there is none, or
 * code made it, which can again. Of whom is not known may have been written well, and stays.
 */
export function earlierAnswer(answer: Answer, reason: string): string | undefined {
  const text = answer.text.slice(0, Math.max(0, answer.text.lastIndexOf(RULE))).trim();
  if (text === "" || answer.by === "code") return undefined;
  return `${text}\n\nThis was written before the last results came: ${reason}`;
}

/** The answer where no subtask is done: what follows from that about the question, and no more. */
export function emptyAnswer(coverage: Coverage, hasDocuments: boolean): string {
  const { total, notFound, infra, skipped } = coverage;
  if (infra > 0 && infra >= total - skipped) {
    return "There is no answer. The provider failed for every subtask: nothing was examined, and nothing follows about the question.";
  }
  if (notFound === 0) return "There is no answer. What happened to each subtask stands below.";
  if (notFound >= total - skipped) return notFoundSentence(hasDocuments);
  return `There is no answer: where it was looked for it was not found (${notFound} of ${total}), and the rest was not examined.`;
}

/** What those who found nothing say of what comes closest: the first few. */
export function closestIn(results: readonly Pick<SubtaskResult, "outcome" | "output">[]): string[] {
  return results
    .filter(({ outcome, output }) => outcome === "not-found" && output !== "")
    .slice(0, MOST_CLOSEST)
    .map(({ output }) => cutTo(output, CLOSEST_CHARACTERS));
}

export function notFoundSentence(hasDocuments: boolean): string {
  return hasDocuments ? "The documents do not answer this." : "The answer was not found.";
}

export interface FooterFacts {
  coverage: Coverage;
  missing: readonly MissingLine[];
  words: AnswerWords;
  /** Sentences on how it came about: what was denied, what was not approved, what its citations come to. */
  notes?: readonly string[];
  checks?: readonly CheckReport[];
  artifacts?: readonly Pick<ArtifactReport, "path" | "version">[];
}

/** The answer with its coverage: always the sentence, what is missing by name, and where the artifacts are. */
export function withFooter(answer: string, facts: FooterFacts): string {
  const { coverage, missing, words, notes = [], checks = [], artifacts = [] } = facts;
  const sentences = [words.coverage(coverage), ...notes, ...checkSentences(checks, words)].map(asSentence);
  const infra = missing.length > 0 && coverage.infra > 0 ? [words.infra] : [];
  const head = [...sentences, ...(missing.length === 0 ? [] : [words.missing]), ...infra].join(" ");
  const named = missing.map(
    (line) =>
      `- ${oneLine(line.title)} (${line.subtask}): ${words.outcome(line.outcome)}${line.cause === null ? "" : `, ${oneLine(line.cause)}`}`,
  );
  const files = artifacts.flatMap(({ path }) => (path === null ? [] : [`- ${path}`]));
  const parts = [
    `${answer.trim()}\n\n---\n${head}`,
    ...(named.length === 0 ? [] : [listOf(named, words)]),
    ...(files.length === 0 ? [] : [`${words.artifacts}\n${listOf(files, words)}`]),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** What comes of code or of a model has its full stop, or gets it. */
function asSentence(text: string): string {
  return /[.!?。]$/.test(text) ? text : `${text}.`;
}

function listOf(lines: readonly string[], words: AnswerWords): string {
  const more = lines.length > NAMED ? [`- ${words.more(lines.length - NAMED)}`] : [];
  return [...lines.slice(0, NAMED), ...more].join("\n");
}

/** What holds is not spelled out; what does not hold is. */
function checkSentences(checks: readonly CheckReport[], words: AnswerWords): string[] {
  if (checks.length === 0) return [];
  const bad = checks.filter(({ status }) => status === "violated" || status === "unchecked");
  const named = bad.map(({ title, status, evidence, writes, repairs, isLeft }) => {
    const led = writes.map(({ artifact, version, subtask }) => `version ${version} of ${artifact} by ${subtask}`);
    const since = led.length === 0 ? "" : ` (since ${led.slice(0, 3).join(", ")})`;
    return `${oneLine(title)} is ${status}: ${oneLine(evidence)}${since}${attempted(repairs, isLeft)}.`;
  });
  return [words.checks({ held: checks.length - bad.length, total: checks.length }), ...named];
}

/** What was done about it in vain. Pure. */
export function attempted(repairs: CheckReport["repairs"], isLeft: boolean): string {
  const said = repairs.map(({ id, outcome, cause }) => {
    if (outcome === "done") return `${id} did not mend it`;
    return `${id} ended as ${plainWords(outcome ?? "not run")}${cause === null ? "" : `: ${oneLine(cause)}`}`;
  });
  return [...said, ...(isLeft ? ["a human left it as it is"] : [])].map((part) => `; ${part}`).join("");
}
