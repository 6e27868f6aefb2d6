/**
 * Upper bounds of what a call will cost, without a tokenizer: a token is at least one byte, so the bytes of the text bound
 * its tokens. Pure; linear in the text.
 */
import { AIMessage, type BaseMessage } from "@langchain/core/messages";

/** Tokens of framing around each message and each tool definition: generous against what chat templates add. */
const TOKENS_PER_MESSAGE = 16;

/** An upper bound of the input tokens of one call. `toolBytes`: the JSON of the tool definitions, in bytes. */
export function inputTokenBound(messages: readonly BaseMessage[], toolBytes: number): number {
  let bytes = toolBytes;
  for (const message of messages) bytes += messageBytes(message) + TOKENS_PER_MESSAGE;
  return bytes;
}

function messageBytes(message: BaseMessage): number {
  const text = typeof message.content === "string" ? message.content : JSON.stringify(message.content);
  const calls = AIMessage.isInstance(message) && message.tool_calls !== undefined ? JSON.stringify(message.tool_calls) : "";
  return Buffer.byteLength(text) + Buffer.byteLength(calls);
}
