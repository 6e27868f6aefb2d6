/** Prompts as the graph writes them, and tool answers over inline texts, for tests of the offline engine. */
import { AIMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";
import { offlineReply, type OfflineReply } from "../../adapters/models/offline/offline-reply.ts";
import type { DocumentOverview } from "../../engine/ports/documents.ts";
import { agentSystemMessage, subtaskMessage } from "../../engine/policy/prompts/agent-prompt.ts";
import { plannerPrompt } from "../../engine/policy/prompts/planner-prompt.ts";
import { synthesizerPrompt, type ResultExcerpt } from "../../engine/policy/prompts/synthesizer-prompt.ts";
import { BUILT_IN_AGENTS } from "../../engine/policy/route/built-in-agents.ts";
import { expandPlan, parsePlanFile } from "../../engine/policy/plan/read-plan.ts";
import type { AgentProfile } from "../../state/agent-profile.ts";
import type { SubtaskResult } from "../../state/lane-record.ts";
import type { PlanFile, PlannedSubtask } from "../../state/plan.ts";

export const DOCUMENT_TOOLS: ReadonlySet<string> = new Set(["search_documents", "read_document", "list_documents"]);

/** What the planner is shown of documents at these paths. */
export function overviewOf(
  paths: readonly string[],
  collections: DocumentOverview["collections"] = [],
): DocumentOverview {
  return {
    files: paths.length,
    bytes: paths.length * 1_000,
    leftOut: [],
    ignored: 0,
    emptyRoots: [],
    collections,
    sample: paths.slice(0, 40).map((path) => ({ path, lines: 10, bytes: 1_000, heading: null })),
  };
}

export function plannerMessages(task: string, documents?: DocumentOverview, rejection?: string): BaseMessage[] {
  const limits = { maxSubtasks: 4000, maxSteps: 4000 };
  return plannerPrompt({ task, agents: BUILT_IN_AGENTS, documents, ...limits, rejection });
}

/** The plan that the engine writes; it has passed the plan's own schema. */
export function planOf(messages: readonly BaseMessage[]): PlanFile {
  return parsePlanFile(JSON.parse(offlineReply(messages, new Set()).text));
}

export interface AgentBrief {
  task?: string;
  instructions: string;
  title?: string;
  expects?: Record<string, unknown>;
  inputs?: { subtask: string; output: string }[];
  /** A `forEach` of one item. */
  item?: string;
}

/** The messages that open a lane's conversation. */
export function agentMessages({
  task = "The task.",
  instructions,
  title,
  expects,
  inputs = [],
  item,
}: AgentBrief): BaseMessage[] {
  const planned: Pick<PlannedSubtask, "id" | "instructions"> & Partial<PlannedSubtask> = {
    id: "one",
    instructions,
    ...(title === undefined ? {} : { title }),
    ...(expects === undefined ? {} : { expects }),
    ...(item === undefined ? {} : { forEach: [item] }),
  };
  const plan = expandPlan(parsePlanFile({ subtasks: [planned] }), { task, version: 1, expandDocuments: undefined });
  const [subtask] = plan.subtasks;
  if (subtask === undefined) throw new Error("the plan has no subtask");
  return [
    agentSystemMessage({ agent: BUILT_IN_AGENTS[0] as AgentProfile, skills: [], task, cites: true }),
    subtaskMessage({ subtask, inputs: inputs.map(inputOf), missing: [] }),
  ];
}

/** What the documents say where the engine looks: each call is answered with the texts that its arguments lead to. */
export function answerCalls(reply: OfflineReply, documents: Readonly<Record<string, string>>): BaseMessage[] {
  const calls = reply.calls.map(({ id, name, args }) => ({ id, name, args, type: "tool_call" as const }));
  return [
    new AIMessage({ content: reply.text, tool_calls: calls }),
    ...calls.map(
      ({ id, name, args }) => new ToolMessage({ tool_call_id: id, name, content: toolAnswer(name, args, documents) }),
    ),
  ];
}

/** Plays tool turns over the texts until the engine answers; returns its answer and the names of the tools called, by turn. */
export function playAgent(
  brief: AgentBrief,
  documents: Readonly<Record<string, string>>,
): { text: string; turns: string[][]; messages: BaseMessage[] } {
  const messages = agentMessages(brief);
  const turns: string[][] = [];
  for (;;) {
    const reply = offlineReply(messages, DOCUMENT_TOOLS);
    if (reply.calls.length === 0) return { text: reply.text, turns, messages };
    turns.push(reply.calls.map((call) => call.name));
    messages.push(...answerCalls(reply, documents));
  }
}

export function synthesizerMessages(
  task: string,
  results: readonly (Partial<ResultExcerpt> & { output: string })[],
): BaseMessage[] {
  return synthesizerPrompt({
    task,
    coverage: `${results.length} of ${results.length} done`,
    results: results.map((result, at) => ({
      subtask: `s${at + 1}`,
      title: `Title ${at + 1}`,
      detail: "full",
      ...result,
    })),
  });
}

export function textOf(messages: readonly BaseMessage[]): string {
  return offlineReply(messages, new Set()).text;
}

function inputOf({ subtask, output }: { subtask: string; output: string }): SubtaskResult {
  const time = "1970-01-01T00:00:00.000Z";
  const rest = { attempt: 1, agent: "researcher", cause: null, steps: 1, waitedForSlotMs: 0 };
  return { subtask, output, outcome: "done", startedAt: time, endedAt: time, ...rest };
}

function toolAnswer(name: string, args: Record<string, unknown>, documents: Readonly<Record<string, string>>): string {
  const path = typeof args.path === "string" ? args.path : "";
  if (name === "list_documents") return listing(documents);
  if (name === "read_document")
    return documents[path] === undefined ? `There is no document "${path}".` : passage(path, documents[path]);
  const found = Object.entries(documents).filter(([known]) => known.startsWith(path));
  return found.length === 0 ? "No passage matches." : found.map(([known, text]) => passage(known, text)).join("\n");
}

function listing(documents: Readonly<Record<string, string>>): string {
  return Object.entries(documents)
    .map(([path, text]) => `${path} (${text.split("\n").length} lines)`)
    .join("\n");
}

function passage(path: string, text: string): string {
  const lines = text.split("\n");
  const rows = lines.map((line, at) => `${at + 1}: ${line}`);
  return [`<passage place="${path}:1" total="${lines.length}">`, ...rows, "</passage>"].join("\n");
}
