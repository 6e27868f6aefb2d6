/**
 * Replies without a tool call that are no result yet, though they look like one: the model only says what it is going to do, or
 * declines, or states what documents say without a citation. Told by their words, and only of short ones, so that a text about such words is
 * never taken for one. Pure.
 */
import type { Signal } from "../../../state/signal.ts";
import { cutTo, oneLine } from "../../../state/plain-text.ts";
import { citationsIn, findCitations } from "../prompts/citation-rule.ts";
import { isAnnouncement } from "./announcements.ts";
import { isDecline } from "./declines.ts";

export interface ReplyFacts {
  /** It is asked for text; of JSON the schema says what is a result. */
  isText: boolean;
  /** The agent could have called one. */
  hasTools: boolean;
  /** It was to find something in documents, and answers in text. */
  isResearch: boolean;
  /** The artifact that is to be the run's answer, where it alone was to write it and has not. */
  unwritten?: string | undefined;
}

/** Longer ones say more than that. */
const LONGEST_ANNOUNCEMENT = 400;
const LONGEST_DECLINE = 600;
const SHOWN = 200;

/** What the reply is instead of a result; undefined: nothing speaks against it. */
export function unfinishedReply(text: string, facts: ReplyFacts): Signal | undefined {
  const { isText, hasTools, isResearch, unwritten } = facts;
  if (!isText) return undefined;
  const said = text.trim();
  const isShort = (most: number): boolean => said.length <= most && citationsIn(said).length === 0;
  if (isShort(LONGEST_DECLINE) && isDecline(said)) return { kind: "declined", evidence: `it declines: ${shown(said)}` };
  if (hasTools && isShort(LONGEST_ANNOUNCEMENT) && isAnnouncement(said))
    return { kind: "announced", evidence: `it says what it is going to do, and does not do it: ${shown(said)}` };
  if (unwritten !== undefined)
    return { kind: "announced", evidence: `artifact ${unwritten} is to be the answer of the run, and is not written` };
  if (isResearch && !isCited(said))
    return { kind: "uncited", evidence: "it says what documents state, and cites none of them" };
  return undefined;
}

/** In the form of the rule, or near it: `[path:line]`, `(path:12-14)`. */
const CITED = /[^\s[\](){}"']:\d{1,9}(?:[-–]\d{1,9})?[\])]/;

function isCited(text: string): boolean {
  return CITED.test(text) || findCitations(text).length > 0;
}

function shown(text: string): string {
  return cutTo(oneLine(text), SHOWN, "…");
}
