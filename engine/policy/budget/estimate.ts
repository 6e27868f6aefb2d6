/**
 * Upper bounds of what a call will cost, without a tokenizer: a token is at least one byte, so the bytes of the text bound
 * its tokens. Pure; linear in the text.
 */
import { AIMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";
import type { StructuredToolInterface } from "@langchain/core/tools";
import { convertToOpenAITool } from "@langchain/core/utils/function_calling";

/** A token of a usual text has about so many bytes: an estimate, no bound. */
export const BYTES_PER_TOKEN = 4;

/** What a lane is expected to need before any lane has shown it: model turns. */
export const FIRST_GUESS_STEPS = 4;

/** Tokens of framing around each message and each tool definition: generous against what chat templates add. */
const TOKENS_PER_MESSAGE = 16;

/** An upper bound of the input tokens of one call. `toolBytes`: the JSON of the tool definitions, in bytes. */
export function inputTokenBound(messages: readonly BaseMessage[], toolBytes: number): number {
  let bytes = toolBytes;
  for (const message of messages) bytes += messageBytes(message) + TOKENS_PER_MESSAGE;
  return bytes;
}

const bytesKnown = new WeakMap<BaseMessage, number>();

/** Messages do not change: each is counted once, not again in every turn that repeats it. */
function messageBytes(message: BaseMessage): number {
  const bytes = bytesKnown.get(message) ?? countBytes(message);
  bytesKnown.set(message, bytes);
  return bytes;
}

function countBytes(message: BaseMessage): number {
  const text = typeof message.content === "string" ? message.content : JSON.stringify(message.content);
  return Buffer.byteLength(text) + besideContent(message).reduce((sum, part) => sum + Buffer.byteLength(part), 0);
}

/** What is sent with a message and is no content: tool calls, the call that a tool answers, reasoning that is replayed. */
function besideContent(message: BaseMessage): string[] {
  if (ToolMessage.isInstance(message)) return [message.tool_call_id, message.name ?? ""];
  if (!AIMessage.isInstance(message)) return [];
  const reasoning: unknown = message.additional_kwargs["reasoning_content"];
  return [JSON.stringify(message.tool_calls ?? []), typeof reasoning === "string" ? reasoning : ""];
}

const toolBytesKnown = new WeakMap<readonly StructuredToolInterface[], number>();

/** The JSON of the tool definitions, in bytes; computed once for each list of tools. */
export function toolBytes(tools: readonly StructuredToolInterface[]): number {
  const known = toolBytesKnown.get(tools);
  if (known !== undefined) return known;
  const bytes =
    tools.length === 0 ? 0 : Buffer.byteLength(JSON.stringify(tools.map((tool) => convertToOpenAITool(tool))));
  toolBytesKnown.set(tools, bytes);
  return bytes;
}
