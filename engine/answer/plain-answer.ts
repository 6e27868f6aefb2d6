/**
 * The answer that code makes: the last resort when no model call is left or none succeeds, the note on what is missing that
 * every answer carries, and the answer of a run in which nothing came out. Pure.
 */
import type { CheckReport } from "../../state/run-result.ts";
import { coverageSentence, type Coverage } from "../../state/outcome.ts";

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

/** Results one after another, under the plain statement that nobody merged them. */
export function plainAnswer(results: readonly ResultLine[], reason: string): string {
  if (results.length === 0) return `No subtask produced a result, so there is no answer. ${reason}`;
  const parts = results.map((result) => `## ${oneLine(result.title)}\n\n${result.output.trim()}`);
  return [`The results stand side by side, as the agents gave them: ${reason}`, ...parts].join("\n\n");
}

export interface CoverageFacts {
  coverage: Coverage;
  missing: readonly MissingLine[];
  /** Sentences on how it came about: what was denied, what was not approved. */
  notes?: readonly string[];
  checks?: readonly CheckReport[];
}

/** The answer with its coverage: always the sentence, and what is missing by name. */
export function withCoverage(answer: string, { coverage, missing, notes = [], checks = [] }: CoverageFacts): string {
  const sentence = [`Coverage: ${coverageSentence(coverage)}.`, ...notes, ...checkSentences(checks)].join(" ");
  if (missing.length === 0) return `${answer.trim()}\n\n---\n${sentence}\n`;
  const infra =
    coverage.infra > 0 ? " Infrastructure failures say nothing about the question: those parts were not examined." : "";
  const named = missing
    .slice(0, NAMED)
    .map(
      (line) =>
        `- ${oneLine(line.title)} (${line.subtask}): ${line.outcome}${line.cause === null ? "" : `, ${oneLine(line.cause)}`}`,
    );
  const more = missing.length > NAMED ? [`- and ${missing.length - NAMED} more`] : [];
  return [answer.trim(), "", "---", `${sentence} What is missing:${infra}`, "", ...named, ...more, ""].join("\n");
}

/** What holds is not spelled out; what does not hold is. */
function checkSentences(checks: readonly CheckReport[]): string[] {
  if (checks.length === 0) return [];
  const bad = checks.filter(({ status }) => status === "violated" || status === "unchecked");
  const named = bad.map(({ title, status, evidence, writes }) => {
    const led = writes.map(({ artifact, version, subtask }) => `version ${version} of ${artifact} by ${subtask}`);
    const since = led.length === 0 ? "" : ` (since ${led.slice(0, 3).join(", ")})`;
    return `${oneLine(title)} is ${status}: ${oneLine(evidence)}${since}.`;
  });
  return [`Checks: ${checks.length - bad.length} of ${checks.length} hold.`, ...named];
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
