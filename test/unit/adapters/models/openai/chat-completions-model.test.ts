import diagnostics from "node:diagnostics_channel";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { AIMessage, HumanMessage, SystemMessage, ToolMessage } from "@langchain/core/messages";
import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { ask, chunksOf, errorOf, KEY, scene } from "./conversation.ts";

interface SeenRequest {
  origin: string;
  path: string;
  headers: string[];
}

/** Every request that leaves by the client of endpoints from now on. */
function requestsSeen(): SeenRequest[] {
  const seen: SeenRequest[] = [];
  const note = (message: unknown): void => void seen.push((message as { request: SeenRequest }).request);
  diagnostics.subscribe("undici:request:create", note);
  onTestFinished(() => void diagnostics.unsubscribe("undici:request:create", note));
  return seen;
}

const CALL = { name: "search", args: { query: "hives" }, id: "call_1" };

describe("streaming", () => {
  it("joins to the text, with the reason of the end once and the usage", async () => {
    const { model } = await scene([{ content: "Bees make honey." }]);
    const message = await ask(model);
    expect(message.text).toBe("Bees make honey.");
    expect(message.response_metadata).toMatchObject({
      finish_reason: "stop",
      model_name: "m",
      completion_id: "chatcmpl-1",
    });
    expect(model.inspect(message)).toBeUndefined();
    expect(model.usageOf(message)).toEqual({ inputTokens: expect.any(Number), cachedInputTokens: 0, outputTokens: 4 });
  });

  it("is ended where it goes on far behind the output that was asked for", async () => {
    const { model } = await scene([{ content: "blah ".repeat(40_000), chunks: 200 }]);
    const error = await errorOf(model, { outputTokens: 1000 });
    expect(model.failure(error)).toMatchObject({
      reach: "unknown",
      signal: { kind: "malformed-answer", evidence: expect.stringContaining("was to have 1000 tokens") },
    });
    expect((await ask(model, { outputTokens: 8000 })).text).toHaveLength(200_000);
  });

  it("hands on the first word at once, then a chunk per 200 characters", async () => {
    const text = "0123456789".repeat(100);
    const { model } = await scene([{ content: text, chunks: 1000 }]);
    const chunks = await chunksOf(model);
    expect(chunks[0]?.text).toBe("0");
    expect(chunks.length).toBeLessThan(10);
    expect(chunks.map((chunk) => chunk.text).join("")).toBe(text);
  });

  it("shows that a slow model is alive, though it says little at a time", async () => {
    const { model } = await scene([{ reasoning: "hm", content: "0123456789", chunks: 5, dripMs: 450 }]);
    expect((await chunksOf(model)).length).toBeGreaterThan(4);
  });

  it("shows signs of life while long arguments arrive, and gives the calls whole", async () => {
    const { model } = await scene([{ toolCalls: [{ name: "search", args: { query: "x".repeat(1000) } }] }]);
    const chunks = await chunksOf(model);
    expect(chunks.length).toBeGreaterThan(1);
    expect(chunks.slice(0, -1).every((chunk) => chunk.tool_call_chunks?.length === 0)).toBe(true);
    expect(chunks.at(-1)?.tool_calls).toMatchObject([{ name: "search", args: { query: "x".repeat(1000) } }]);
  });

  it("reads several tool calls", async () => {
    const { model } = await scene([{ toolCalls: [CALL, { name: "read", args: { path: "a.md" }, id: "call_2" }] }]);
    const message = await ask(model);
    expect(message.tool_calls).toMatchObject([CALL, { name: "read", args: { path: "a.md" }, id: "call_2" }]);
    expect(model.inspect(message)).toBeUndefined();
  });

  it("leaves malformed arguments to the caller", async () => {
    const { model } = await scene([{ toolCalls: [{ ...CALL, args: "not json" }] }]);
    const message = await ask(model);
    expect(message.invalid_tool_calls).toMatchObject([{ name: "search", args: "not json" }]);
    expect(model.inspect(message)).toBeUndefined();
  });

  it("gives each message its own id though the provider repeats the completion's", async () => {
    const { model } = await scene([{ content: "a", id: "chatcmpl-same" }]);
    const ids = [(await ask(model)).id, (await ask(model)).id];
    expect(ids.every((id) => id?.startsWith("msg_"))).toBe(true);
    expect(new Set(ids).size).toBe(2);
  });

  it("streams invoke as well", async () => {
    const { model, requests } = await scene([{ content: "a" }]);
    const message = await model.chat.invoke("hello");
    expect(message.text).toBe("a");
    expect(requests[0]).toMatchObject({ stream: true, stream_options: { include_usage: true } });
  });

  it("throws the reason of an aborted signal, which is no signal of the provider", async () => {
    const controller = new AbortController();
    const { model } = await scene(() => {
      setImmediate(() => controller.abort());
      return { content: "abc", truncateAfterChunks: 2, hang: true };
    });
    const error = await errorOf(model, { signal: controller.signal });
    expect(model.failure(error).signal).toBeUndefined();
  });

  it("gives up a call that never answers when its signal aborts", async () => {
    const controller = new AbortController();
    const { model } = await scene(() => {
      setImmediate(() => controller.abort());
      return { hang: true };
    });
    expect(model.failure(await errorOf(model, { signal: controller.signal })).signal).toBeUndefined();
  });
});

describe("the request", () => {
  it("limits the output by max_tokens, and by max_completion_tokens where the family wants it", async () => {
    const plain = await scene([{ content: "a" }]);
    await ask(plain.model, { outputTokens: 321 });
    expect(plain.requests[0]).toMatchObject({ max_tokens: 321 });
    expect(plain.requests[0]).not.toHaveProperty("max_completion_tokens");
    const reasoning = await scene([{ content: "a" }], "openai/gpt-5-mini");
    await ask(reasoning.model, { outputTokens: 321 });
    expect(reasoning.requests[0]).toMatchObject({ max_completion_tokens: 321 });
    expect(reasoning.requests[0]).not.toHaveProperty("max_tokens");
  });

  it("sends no limit where none is asked for, and no sampling parameter at all", async () => {
    const { model, requests } = await scene([{ content: "a" }], "kimi-k2.6");
    await ask(model);
    expect(Object.keys(requests[0] ?? {}).sort()).toEqual(["messages", "model", "stream", "stream_options"]);
  });

  it("uses chat completions even for models that ChatOpenAI would send to the Responses API", async () => {
    const { model, requests } = await scene([{ content: "a" }], "gpt-5.6-codex");
    expect((await ask(model, { messages: [new SystemMessage("s"), new HumanMessage("h")] })).text).toBe("a");
    expect(requests[0]?.messages.map((message) => message.role)).toEqual(["system", "user"]);
  });

  it("asks nobody but the endpoint, once, and counts no tokens itself", async () => {
    const fetched = vi.spyOn(globalThis, "fetch");
    const requested = requestsSeen();
    const counted = vi.spyOn(BaseChatModel.prototype, "getNumTokens");
    onTestFinished(() => void vi.restoreAllMocks());
    const { model, url } = await scene([{ content: "a" }, { status: 429, headers: { "retry-after": "30" } }]);
    await ask(model);
    await model.chat.invoke("hello").catch(() => undefined);
    expect(requested.map(({ origin, path }) => origin + path)).toEqual(Array(2).fill(`${url}/chat/completions`));
    expect(fetched).not.toHaveBeenCalled();
    expect(counted).not.toHaveBeenCalled();
  });

  it("does not follow a redirect to another host", async () => {
    const elsewhere = await scene([{ content: "stolen" }]);
    const { model } = await scene([{ status: 307, headers: { location: `${elsewhere.url}/chat/completions` } }]);
    expect(model.failure(await errorOf(model)).signal).toMatchObject({
      kind: "endpoint",
      evidence: expect.stringContaining(`redirects to ${elsewhere.url}/chat/completions, which is not followed`),
    });
    expect(elsewhere.requests).toEqual([]);
  });

  it("sends nothing of the environment", async () => {
    vi.stubEnv("OPENAI_ORG_ID", "org-x").stubEnv("OPENAI_ORGANIZATION", "org-x").stubEnv("OPENAI_PROJECT_ID", "proj-x");
    vi.stubEnv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1").stubEnv("LANGSMITH_GATEWAY", "http://127.0.0.1:1");
    const requested = requestsSeen();
    onTestFinished(() => void vi.unstubAllEnvs());
    const { model } = await scene([{ content: "a" }]);
    await ask(model);
    const headers = requested[0]?.headers.join(" ");
    expect(headers).toContain(`Bearer ${KEY}`);
    expect(headers).not.toMatch(/openai-(organization|project)/i);
  });

  it("never shows the key to tracers", async () => {
    const { model } = await scene([{ content: "a" }]);
    const chat = model.chat;
    expect(JSON.stringify(chat.toJSON())).not.toContain(KEY);
    let started = "";
    const handleChatModelStart = (...facts: unknown[]): void => void (started = JSON.stringify(facts));
    await chat.invoke("hello", { callbacks: [{ handleChatModelStart }] });
    expect(started).toContain("hello");
    expect(started).not.toContain(KEY);
  });
});

describe("Kimi", () => {
  const question = new HumanMessage("find");
  const result = new ToolMessage({ content: "found", tool_call_id: "call_1" });

  it("gets the reasoning of a tool call back on the next turn", async () => {
    const { model, requests } = await scene(
      [{ reasoning: "I should search.", toolCalls: [CALL] }, { content: "done" }],
      "kimi-k2.6",
    );
    const turn = await ask(model, { messages: [question] });
    expect(turn.additional_kwargs).toEqual({ reasoning_content: "I should search." });
    await ask(model, { messages: [question, turn, result] });
    expect(requests[1]?.messages[1]).toMatchObject({
      role: "assistant",
      reasoning_content: "I should search.",
      tool_calls: [{ id: "call_1" }],
    });
  });

  it("gets an empty reasoning with a tool call that came without, and none with plain text", async () => {
    const { model, requests } = await scene([{ content: "done" }], "moonshotai/Kimi-K2-Thinking");
    const call = new AIMessage({ content: "", tool_calls: [CALL] });
    await ask(model, { messages: [question, call, result, new AIMessage("hm"), question] });
    expect(requests[0]?.messages.map((message) => message.reasoning_content)).toEqual([
      undefined,
      "",
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("is never told which tool to choose", async () => {
    const { model, requests } = await scene([{ content: "a" }], "kimi-k2.6");
    await ask(model, { tools: { tool_choice: "required" } });
    await ask(model, { tools: { tool_choice: "none" } });
    expect(requests.map((request) => [request.tool_choice, request.tools?.length])).toEqual([
      [undefined, 1],
      [undefined, undefined],
    ]);
  });

  it("alone has its reasoning kept: others do not want it back", async () => {
    const { model, requests } = await scene([{ reasoning: "Hm.", toolCalls: [CALL] }, { content: "done" }]);
    const turn = await ask(model, { tools: { tool_choice: "required" } });
    expect(turn.additional_kwargs).toEqual({});
    expect(requests[0]).toMatchObject({ tool_choice: "required" });
    await ask(model, { messages: [question, turn, result] });
    expect(requests[1]?.messages[1]).not.toHaveProperty("reasoning_content");
  });
});

describe("a paced reply", () => {
  it("is read once the caller says so", async () => {
    const { model } = await scene([{ content: "Bees make honey." }]);
    let goOn: (() => void) | undefined;
    const came = new Promise<void>((hasCome) => {
      const onAnswer = (): Promise<void> => {
        hasCome();
        return new Promise((resolve) => (goOn = resolve));
      };
      const pace = model.callOptions?.({ onAnswer });
      void readAll(pace);
    });
    const chunks: string[] = [];
    let isDone = false;
    async function readAll(pace: object | undefined): Promise<void> {
      for await (const chunk of await model.chat.stream([new HumanMessage("hello")], pace)) chunks.push(chunk.text);
      isDone = true;
    }
    await came;
    await new Promise(setImmediate);
    expect([chunks, isDone]).toEqual([[], false]);
    goOn?.();
    await vi.waitFor(() => expect(isDone).toBe(true));
    expect(chunks.join("")).toBe("Bees make honey.");
  });

  it("is told what its head says of the endpoint's limits; the reply itself says nothing of them", async () => {
    const headers = { "x-ratelimit-limit-requests": "600", "x-ratelimit-remaining-requests": "599" };
    const { model } = await scene([{ content: "a", headers }]);
    const told: unknown[] = [];
    const onAnswer = async (limits: unknown): Promise<void> => void told.push(limits);
    const message = await model.chat.invoke("hello", model.callOptions?.({ onAnswer }));
    expect(told).toEqual([{ requests: { limit: 600, remaining: 599 } }]);
    expect(JSON.stringify(message)).not.toContain("599");
  });

  it("ends at once when it is aborted while it waits", async () => {
    const { model } = await scene([{ content: "Bees make honey.", chunks: 4 }]);
    const controller = new AbortController();
    const turn = Promise.withResolvers<void>();
    const onAnswer = (): Promise<void> => {
      controller.abort(new Error("called off"));
      return turn.promise;
    };
    const pace = model.callOptions?.({ onAnswer });
    const asking = (async () => {
      const options = { ...pace, signal: controller.signal };
      for await (const chunk of await model.chat.stream([new HumanMessage("hello")], options)) void chunk;
    })();
    await expect(asking).rejects.toThrow("called off");
    // Its turn comes all the same: what is left of the call ends without a word.
    turn.resolve();
    await new Promise((resolve) => setTimeout(resolve, 20));
  });
});

describe("a request", () => {
  it("is the same to the byte whether its messages were sent before or not", async () => {
    const conversation = () => [
      new SystemMessage("Grüße \u{1f41d}"),
      new HumanMessage("hello"),
      new AIMessage({ content: "", tool_calls: [CALL] }),
      new ToolMessage({ content: "found", tool_call_id: CALL.id }),
    ];
    const known = conversation();
    const { model, requests } = await scene([{ content: "a" }]);
    await ask(model, { messages: known.slice(0, 2) });
    await ask(model, { messages: known });
    // Messages that say the same, of which the model knows none.
    await ask(model, { messages: conversation() });
    expect(requests[0]?.messages).toHaveLength(2);
    expect(JSON.stringify(requests[1])).toBe(JSON.stringify(requests[2]));
    expect(requests[1]?.messages[0]).toMatchObject({ role: "system", content: "Grüße \u{1f41d}" });
  });

  it("has no half characters in it, in arguments neither", async () => {
    const { model, requests } = await scene([{ content: "a" }]);
    const call = { ...CALL, args: { query: "b\ud800" } };
    await ask(model, {
      messages: [
        new HumanMessage("c\udc00 \\ud800"),
        new AIMessage({ content: "", tool_calls: [call] }),
        new ToolMessage({ content: "d", tool_call_id: CALL.id }),
      ],
    });
    expect(requests[0]?.messages).toMatchObject([
      { content: "c\ufffd \\ud800" },
      { tool_calls: [{ function: { arguments: '{"query":"b\ufffd"}' } }] },
      { content: "d" },
    ]);
  });
});
