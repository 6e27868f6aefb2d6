/** A request in the words of the chat completions protocol. Pure. */
import type { BaseChatModelCallOptions, BindToolsInput } from "@langchain/core/language_models/chat_models";
import { AIMessage, HumanMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";
import { convertLangChainToolCallToOpenAI } from "@langchain/core/output_parsers/openai_tools";
import { convertToOpenAITool } from "@langchain/core/utils/function_calling";
import { messageText } from "../../../state/plain-text.ts";

export type WireTool = ReturnType<typeof convertToOpenAITool>;

/** All of a request but its messages. What is undefined is not sent. */
export type WireRequest = {
  model: string;
  stop?: string[];
  stream: true;
  tools?: WireTool[];
  tool_choice?: string | object;
  stream_options: { include_usage: true };
  max_tokens?: number;
  max_completion_tokens?: number;
};

/** By LangChain's names of their kinds; all others are a user's. */
const ROLES: Readonly<Record<string, string>> = { system: "system", ai: "assistant", tool: "tool" };
/** All other choices are names of tools. */
const CHOICES: Readonly<Record<string, string>> = { any: "required", required: "required", auto: "auto", none: "none" };

/** A message without its thinking: text, and what it calls or answers. */
export function wireMessage(message: BaseMessage): Record<string, unknown> {
  const { name } = message;
  const calls = AIMessage.isInstance(message) ? (message.tool_calls ?? []) : [];
  return {
    role: ROLES[message.type] ?? "user",
    content: messageText(message),
    ...(name === undefined ? {} : { name }),
    ...(calls.length === 0 ? {} : { tool_calls: calls.map((call) => convertLangChainToolCallToOpenAI(call)) }),
    ...(ToolMessage.isInstance(message) ? { tool_call_id: message.tool_call_id } : {}),
  };
}

/** As LangChain's tools describe themselves; one that is in the protocol's words already stays as it is. */
export function wireTool(tool: BindToolsInput): WireTool {
  return convertToOpenAITool(tool);
}

export function wireToolChoice(choice: BaseChatModelCallOptions["tool_choice"]): WireRequest["tool_choice"] {
  if (typeof choice !== "string") return choice;
  return CHOICES[choice] ?? { type: "function", function: { name: choice } };
}

/**
 * The order of turns that every server takes: after the answers of tools comes the assistant, and users do not speak twice in a row.
 * What is told on the side goes to the end of the message before it. Pure; a conversation that only grows keeps its beginning.
 */
export function inTurns(messages: readonly BaseMessage[]): BaseMessage[] {
  const ordered: BaseMessage[] = [];
  for (const message of messages) {
    const before = ordered.at(-1);
    const joined = before !== undefined && HumanMessage.isInstance(message) ? joinedTo(before, message) : undefined;
    if (joined === undefined) ordered.push(message);
    else ordered[ordered.length - 1] = joined;
  }
  return ordered;
}

/** Undefined where they cannot be one message: the turn is the assistant's, or there is more than text. */
function joinedTo(before: BaseMessage, said: BaseMessage): BaseMessage | undefined {
  if (typeof before.content !== "string" || typeof said.content !== "string") return undefined;
  const content = `${before.content}\n\n${said.content}`;
  if (HumanMessage.isInstance(before)) return new HumanMessage({ content });
  return ToolMessage.isInstance(before) ? new ToolMessage({ content, tool_call_id: before.tool_call_id }) : undefined;
}
