/**
 * Old tool answers of a long conversation that fits its window: each turn pays for them again, and they draw attention from the new ones.
 * They are cleared in two steps, so that nothing is lost with them: the agent is told to write down what it needs, and before its next
 * turn what they hold goes. Pure, and the same for the same conversation.
 *
 * 1. It is rare: so much goes at once that the prompt cache, which begins anew behind it, has paid within a few turns.
 * 2. Nothing goes that the agent was not told of a turn before, and the newest answers stay.
 */
import { AIMessage, HumanMessage, type BaseMessage } from "@langchain/core/messages";
import { isNote, note } from "../prompts/artifact-notes.ts";
import { clearedAnswers, isLongAnswer, turnsOf } from "./compact.ts";

/** Bytes of old answers that are worth a turn's notes and a new beginning of the cache: some 32,000 tokens. */
const WORTH_CLEARING = 128_000;
/** Whose answers stay. */
const NEWEST_TURNS = 3;
/** With fewer to come, clearing costs more than it saves. */
const LEAST_TURNS_LEFT = 4;

const NOTICE =
  "To make room, only the newest answers of your tools stay in full after this turn. If you have your result, give it now. Else write down beside your next call what you need of the older ones: facts, quotations letter by letter, and their places.";

/** To be told now; undefined: there is little to clear, or it was told already. */
export function clearingNotice(messages: readonly BaseMessage[], turnsLeft: number): BaseMessage | undefined {
  if (turnsLeft < LEAST_TURNS_LEFT || noticeAt(messages) >= 0) return undefined;
  const old = turnsOf(messages).slice(0, -NEWEST_TURNS).flat().filter(isLongAnswer);
  const bytes = old.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  return bytes < WORTH_CLEARING ? undefined : note(NOTICE);
}

export interface Cleared {
  /** The notice is gone: it was about what is gone. */
  messages: BaseMessage[];
  /** Whole texts of which only the beginning stays. */
  texts: string[];
}

/** Undefined: the agent has not been told, or has not replied since. `canRead`: it can have the whole texts again. */
export function clearAnswers(messages: readonly BaseMessage[], canRead: boolean): Cleared | undefined {
  const at = noticeAt(messages);
  if (at < 0 || !messages.slice(at).some((message) => AIMessage.isInstance(message))) return undefined;
  const turns = turnsOf(messages.filter((_, index) => index !== at));
  return clearedAnswers(turns, { to: turns.length - NEWEST_TURNS, canRead });
}

function noticeAt(messages: readonly BaseMessage[]): number {
  return messages.findLastIndex(
    (message) => HumanMessage.isInstance(message) && isNote(message) && message.text === NOTICE,
  );
}
