/** The questions and orders of a task, one each, with what went before as context. */
import { sentenceSpans } from "../text/sentences.ts";

const LIST_ITEM = /^\s*(?:[-*•]|\d{1,2}[.)]|\(?[a-z]\))\s+/;
const ORDER =
  /^(?:please\s+)?(?:explain|describe|list|show|tell|summari[sz]e|find|name|give|state|compare|outline|identify|look up|extract|write)\b/i;
const ASKS =
  /^(?:and\s+|also,?\s+)?(?:what|which|who|whose|whom|how|when|where|why|is|are|does|do|did|can|could|should|will|would|has|have|may|must)\b/i;
const DEPENDENT = /\b(?:it|its|they|them|their|this|that|these|those|there)\b/i;
const AND_ASKS =
  /\s*(?:;\s*(?:and\s+)?|,?\s+and\s+(?=(?:what|which|who|how|when|where|why)\s+(?:is|are|do|does|did|can|should|to|much|many|long|often|\w+\s+(?:is|are|does|do|can|should))\b))/i;
const NAMED = /(?<![\w-])@?[a-z]\w*[-/][\w/-]*\w|\b[a-z]+[A-Z]\w*/;
const MOST_QUESTIONS = 20;
const FORMAT_ORDER =
  /^(?:please\s+)?(?:answer|cite|use|be|keep|write|give|return|respond)\b.*\b(?:citations?|cite|short|brief|table|markdown|words|sentences?|english|concise)\b/i;

/** One or more questions; those that lean on the one before ("what is its default?") carry it along. Pure. */
export function questionsIn(task: string): string[] {
  const parts = partsOf(task);
  const asked = parts.filter((part) => isAsking(part) && !FORMAT_ORDER.test(part));
  if (asked.length < 2) return [task.trim()];
  const context = parts.filter((part) => !isAsking(part)).join(" ");
  return asked.slice(0, MOST_QUESTIONS).map((question, at) => {
    const before = at === 0 ? context : (asked[at - 1] as string);
    const isNaming = before !== "" && !(at > 0 && DEPENDENT.test(before));
    return DEPENDENT.test(question) && isNaming ? `${question} (${before.replace(/[?.!:]+$/, "")})` : question;
  });
}

function partsOf(task: string): string[] {
  return task.split("\n").flatMap((row) => {
    const isItem = LIST_ITEM.test(row);
    const text = row.replace(LIST_ITEM, "").trim();
    if (text === "") return [];
    const sentences = sentenceSpans(text).map((span) => text.slice(span.start, span.end));
    return (isItem ? [text] : sentences).flatMap(partsOfSentence).filter((part) => part !== "");
  });
}

/** "Does x-y do A, and how is B done?" asks both of x-y. */
function partsOfSentence(sentence: string): string[] {
  const parts = sentence.split(AND_ASKS).map(withoutConnector);
  if (parts.length < 2 || !/[?？]$/.test(sentence)) return parts;
  const names = sentence.match(NAMED)?.filter((name) => (parts[0] as string).includes(name)) ?? [];
  return parts.map((part, at) => {
    const asked = at === 0 ? part : part.charAt(0).toUpperCase() + part.slice(1);
    const body = asked.replace(/[?？.,]+$/, "");
    return at === 0 || names.length === 0 || NAMED.test(part) ? `${body}?` : `${body} (${names[0]})?`;
  });
}

function withoutConnector(part: string): string {
  const bare = part.trim().replace(/^(?:and|also|finally|then),?\s+(?=\p{L})/iu, "");
  return bare === part.trim() ? bare : bare.charAt(0).toUpperCase() + bare.slice(1);
}

function isAsking(part: string): boolean {
  return /[?？]$/.test(part) || ORDER.test(part) || ASKS.test(part);
}
