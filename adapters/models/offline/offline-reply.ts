/** From a prompt to a reply: finds the role that the system prompt was written for and plays it. */
import { createHash } from "node:crypto";
import type { BaseMessage } from "@langchain/core/messages";
import { roleOf } from "../../../engine/policy/prompts/roles.ts";
import { appendFirst, ARBITER_REPLY, JUDGE_REPLY, withoutAppends } from "./agent/artifact-appends.ts";
import { agentReply } from "./agent/agent-reply.ts";
import { readConversation } from "./agent/conversation.ts";
import { messageText } from "./message-text.ts";
import { FOREIGN_PROMPT } from "./offline-notice.ts";
import { plannerReply } from "./planner/planner-reply.ts";
import { synthesizerReply } from "./synthesizer/synthesizer-reply.ts";

export interface OfflineReply {
  text: string;
  calls: { id: string; name: string; args: Record<string, unknown>; type: "tool_call" }[];
}

const ID_LENGTH = 16;

/** Pure. `tools`: the names that the call was bound with. */
export function offlineReply(messages: readonly BaseMessage[], tools: ReadonlySet<string>): OfflineReply {
  const first = messages[0];
  const role = first?.type === "system" ? roleOf(messageText(first)) : undefined;
  if (role === undefined) return { text: FOREIGN_PROMPT, calls: [] };
  if (role.kind === "planner") return { text: plannerReply(messages), calls: [] };
  if (role.kind === "synthesizer") return { text: synthesizerReply(messages), calls: [] };
  if (role.kind === "arbiter") return { text: ARBITER_REPLY, calls: [] };
  if (role.kind === "judge") return { text: JUDGE_REPLY, calls: [] };
  const conversation = readConversation(withoutAppends(messages));
  const reply = appendFirst(agentReply(conversation, tools), { messages, tools, subtask: conversation.subtask });
  if (reply.kind === "result") return { text: reply.text, calls: [] };
  const seed = `${conversation.task}\n${conversation.subtask.id}\n${conversation.turns}`;
  return {
    text: "",
    calls: reply.calls.map((call, at) => ({
      id: callId(`${seed}\n${at}\n${JSON.stringify(call)}`),
      name: call.tool,
      args: call.args,
      type: "tool_call",
    })),
  };
}

function callId(content: string): string {
  return `call_${createHash("sha256").update(content).digest("hex").slice(0, ID_LENGTH)}`;
}
