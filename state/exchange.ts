/**
 * What was asked and answered before a question, oldest first: the conversation that it goes on with. It says what "it" and "what about …"
 * refer to, and opens nothing: a run reads only what its own options allow. Pure.
 */
import { AIMessage, HumanMessage, type BaseMessage } from "@langchain/core/messages";
import { z } from "zod";
import { strictObject } from "./problem.ts";
import { cutTo } from "./plain-text.ts";

export const Exchange = strictObject({
  /** What was asked. */
  task: z.string().min(1),
  /** Markdown; of a long one the beginning. */
  answer: z.string(),
  /** The run that answered it, where that is known. */
  runId: z.string().min(1).optional(),
  /** Where its answer, results and artifacts are among the documents of the run: a path as its tools show it. */
  documents: z.string().min(1).optional(),
});
export type Exchange = z.infer<typeof Exchange>;

/** Kept with a run; older ones are left out. */
const MOST_EXCHANGES = 12;
/** Characters of each. */
const [MOST_OF_TASK, MOST_OF_ANSWER] = [4_000, 20_000];
const CUT = "\n[cut: the rest is not shown]";

/** As much of a conversation as is kept with a run; null where there is none. */
export function boundedHistory(history: readonly Exchange[]): Exchange[] | null {
  if (history.length === 0) return null;
  return history.slice(-MOST_EXCHANGES).map((exchange) => ({
    ...exchange,
    task: cutTo(exchange.task, MOST_OF_TASK, CUT),
    answer: cutTo(exchange.answer, MOST_OF_ANSWER, CUT),
  }));
}

/** What a chat holds of it: each human message with the answer that follows it. */
export function exchangesIn(messages: readonly BaseMessage[]): Exchange[] {
  const exchanges: Exchange[] = [];
  let asked: string | undefined;
  for (const message of messages) {
    const text = message.text.trim();
    if (text === "") continue;
    if (HumanMessage.isInstance(message)) asked = text;
    else if (AIMessage.isInstance(message) && asked !== undefined) {
      exchanges.push({ task: asked, answer: text });
      asked = undefined;
    }
  }
  return exchanges;
}
