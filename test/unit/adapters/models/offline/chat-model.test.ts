import { AIMessageChunk, HumanMessage, SystemMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { OfflineChatModel } from "../../../../../adapters/models/offline/offline-chat-model.ts";
import { agentMessages, plannerMessages, synthesizerMessages } from "../../../../support/offline-prompts.ts";

const model = new OfflineChatModel();
const named = (name: string) => tool(() => "", { name, description: name, schema: z.object({ query: z.string() }) });
const withTools = model.bindTools([named("search_documents"), named("read_document"), named("list_documents")]);
const LONG = synthesizerMessages(
  "What?",
  Array.from({ length: 40 }, (_, at) => ({ output: `"Sentence ${at} with a 🎶 about thing${at}." [a.md:${at + 1}]` })),
);

async function streamed(
  runnable: typeof withTools,
  messages: Parameters<typeof withTools.stream>[0],
): Promise<AIMessageChunk> {
  let whole: AIMessageChunk | undefined;
  for await (const chunk of await runnable.stream(messages)) whole = whole === undefined ? chunk : whole.concat(chunk);
  return whole ?? new AIMessageChunk("");
}

describe("the offline chat model", () => {
  it.each([
    ["planner", plannerMessages("Compare A1 and B2")],
    ["agent", agentMessages({ instructions: "What is the limit?" })],
    ["synthesizer", LONG],
  ])("streams what it returns, text, calls and usage: %s", async (_, messages) => {
    const invoked = await withTools.invoke(messages);
    const whole = await streamed(withTools, messages);
    expect(whole.text).toBe(invoked.text);
    expect(whole.tool_calls).toEqual(invoked.tool_calls);
    expect(whole.usage_metadata).toMatchObject({ ...invoked.usage_metadata });
    expect(invoked.usage_metadata?.output_tokens).toBeGreaterThan(0);
  });

  it("gives the same reply to the same messages, to the letter", async () => {
    const messages = agentMessages({ instructions: "What is the limit?" });
    const replies = await Promise.all([withTools.invoke(messages), withTools.invoke(messages)]);
    expect(replies[0].tool_calls).toEqual(replies[1].tool_calls);
    expect((await model.invoke(LONG)).text).toBe((await new OfflineChatModel().invoke(LONG)).text);
  });

  it("names each tool call of a run by an id of its own", async () => {
    const tasks = ["What is the limit?", "What is the deadline of a run?", "How do I resume a run?"];
    const replies = await Promise.all(tasks.map((instructions) => withTools.invoke(agentMessages({ instructions }))));
    const ids = replies.flatMap((reply) => (reply.tool_calls ?? []).map((call) => call.id));
    expect(ids.length).toBeGreaterThan(3);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("says what it is where the prompt is not one of ours", async () => {
    const reply = await model.invoke([new SystemMessage("You are a pirate."), new HumanMessage("Hello")]);
    expect(reply.text).toMatch(/I am no language model/);
    expect(reply.tool_calls).toEqual([]);
  });

  it("heeds an aborted signal and a forbidden tool choice", async () => {
    const messages = agentMessages({ instructions: "What is the limit?" });
    await expect(model.invoke(messages, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
    const reply = await model.bindTools([named("search_documents")], { tool_choice: "none" }).invoke(messages);
    expect(reply.tool_calls).toEqual([]);
  });
});
