/**
 * Old tool answers of a long conversation that fits its window: each turn pays for them again, and they draw attention from the new ones.
 * They are cleared in two steps, so that nothing is lost with them: the agent is told to write down what it needs, and before its next
 * turn what they hold goes. Pure, and the same for the same conversation.
 *
 * 1. It is rare: so much goes at once that the prompt cache, which begins anew behind it, has paid within a few turns.
 * 2. Nothing goes that the agent was not told of a turn before, and the newest answers stay.
 */
import { AIMessage, type BaseMessage } from "@langchain/core/messages";
import { clearedAnswers, isLongAnswer, turnsOf, type Compacted } from "./compact.ts";

/** Bytes of old answers that are worth a turn's notes and a new beginning of the cache: some 32,000 tokens. */
const WORTH_CLEARING = 128_000;
/** Whose answers stay. */
const NEWEST_TURNS = 3;
/** With fewer to come, clearing costs more than it saves. */
const LEAST_TURNS_LEFT = 4;

export function isWorthClearing(messages: readonly BaseMessage[], turnsLeft: number): boolean {
  if (turnsLeft < LEAST_TURNS_LEFT) return false;
  const old = turnsOf(messages).slice(0, -NEWEST_TURNS).flat().filter(isLongAnswer);
  return old.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0) >= WORTH_CLEARING;
}

interface Clearing {
  /** By which the agent was told; it goes too, being about what is gone. */
  isNotice: (message: BaseMessage) => boolean;
  /** It can have the whole texts again. */
  canRead: boolean;
}

/** Undefined: the agent has not been told, or has not replied since. */
export function clearAnswers(
  messages: readonly BaseMessage[],
  { isNotice, canRead }: Clearing,
): Pick<Compacted, "messages" | "texts"> | undefined {
  const at = messages.findLastIndex(isNotice);
  if (at < 0 || !messages.slice(at).some((message) => AIMessage.isInstance(message))) return undefined;
  const turns = turnsOf(messages.filter((_, index) => index !== at));
  return clearedAnswers(turns, { to: turns.length - NEWEST_TURNS, canRead });
}
