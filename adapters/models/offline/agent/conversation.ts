/** An agent's conversation read back from its messages: the brief, what was asked of tools and what they answered. */
import type { AIMessage, BaseMessage, ToolMessage } from "@langchain/core/messages";
import { LAST_STEP, wholeInstructions } from "../../../../engine/policy/prompts/agent-prompt.ts";
import { sections } from "../../../../engine/policy/prompts/markup.ts";
import { messageText } from "../message-text.ts";

export interface ToolExchange {
  tool: string;
  args: Record<string, unknown>;
  reply: string;
}

export interface AgentConversation {
  task: string;
  subtask: { id: string; title: string; item: string | undefined; instructions: string };
  inputs: { subtask: string; outcome: string; body: string }[];
  /** The JSON Schema of the output, where one is asked for. */
  schema: Record<string, unknown> | undefined;
  exchanges: ToolExchange[];
  /** Model turns so far. */
  turns: number;
  isLastStep: boolean;
  /** What was wrong with an earlier answer. */
  refusals: string[];
}

/** Reads an agent's messages; the system message comes first. Pure. */
export function readConversation(messages: readonly BaseMessage[]): AgentConversation {
  const system = messages[0] === undefined ? "" : messageText(messages[0]);
  const humans = messages.filter((message) => message.type === "human").map(messageText);
  const brief = humans[0] ?? "";
  const subtask = sections(brief, "subtask").at(-1);
  const shared = sections(brief, "instructions").at(-1);
  const last = messages.at(-1);
  return {
    task: sections(system, "task")[0]?.body ?? "",
    subtask: {
      id: subtask?.attributes.id ?? "",
      title: subtask?.attributes.title ?? "",
      item: subtask?.attributes.item,
      instructions: wholeInstructions({
        shared: shared && { kind: shared.attributes["kind"], body: shared.body },
        body: subtask?.body ?? brief,
        item: subtask?.attributes.item,
      }),
    },
    inputs: sections(brief, "inputs")
      .flatMap(({ body }) => sections(body, "input"))
      .map((input) => ({
        subtask: input.attributes.subtask ?? "",
        outcome: input.attributes.outcome ?? "done",
        body: input.body,
      })),
    schema: schemaIn(brief),
    exchanges: exchangesOf(messages),
    turns: messages.filter((message) => message.type === "ai").length,
    isLastStep: last?.type === "human" && messageText(last) === messageText(LAST_STEP),
    refusals: humans.slice(1).flatMap((text) => sections(text, "refused").map((refused) => refused.body)),
  };
}

function schemaIn(brief: string): Record<string, unknown> | undefined {
  const output = sections(brief, "output").find((section) => section.attributes.format === "json");
  const start = output?.body.indexOf("{") ?? -1;
  if (output === undefined || start < 0) return undefined;
  try {
    const parsed: unknown = JSON.parse(output.body.slice(start));
    return typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function exchangesOf(messages: readonly BaseMessage[]): ToolExchange[] {
  const replies = new Map<string, string>();
  for (const message of messages)
    if (message.type === "tool") replies.set((message as ToolMessage).tool_call_id, messageText(message));
  return messages
    .filter((message) => message.type === "ai")
    .flatMap((message) => (message as AIMessage).tool_calls ?? [])
    .flatMap((call) => {
      const reply = call.id === undefined ? undefined : replies.get(call.id);
      return reply === undefined ? [] : [{ tool: call.name, args: call.args as Record<string, unknown>, reply }];
    });
}
