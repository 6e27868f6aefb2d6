/** A request in the words of the chat completions protocol. Pure. */
import type { BaseChatModelCallOptions, BindToolsInput } from "@langchain/core/language_models/chat_models";
import { AIMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";
import { convertLangChainToolCallToOpenAI } from "@langchain/core/output_parsers/openai_tools";
import { convertToOpenAITool } from "@langchain/core/utils/function_calling";
import { messageText } from "../../../state/message-text.ts";

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
