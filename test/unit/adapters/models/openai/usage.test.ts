import { describe, expect, it } from "vitest";
import { AIMessage } from "@langchain/core/messages";
import { usageFromMetadata, usageFromWire, usageOf } from "../../../../../adapters/models/openai/inspect-reply.ts";
import { StreamedReply } from "../../../../../adapters/models/openai/streamed-reply.ts";
import { ask, scene } from "./conversation.ts";

describe("usage", () => {
  it("comes from the stream, with OpenAI's cached tokens", async () => {
    const usage = { prompt_tokens: 100, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 64 } };
    const { model } = await scene([{ content: "a", usage }]);
    const message = await ask(model);
    expect(model.usageOf(message)).toEqual({ inputTokens: 100, cachedInputTokens: 64, outputTokens: 5 });
    expect(message.usage_metadata).toMatchObject({ input_tokens: 100, input_token_details: { cache_read: 64 } });
  });

  it("comes with Kimi's cached tokens", async () => {
    const usage = { prompt_tokens: 100, completion_tokens: 5, cached_tokens: 80, prompt_tokens_details: null };
    const { model } = await scene([{ content: "a", usage }], "kimi-k2.6");
    expect(model.usageOf(await ask(model))).toEqual({ inputTokens: 100, cachedInputTokens: 80, outputTokens: 5 });
  });

  it("is unknown where the provider does not say", async () => {
    const { model } = await scene([{ content: "a", usage: null }]);
    expect(model.usageOf(await ask(model))).toBeUndefined();
  });

  it.each([
    ["NaN", { prompt_tokens: Number.NaN, completion_tokens: 1 }],
    ["a negative number", { prompt_tokens: 1, completion_tokens: -1 }],
    ["a fraction", { prompt_tokens: 1.5, completion_tokens: 1 }],
    ["text", { prompt_tokens: "1", completion_tokens: 1 }],
    ["half of it", { prompt_tokens: 1 }],
    ["a prompt of nothing", { prompt_tokens: 0, completion_tokens: 0 }],
    ["no object", 7],
  ])("is not believed: %s", (_, usage) => {
    expect(usageFromWire(usage)).toBeUndefined();
  });

  it("never has more cached tokens than tokens", () => {
    expect(usageFromWire({ prompt_tokens: 3, completion_tokens: 1, cached_tokens: 9 })?.cachedInputTokens).toBe(3);
  });

  it.each([
    ["of the wire", () => usageFromWire({ prompt_tokens: 30, completion_tokens: 2, total_tokens: 82 })],
    ["of LangChain", () => usageFromMetadata({ input_tokens: 30, output_tokens: 2, total_tokens: 82 })],
  ])("has as output what is in the total alone, as thinking is with some: %s", (_, read) => {
    expect(read()).toEqual({ inputTokens: 30, cachedInputTokens: 0, outputTokens: 52 });
  });

  it("is not believed where a reply that says something is to have cost nothing", () => {
    const usage = { prompt_tokens: 30, completion_tokens: 0 };
    const reply = (content: string): AIMessage => new AIMessage({ content, response_metadata: { usage } });
    expect(usageOf(reply("Forty litres."))).toBeUndefined();
    expect(usageOf(reply(""))).toMatchObject({ inputTokens: 30, outputTokens: 0 });
  });

  it("is the most that a stream says: what comes last may be less", () => {
    const reply = new StreamedReply({ keepsReasoning: false });
    for (const completion_tokens of [3, 500, 1]) reply.take({ usage: { prompt_tokens: 30, completion_tokens } });
    expect(usageOf(reply.last("a"))).toMatchObject({ inputTokens: 30, outputTokens: 500 });
  });

  it("falls back to LangChain's figures", () => {
    const usage_metadata = {
      input_tokens: 7,
      output_tokens: 2,
      total_tokens: 9,
      input_token_details: { cache_read: 4 },
    };
    expect(usageOf(new AIMessage({ content: "a", usage_metadata }))).toEqual({
      inputTokens: 7,
      cachedInputTokens: 4,
      outputTokens: 2,
    });
  });
});
