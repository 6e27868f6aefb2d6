/**
 * What is the answer of a run as it stands, without a model writing it again: the artifact that the agents were to make, or the one
 * result there is. Pure.
 */
import type { ArtifactRecord } from "../../../state/artifact.ts";
import type { Plan, Subtask } from "../../../state/plan.ts";
import { isNamed } from "../merge/artifact-rules.ts";
import { unusedResults, workOf } from "./build-result.ts";
import type { ResultLookup } from "./gather-results.ts";

export type Deliverable = { kind: "artifact"; name: string } | { kind: "result"; subtask: string };

/** `written`: the artifacts that agents have written. Undefined: the answer is to be made from several results. */
export function deliverableOf(
  plan: Plan,
  { lookup, written }: { lookup: ResultLookup; written: readonly ArtifactRecord[] },
): Deliverable | undefined {
  const texts = written.filter(({ type }) => type === "text");
  const [text] = texts.length === 1 ? texts : [];
  const named = written.find(({ artifact }) => artifact === plan.answer);
  const made = text === undefined || hasResultBeside(text.artifact, plan, lookup) ? undefined : text;
  const artifact = plan.answer === undefined ? made : named;
  if (artifact !== undefined && artifact.bytes > 0) return { kind: "artifact", name: artifact.artifact };
  const [only, ...others] = workOf(plan);
  if (only === undefined || others.length > 0 || lookup(only.id)?.outcome !== "done") return undefined;
  return { kind: "result", subtask: only.id };
}

/** Whether something was found that has gone neither into another result nor, as far as its subtask could, into the artifact. */
function hasResultBeside(artifact: string, plan: Plan, lookup: ResultLookup): boolean {
  return unusedResults(plan, lookup).some(({ reads, writes }) => !isNamed([...reads, ...writes], artifact));
}

/** The id of the answer's message, where it has none by which it was streamed. `birth`: of the question. */
export function answerId({ birth }: { birth: string }): string {
  return `${birth}/answer`;
}

/** The id of what an agent says after so many steps, where that may be the answer's message. */
export function wordId(question: { birth: string }, steps: number): string {
  return `${answerId(question)}/${steps}`;
}

/** Whether what the subtask comes to is the answer as it stands, in words. */
export function isAnswerItself({ expects, writes, id }: Subtask, plan: Plan): boolean {
  const isOnly = workOf(plan).every((other) => other.id === id);
  return isOnly && plan.answer === undefined && expects === undefined && writes.length === 0;
}

/** The artifact that is to be the answer, where this subtask alone writes it and the plan has no beginning of it. */
export function answerOwedBy({ id }: Pick<Subtask, "id">, { answer, artifacts, subtasks }: Plan): string | undefined {
  if (answer === undefined || artifacts.some(({ name, content }) => name === answer && content !== undefined))
    return undefined;
  const writers = subtasks.filter(({ writes }) => isNamed(writes, answer));
  return writers.length === 1 && writers[0]?.id === id ? answer : undefined;
}

export function asMarkdown(text: string, isJson: boolean): string {
  return isJson ? `\`\`\`json\n${text.trim()}\n\`\`\`` : text.trim();
}

/** A text without the block of code into which its writer has put all of it; blocks within it stay. */
export function unfenced(text: string): string {
  const [, body] = /^```(?:markdown|md)[ \t]*\n([^]*)\n```$/i.exec(text.trim()) ?? [];
  const fences = body?.match(/^[ \t]*```/gm)?.length ?? 0;
  return body === undefined || fences % 2 === 1 ? text : body;
}
