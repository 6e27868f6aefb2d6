/**
 * Replies without a tool call that are no result yet, though they look like one: the model only says what it is going to do, or
 * declines, or states what documents say without a citation. Told by their words, and only of short ones, so that a text about such words is
 * never taken for one. Pure.
 */
import type { Signal } from "../../../state/signal.ts";
import { cutTo, oneLine } from "../../../state/plain-text.ts";
import { citationsIn } from "../prompts/citation-rule.ts";

export interface ReplyFacts {
  /** It is asked for text; of JSON the schema says what is a result. */
  isText: boolean;
  /** The agent could have called one. */
  hasTools: boolean;
  /** It was to find something in documents, and answers in text. */
  isResearch: boolean;
}

/** Longer ones say more than that. */
const LONGEST_ANNOUNCEMENT = 400;
const LONGEST_DECLINE = 600;
const SHOWN = 200;

const LOOK =
  "search|look|read|check|find|fetch|open|start|begin|examine|explore|consult|use|call|query|review|gather|inspect|list|see";
/** At the end of a reply: what comes next, and then nothing comes. */
const ANNOUNCEMENTS: readonly RegExp[] = [
  new RegExp(
    `(?:^|[.!?…:\\n]\\s*|,\\s+)(?:(?:okay|ok|sure|now|next|first|then|so),?\\s+)*(?:let me(?! know)|let's|let us|i(?:'|’)?ll|i will|i(?:'|’)m going to|i am going to|i need to|i should)(?:\\s+\\w+){0,3}\\s+(?:${LOOK})\\b[^\\n]*$`,
    "i",
  ),
  /(?:^|[.!?…:\n]\s*)(?:zuerst |zunächst |nun |jetzt )?(?:ich werde|lass mich|ich)\b[^\n]*\b(?:durch|nach)?(?:suche|lese|schaue|sehe|prüfe|schlage)n?\b[^\n]*$/i,
  /(?:^|[.!?…:\n]\s*)(?:je vais|laissez-moi|voy a|déjame)\s+(?:d'abord\s+|primero\s+)?(?:chercher|lire|consulter|vérifier|examiner|buscar|leer|revisar|consultar|examinar)\b[^\n]*$/i,
  /(?:让我|我将|我会|接下来我|首先我)[^\n]*(?:搜索|查找|查看|阅读|检查)[^\n]*$/,
];

/** At the beginning of a reply. */
const DECLINES: readonly RegExp[] = [
  /^(?:(?:i(?:'|’)m|i am|we(?:'|’)re)\s+(?:very |so |really )?sorry|sorry|apologies|i apologi[sz]e|unfortunately|regrettably)?[\s,.;:—-]*(?:but\s+)?(?:as an? (?:ai|large language|language)\b[^.]{0,80}?,?\s*)?i(?:'|’)?(?:\s*(?:can(?:no|'|’)t|can not|could(?:n(?:'|’)t| not)|am (?:not able|unable)|(?:'|’)?m (?:not able|unable)|won(?:'|’)t|will not|do(?:n(?:'|’)t| not) have (?:access|the ability|any tools?|tools?)))\b[^.\n]*\b(?:help|assist|comply|provide|complete|fulfil+|access|browse|search|answer|continue|find|determine|perform|do (?:that|this)|tools?|documents?|files?|internet|information)\b/i,
  /^as an? (?:ai|(?:large )?language model)\b/i,
  /^(?:es tut mir leid|tut mir leid|entschuldigung|leider)\b[^.\n]*\b(?:nicht|keine?n?)\b/i,
  /^(?:je suis désolé|désolé|lo siento|mi dispiace|sinto muito)\b/i,
  /^(?:很?抱歉|对不起|我无法|我不能)/,
];

/** What the reply is instead of a result; undefined: nothing speaks against it. */
export function unfinishedReply(text: string, { isText, hasTools, isResearch }: ReplyFacts): Signal | undefined {
  if (!isText) return undefined;
  const said = text.trim();
  const isShort = (most: number): boolean => said.length <= most && citationsIn(said).length === 0;
  if (isShort(LONGEST_DECLINE) && DECLINES.some((pattern) => pattern.test(said)))
    return { kind: "declined", evidence: `it declines: ${shown(said)}` };
  if (hasTools && isShort(LONGEST_ANNOUNCEMENT) && ANNOUNCEMENTS.some((pattern) => pattern.test(said)))
    return { kind: "announced", evidence: `it says what it is going to do, and does not do it: ${shown(said)}` };
  if (isResearch && !CITED.test(said))
    return { kind: "uncited", evidence: "it says what documents state, and cites none of them" };
  return undefined;
}

/** In the form of the rule, or near it: `[path:line]`, `(path:12-14)`. */
const CITED = /[^\s[\](){}"']:\d{1,9}(?:[-–]\d{1,9})?[\])]/;

function shown(text: string): string {
  return cutTo(oneLine(text), SHOWN, "…");
}
