/** From a brief and a conversation to a reply: plays the role that the brief names. */
import { createHash } from "node:crypto";
import type { BaseMessage } from "@langchain/core/messages";
import type { SummaryBrief, TurnBrief } from "../../../engine/ports/brief.ts";
import { NO_BRIEF } from "./notice.ts";
import { Pace } from "./pace.ts";
import { agentReply } from "./roles/agent.ts";
import { briefAlone } from "./roles/follow-up.ts";
import { plannerReply } from "./roles/planner.ts";
import { synthesizerReply } from "./roles/synthesizer.ts";

export interface OfflineReply {
  text: string;
  calls: { id: string; name: string; args: Record<string, unknown>; type: "tool_call" }[];
}

export interface OfflineRequest {
  brief: TurnBrief | undefined;
  messages: readonly BaseMessage[];
  /** The names of the tools that the call was bound with. */
  tools: ReadonlySet<string>;
  signal?: AbortSignal | undefined;
}

const ID_LENGTH = 16;

/** The same request, the same reply. Throws what the signal is aborted with. */
export async function offlineReply({ brief, messages, tools, signal }: OfflineRequest): Promise<OfflineReply> {
  if (brief?.role !== "agent") return { text: textOf(brief), calls: [] };
  const reply = await agentReply({ brief: briefAlone(brief), messages, tools, pace: new Pace(signal) });
  if (reply.kind === "result") return { text: reply.text, calls: [] };
  const seed = `${brief.task}\n${brief.subtask.id}\n${brief.subtask.instructions}\n${messages.length}`;
  const calls = reply.calls.map(({ tool, args }, at) => ({
    id: `call_${digestOf(`${seed}\n${at}\n${tool}\n${JSON.stringify(args)}`)}`,
    name: tool,
    args,
    type: "tool_call" as const,
  }));
  return { text: "", calls };
}

function textOf(brief: Exclude<TurnBrief, { role: "agent" }> | undefined): string {
  switch (brief?.role) {
    case "planner":
      return plannerReply(brief);
    case "synthesizer":
      return synthesizerReply(brief);
    case "summary":
      return summaryText(brief);
    // Judging takes a language model; without one the order of the writes decides.
    case "arbiter":
      return JSON.stringify({ take: "committed", reason: "no language model: what was there first stays" });
    case "judge":
      return "A predicate takes a language model to judge; there is none.";
    case undefined:
      return NO_BRIEF;
  }
}

/** What tools have returned, as it was: passages in it can be read on. */
function summaryText({ older, characters }: SummaryBrief): string {
  const texts = older.filter(({ type }) => type === "tool").map(({ text }) => text);
  const each = Math.floor(characters / Math.max(1, texts.length));
  return texts.map((text) => text.slice(0, each).toWellFormed()).join("\n");
}

function digestOf(content: string): string {
  return createHash("sha256").update(content).digest("hex").slice(0, ID_LENGTH);
}
