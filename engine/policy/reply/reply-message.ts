/**
 * A streamed reply as the message that it is: without what was thought aloud, well-formed, its tool calls as they were sent. Of calls
 * beyond all measure the first are carried out, and what is told of the others goes with the message; a reply that ends as if it
 * called a tool, and has no call, is no result. Pure.
 */
import { AIMessage, type AIMessageChunk } from "@langchain/core/messages";
import { describeError } from "../../../state/errors.ts";
import { isRecord } from "../../../state/is-record.ts";
import { isDeeper } from "../../../state/nesting.ts";
import { withoutThoughts } from "./thoughts.ts";
import { hasWrittenCall } from "./written-calls.ts";

const DEEPEST = 200;

type Calls = Pick<AIMessage, "tool_calls" | "invalid_tool_calls">;

export function replyMessage(whole: AIMessageChunk): AIMessage {
  const { id, content, additional_kwargs, response_metadata, usage_metadata } = whole;
  return new AIMessage({
    ...(id === undefined ? {} : { id }),
    // Typed parts are the client's own: it tells thinking from text, and may want both back.
    content: typeof content === "string" ? withoutThoughts(content).toWellFormed() : content,
    ...callsIn(whole),
    additional_kwargs,
    response_metadata,
    usage_metadata,
  });
}

/** Arguments that are cut off are malformed: LangChain's own reading would close their braces, and half of them would be run. */
function callsIn({ tool_call_chunks, tool_calls, invalid_tool_calls }: AIMessageChunk): Calls {
  if (tool_call_chunks === undefined || tool_call_chunks.length === 0)
    return { tool_calls: tool_calls ?? [], invalid_tool_calls: invalid_tool_calls ?? [] };
  const calls: Required<Calls> = { tool_calls: [], invalid_tool_calls: [] };
  for (const { id, name = "", args = "" } of tool_call_chunks) {
    const read = readObject(args);
    if (typeof read === "string")
      calls.invalid_tool_calls.push({ type: "invalid_tool_call", id, name, args, error: read });
    else calls.tool_calls.push({ type: "tool_call", id, name, args: read });
  }
  return calls;
}

/** The arguments, or what is wrong with them. None at all are an empty object. */
function readObject(args: string): Record<string, unknown> | string {
  if (args.trim() === "") return {};
  if (isDeeper(args, DEEPEST)) return `they nest deeper than ${DEEPEST} levels`;
  try {
    const value: unknown = JSON.parse(args, (_, each: unknown) =>
      typeof each === "string" ? each.toWellFormed() : each,
    );
    if (isRecord(value)) return value;
    return value === null ? {} : "they are no JSON object";
  } catch (error) {
    return `they are not JSON (${describeError(error).slice(0, 200)})`;
  }
}

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

interface CallsLeft extends CallText {
  /** What the model is told. */
  answer: string;
}

/** `callText` is asked for no more calls than are shown. */
export function boundedCalls<T>(
  calls: readonly T[],
  callText: (call: T) => CallText,
): { calls: readonly T[]; metadata?: Record<string, CallsLeft> } {
  const first = calls[MOST_CALLS];
  if (first === undefined) return { calls };
  const left = calls.length - MOST_CALLS;
  const shown: string[] = [];
  let characters = 0;
  for (const call of calls.slice(MOST_CALLS)) {
    if (characters >= SHOWN_CALLS) break;
    const { name, args } = callText(call);
    shown.push(`${name.slice(0, 100)}(${args.length > SHOWN_ARGUMENTS ? `${args.slice(0, SHOWN_ARGUMENTS)}…` : args})`);
    characters += shown.at(-1)?.length ?? 0;
  }
  const more = left > shown.length ? `, and ${left - shown.length} more` : "";
  const answer = `Of your ${calls.length} calls the first ${MOST_CALLS} were carried out, as many as one turn may have. Not carried out: ${shown.join(", ")}${more}. Make again, in your next turns, those that you still need.`;
  return {
    calls: calls.slice(0, MOST_CALLS),
    metadata: { [KEY]: { ...callText(first), answer: answer.toWellFormed() } },
  };
}

export function callsLeft({ response_metadata }: Pick<AIMessage, "response_metadata">): CallsLeft | undefined {
  return response_metadata[KEY] as CallsLeft | undefined;
}

/** Reasons with which models end on a call, in the words of many providers, without separators. */
const CALL_ENDS = new Set(["toolcalls", "toolcall", "tooluse", "functioncall"]);
const MISSING_CALL =
  "it ends as if it called a tool, but has no call; call tools as your interface has it, or answer in words alone";

/** Why the provider says that the reply ended; undefined: it does not say. */
export function finishReason({ response_metadata }: AIMessage): string | undefined {
  const { finish_reason, stop_reason } = response_metadata;
  return [finish_reason, stop_reason].find((reason): reason is string => typeof reason === "string" && reason !== "");
}

/** A reason without case and separators. */
export function plainReason(reason: string): string {
  return reason.toLowerCase().replace(/[^a-z]/g, "");
}

export function hasToolCalls({ tool_calls, invalid_tool_calls }: AIMessage): boolean {
  return (tool_calls?.length ?? 0) > 0 || (invalid_tool_calls?.length ?? 0) > 0;
}

/**
 * What is wrong with a reply that ends as if it called a tool, and has no call: what it says is what the model was about to do. Of a
 * reply whose calls have been understood, those in its text too.
 */
export function missingCall(message: AIMessage): string | undefined {
  const isCalling = CALL_ENDS.has(plainReason(finishReason(message) ?? ""));
  return isCalling && !hasToolCalls(message) ? MISSING_CALL : undefined;
}

/** Never a result: the server did not read it, and neither can we. */
const UNREADABLE_CALL =
  "it holds a tool call as text, which cannot be read; call tools as your interface has it, or answer in words";

/** What is wrong with a reply that was to be text, of which `text` is what counts: a call that nobody has read. */
export function unreadCall(message: AIMessage, text: string): string | undefined {
  return hasWrittenCall(text) ? UNREADABLE_CALL : missingCall(message);
}
