/**
 * The order of turns that every server takes: after the answers of tools comes the assistant, and users do not speak twice in a row.
 * What is told on the side goes to the end of the message before it. Pure; a conversation that only grows keeps its beginning.
 */
import { HumanMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";

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
