/** What the offline agent does with artifacts: what it has found it adds to those that its subtask may write, then answers. */
import { AIMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";
import { CANNOT } from "../../../../engine/policy/prompts/agent-prompt.ts";
import { messageText } from "../message-text.ts";
import type { AgentReply } from "./agent-reply.ts";

const TOOL = "append_artifact";
const MAY_WRITE = /^may write: (.+) \((text|json|lines|table|binary)\)$/gm;

/** Judging needs a language model; without one the order of the writes decides. */
export const ARBITER_REPLY = JSON.stringify({
  take: "committed",
  reason: "no language model: what was there first stays",
});

export const JUDGE_REPLY = "A predicate takes a language model to judge; there is none.";

interface Appending {
  messages: readonly BaseMessage[];
  tools: ReadonlySet<string>;
  subtask: { id: string; title: string };
}

/** In place of a result, the calls that add it to the artifacts; the result itself once that is done. Pure. */
export function appendFirst(reply: AgentReply, { messages, tools, subtask }: Appending): AgentReply {
  if (reply.kind !== "result" || reply.text.startsWith(CANNOT) || !tools.has(TOOL)) return reply;
  if (messages.some(isAppend)) return reply;
  const opening = messages.find(({ type }) => type === "human");
  const calls = [...messageText(opening as BaseMessage).matchAll(MAY_WRITE)].flatMap(([, name, type]) => {
    const content = contentFor(type as string, reply.text, subtask);
    return content === undefined ? [] : [{ tool: TOOL, args: { name, content } }];
  });
  return calls.length === 0 ? reply : { kind: "calls", calls };
}

function contentFor(type: string, text: string, { id, title }: Appending["subtask"]): unknown {
  if (type === "text") return `## ${title}\n\n${text}\n`;
  if (type === "lines") return text;
  if (type === "json") return { subtask: id, title, output: text };
  return type === "table" ? [{ id, title, output: text }] : undefined;
}

/** The conversation as it was before: what was found does not change by having been written down. Pure. */
export function withoutAppends(messages: readonly BaseMessage[]): BaseMessage[] {
  return messages.filter(
    (message) => !isAppend(message) && !(ToolMessage.isInstance(message) && message.name === TOOL),
  );
}

function isAppend(message: BaseMessage): boolean {
  return AIMessage.isInstance(message) && message.tool_calls?.some(({ name }) => name === TOOL) === true;
}
