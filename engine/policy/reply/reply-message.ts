/**
 * A streamed reply as the message that it is: without what was thought aloud, well-formed, its tool calls as they were sent.
 * Pure.
 */
import { AIMessage, type AIMessageChunk } from "@langchain/core/messages";
import { isDeeper } from "../../../state/nesting.ts";
import { withoutThoughts } from "./thoughts.ts";
import { isRecord } from "../../../state/is-record.ts";

const DEEPEST = 200;

type Calls = Pick<AIMessage, "tool_calls" | "invalid_tool_calls">;

export function replyMessage(whole: AIMessageChunk): AIMessage {
  const { id, content, additional_kwargs, response_metadata, usage_metadata } = whole;
  return new AIMessage({
    ...(id === undefined ? {} : { id }),
    // Typed parts are the client's own: it tells thinking from text, and may want both back.
    content: typeof content === "string" ? withoutThoughts(content).toWellFormed() : content,
    ...callsIn(whole),
    ...{ additional_kwargs, response_metadata, usage_metadata },
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
      calls.invalid_tool_calls.push({ type: "invalid_tool_call", ...{ id, name, args, error: read } });
    else calls.tool_calls.push({ type: "tool_call", ...{ id, name, args: read } });
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
    return `they are not JSON (${error instanceof Error ? error.message.replace(/\s+/g, " ").slice(0, 200) : "unreadable"})`;
  }
}
