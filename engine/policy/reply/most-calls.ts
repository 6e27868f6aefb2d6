/**
 * How many tool calls of one reply are carried out, and what is left of those beyond: the first of them, which the model is answered
 * in place of all. It goes with the message, beside what the provider says of it. Pure.
 */
import type { AIMessage } from "@langchain/core/messages";

/** As many tools as OpenAI takes in a request; nobody means more by one reply. */
export const MOST_CALLS = 128;
/** Of what is told of the calls beyond: of each, and in all. */
const SHOWN_ARGUMENTS = 200;
const SHOWN_CALLS = 2_000;

const KEY = "calls_left";

interface CallText {
  name: string;
  /** As it was sent. */
  args: string;
}

export interface CallsLeft extends CallText {
  /** What the model is told. */
  answer: string;
}

/** `textOf` is asked for no more calls than are shown. */
export function boundedCalls<T>(
  calls: readonly T[],
  textOf: (call: T) => CallText,
): { calls: readonly T[]; metadata?: Record<string, CallsLeft> } {
  const first = calls[MOST_CALLS];
  if (first === undefined) return { calls };
  const left = calls.length - MOST_CALLS;
  const shown: string[] = [];
  let characters = 0;
  for (const call of calls.slice(MOST_CALLS)) {
    if (characters >= SHOWN_CALLS) break;
    const { name, args } = textOf(call);
    shown.push(`${name.slice(0, 100)}(${args.length > SHOWN_ARGUMENTS ? `${args.slice(0, SHOWN_ARGUMENTS)}…` : args})`);
    characters += shown.at(-1)?.length ?? 0;
  }
  const more = left > shown.length ? `, and ${left - shown.length} more` : "";
  const answer = `Of your ${calls.length} calls the first ${MOST_CALLS} were carried out, as many as one turn may have. Not carried out: ${shown.join(", ")}${more}. Make again, in your next turns, those that you still need.`;
  return {
    calls: calls.slice(0, MOST_CALLS),
    metadata: { [KEY]: { ...textOf(first), answer: answer.toWellFormed() } },
  };
}

export function callsLeft({ response_metadata }: Pick<AIMessage, "response_metadata">): CallsLeft | undefined {
  return response_metadata[KEY] as CallsLeft | undefined;
}
