import { AIMessageChunk, HumanMessage, SystemMessage, type BaseMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import {
  OfflineChatModel,
  type OfflineCallOptions,
} from "../../../../../adapters/models/offline/offline-chat-model.ts";
import type { TurnBrief } from "../../../../../engine/ports/brief.ts";
import { BUILT_IN_AGENTS } from "../../../../../engine/policy/route/built-in-agents.ts";
import { expandPlan } from "../../../../../engine/policy/plan/read-plan.ts";
import { parsePlanFile } from "../../../../../engine/policy/plan/plan-shape.ts";
import type { Subtask } from "../../../../../state/plan.ts";

const model = new OfflineChatModel();
const named = (name: string) => tool(() => "", { name, description: name, schema: z.object({ query: z.string() }) });
const withTools = model.bindTools([named("search_documents"), named("read_document"), named("list_documents")]);

const PROMPT: BaseMessage[] = [new SystemMessage("Any prompt."), new HumanMessage("It is not read.")];
const told = (brief: TurnBrief): OfflineCallOptions => ({ brief: () => brief });
const PLANNER = told({
  role: "planner",
  task: "Compare A1 and B2 by size",
  agents: BUILT_IN_AGENTS,
  documents: undefined,
  maxSubtasks: 9,
  objections: [],
});
const results = Array.from({ length: 40 }, (_, at) => ({
  subtask: `s${at}`,
  title: `T${at}`,
  detail: "full" as const,
  output: `"Sentence ${at} with a 🎶 about thing${at}." [a.md:${at + 1}]`,
}));
const LONG = told({ role: "synthesizer", task: "What?", results, isPart: false });

function agent(instructions: string): OfflineCallOptions {
  const file = parsePlanFile({ subtasks: [{ id: "one", instructions }] });
  const [subtask] = expandPlan(file, { task: "The task.", version: 1, expandDocuments: undefined }).subtasks;
  return told({ role: "agent", task: "The task.", subtask: subtask as Subtask, inputs: [], writes: [] });
}

async function streamed(runnable: typeof withTools, options: OfflineCallOptions): Promise<AIMessageChunk> {
  let whole: AIMessageChunk | undefined;
  for await (const chunk of await runnable.stream(PROMPT, options))
    whole = whole === undefined ? chunk : whole.concat(chunk);
  return whole ?? new AIMessageChunk("");
}

describe("the offline chat model", () => {
  it.each([
    ["planner", PLANNER],
    ["agent", agent("What is the limit?")],
    ["synthesizer", LONG],
  ])("is told its role beside the prompt, and streams what it returns: %s", async (_, options) => {
    const invoked = await withTools.invoke(PROMPT, options);
    const whole = await streamed(withTools, options);
    expect(whole.text).toBe(invoked.text);
    expect(whole.tool_calls).toEqual(invoked.tool_calls);
    expect(whole.usage_metadata).toMatchObject({ ...invoked.usage_metadata });
    expect(invoked.usage_metadata?.output_tokens).toBeGreaterThan(0);
  });

  it("gives the same reply to the same request, to the letter", async () => {
    const options = agent("What is the limit?");
    const replies = await Promise.all([withTools.invoke(PROMPT, options), withTools.invoke(PROMPT, options)]);
    expect(replies[0].tool_calls).toEqual(replies[1].tool_calls);
    expect((await model.invoke(PROMPT, LONG)).text).toBe((await new OfflineChatModel().invoke(PROMPT, LONG)).text);
  });

  it("names each tool call of a run by an id of its own", async () => {
    const tasks = ["What is the limit?", "What is the deadline of a run?", "How do I resume a run?"];
    const replies = await Promise.all(tasks.map((task) => withTools.invoke(PROMPT, agent(task))));
    const ids = replies.flatMap((reply) => (reply.tool_calls ?? []).map((call) => call.id));
    expect(ids.length).toBeGreaterThan(3);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("says what it is where it is not told what is asked for", async () => {
    const reply = await withTools.invoke([new SystemMessage("You are a pirate."), new HumanMessage("Hello")]);
    expect(reply.text).toMatch(/I am no language model/);
    expect(reply.tool_calls).toEqual([]);
  });

  it("judges nothing: of two writes the first stays", async () => {
    expect(JSON.parse((await model.invoke(PROMPT, told({ role: "arbiter" }))).text)).toMatchObject({
      take: "committed",
    });
    expect((await model.invoke(PROMPT, told({ role: "judge" }))).text).not.toMatch(/HOLDS|VIOLATED/);
  });

  it("heeds an aborted signal and a forbidden tool choice", async () => {
    const options = agent("What is the limit?");
    await expect(model.invoke(PROMPT, { ...options, signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
    const reply = await model.bindTools([named("search_documents")], { tool_choice: "none" }).invoke(PROMPT, options);
    expect(reply.tool_calls).toEqual([]);
  });
});
