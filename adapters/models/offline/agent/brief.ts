/** What a subtask wants of its agent: the question itself without the instructions around it, where to look, what first. */
import { sentenceSpans } from "../text/sentences.ts";
import type { AgentConversation } from "./conversation.ts";
import { askedPart } from "./question.ts";

export interface Brief {
  question: string;
  /** The thing that it is about, where the subtask was made for one. */
  subject: string | undefined;
  /** Folder or file that it must stay within. */
  scope: string | undefined;
  /** Files named to be read first. */
  reads: string[];
  /** An empty hand is an answer, in these words. */
  nothingFound: string | undefined;
  mergesInputs: boolean;
  /** How many points a summary may have, where the instructions say. */
  mostPoints: number | undefined;
}

const GUIDANCE =
  /^(?:answer (?:only|in|with|from|for|within|the question)|work (?:only )?within|stay within|look (?:only )?(?:in|within)|cite|quote|give citations|use the (?:tools|documents)|search|read\b|start with|begin with|do not|don't|never|if (?:nothing|it is not|this|there|the documents|an aspect|something)|leave|where (?:an|one) aspect)\b/i;
const WITHIN = /\bwithin (?:the )?(?:folder|file|document|directory|path)?\s*[`"']?([^\s`"',;]+[^\s`"',;.:])/i;
const FILE = /(?:\.{0,2}\/)*[\p{L}\p{N}_@][\p{L}\p{M}\p{N}_@./+-]*\.[A-Za-z][A-Za-z0-9]{0,5}\b/gu;
const KNOWN_FILE = /\.(?:json|toml|md|mdx|txt|ya?ml|rst|html?|cfg|ini|adoc)$/i;
const NOTHING = /\bif\b[^.:]{0,300}\b(?:nothing|not)\b[^:]{0,300}answer(?: exactly)?:\s*"?([^"\n]+?)"?\s*$/im;
const POINTS = /\bat most (\d{1,2}) (?:points?|sentences?|bullets?|lines?)\b/i;
const MERGING =
  /\b(?:compare|merge|combine|condense|summari[sz]e|contrast|join|consolidate|use)\b.{0,60}\b(?:inputs?|results?|findings|answers|above|previous|given)\b/i;

/** Pure. */
export function briefOf(conversation: AgentConversation): Brief {
  const { title, item } = conversation.subtask;
  const instructions = askedPart(conversation.subtask.instructions);
  const scope = scopeOf(instructions, item);
  return {
    question: questionIn(instructions) || title || conversation.task,
    subject: subjectOf(item, scope),
    scope,
    // Of a file's name with blanks in it, each word would be taken for a name.
    reads: readsOf(
      item !== undefined && item === scope ? instructions.replaceAll(`${item} `, " ") : instructions,
      scope,
    ),
    nothingFound: NOTHING.exec(instructions)?.[1]?.trim(),
    mostPoints: Number(POINTS.exec(instructions)?.[1] ?? Number.NaN) || undefined,
    mergesInputs: conversation.inputs.length > 0 && MERGING.test(instructions),
  };
}

function questionIn(instructions: string): string {
  const sentences = sentenceSpans(instructions).map((span) => instructions.slice(span.start, span.end));
  return sentences
    .filter((sentence) => !GUIDANCE.test(sentence))
    .map((sentence) => sentence.replace(/^(?:answer|find out|question|context)\s*:\s*/i, ""))
    .join(" ");
}

function scopeOf(instructions: string, item: string | undefined): string | undefined {
  if (
    item !== undefined &&
    new RegExp(
      `\\b(?:within|in|of)(?: the)? (?:folder|file|document|directory|path) [\`"']?${escaped(item)}`,
      "i",
    ).test(instructions)
  )
    return item;
  const within = WITHIN.exec(instructions)?.[1];
  if (within !== undefined && /[./]/.test(within)) return within;
  // `@scope/name` is a name; a file may have blanks in its own.
  return item !== undefined && item.includes("/") && (KNOWN_FILE.test(item) || !/\s|^@/.test(item)) ? item : undefined;
}

function subjectOf(item: string | undefined, scope: string | undefined): string | undefined {
  const named = item ?? scope;
  return named === undefined || named !== scope ? named : pathSubject(named);
}

/** `node_modules/@types/node` is about `@types/node`; `docs/routing.md` about `routing`. Pure. */
export function pathSubject(path: string): string {
  const parts = path.replace(/\/+$/, "").split("/");
  const last = (parts.at(-1) ?? path).replace(/\.[A-Za-z]{1,5}$/, "");
  const above = parts.at(-2);
  return above?.startsWith("@") === true ? `${above}/${last}` : last;
}

function readsOf(instructions: string, scope: string | undefined): string[] {
  const named = (instructions.match(FILE) ?? []).filter(
    (path) => KNOWN_FILE.test(path) && !/^\w+\.(?:js|ts)$/.test(path),
  );
  const inPlace = named.map((path) =>
    scope === undefined || path.startsWith(scope) || path.includes("/") ? path : `${scope.replace(/\/+$/, "")}/${path}`,
  );
  return [...new Set(scope !== undefined && KNOWN_FILE.test(scope) ? [scope, ...inPlace] : inPlace)].slice(0, 4);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
