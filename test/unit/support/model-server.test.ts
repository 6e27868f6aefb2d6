import type { AIMessageChunk } from "@langchain/core/messages";
import { ChatOpenAI } from "@langchain/openai";
import { describe, expect, it } from "vitest";
import {
  byRole,
  delayMs,
  plannerAnswer,
  spawnModelServer,
  synthesizerAnswer,
  toolCallsThenAnswer,
  type ModelCall,
} from "../../support/model-server/index.ts";
import { AGENT, ask, askJson, events, start, subtask, user, type Completion } from "./ask-model-server.ts";

describe("the protocol", () => {
  it("answers a plain completion with usage counted from the bytes that were sent", async () => {
    const server = await start(() => ({ content: "Hello, wörld" }));
    const messages = [user("Grüße")];
    const tools = [{ type: "function", function: { name: "look", parameters: { type: "object" } } }];
    const { choices, usage } = await askJson(server, messages, { tools, temperature: 0 });
    expect(choices[0]).toMatchObject({ message: { content: "Hello, wörld" }, finish_reason: "stop" });
    const bytes = Buffer.byteLength(JSON.stringify(messages)) + Buffer.byteLength(JSON.stringify(tools));
    expect(usage.prompt_tokens).toBe(Math.ceil(bytes / 4));
    expect(usage.completion_tokens).toBe(Math.ceil(Buffer.byteLength("Hello, wörld") / 4));
  });

  it("streams role, pieces, finish reason, usage and the end mark, in this order", async () => {
    const server = await start(() => ({ content: "abcdefgh", chunks: 2 }));
    const lines = await events(
      await ask(server, [user("x")], { stream: true, stream_options: { include_usage: true } }),
    );
    expect(lines.pop()).toBe("[DONE]");
    const chunks = lines.map(
      (line) => JSON.parse(line) as { choices: { delta: object; finish_reason: string | null }[]; usage?: object },
    );
    expect(chunks.map((chunk) => chunk.choices[0]?.delta)).toEqual([
      { role: "assistant", content: "" },
      { content: "abcd" },
      { content: "efgh" },
      {},
      undefined,
    ]);
    expect(chunks[3]?.choices[0]?.finish_reason).toBe("stop");
    expect(chunks[4]?.usage).toMatchObject({ completion_tokens: 2 });
  });

  it("leaves usage out of a stream that does not ask for it", async () => {
    const server = await start(() => ({ content: "x" }));
    expect(await (await ask(server, [user("x")], { stream: true })).text()).not.toContain("usage");
  });

  it("lists its models, and records everything else as unexpected", async () => {
    const server = await start(() => ({}), { models: ["kimi"] });
    expect(await (await fetch(`${server.url}/models`)).json()).toMatchObject({ data: [{ id: "kimi" }] });
    expect((await fetch(`${server.url}/embeddings`, { method: "POST", body: "{}" })).status).toBe(404);
    expect((await fetch(`${server.url}/chat/completions`, { method: "POST", body: "{" })).status).toBe(400);
    expect(server.stats().unexpected.map((request) => request.path)).toEqual([
      "/v1/embeddings",
      "/v1/chat/completions",
    ]);
    expect(server.stats()).toMatchObject({ calls: 0, inFlight: 0 });
  });

  it.each([
    [
      "an unanswered tool call",
      [
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "{}" } }],
        },
        user("on"),
      ],
    ],
    ["an answer that nobody asked for", [{ role: "tool", tool_call_id: "a", content: "x" }]],
  ])("refuses %s, as providers do", async (_name, messages) => {
    const server = await start(() => ({ content: "x" }));
    expect((await ask(server, [user("x"), ...messages])).status).toBe(400);
    expect(server.stats().unexpected).toHaveLength(1);
  });
});

describe("what a behaviour is told", () => {
  async function callOf(messages: object[]): Promise<ModelCall> {
    const calls: ModelCall[] = [];
    const server = await start((call) => (calls.push(call), { content: "x" }));
    await askJson(server, messages);
    return calls[0]!;
  }

  it("recognises the planner, the synthesizer, an agent and anybody else", async () => {
    const system = (content: string): object => ({ role: "system", content });
    expect(await callOf([system("You are the planner of a Glasshive swarm.")])).toMatchObject({
      role: "planner",
      agent: null,
    });
    expect(await callOf([system("You are the synthesizer of a Glasshive swarm.")])).toMatchObject({
      role: "synthesizer",
    });
    expect(await callOf([AGENT])).toMatchObject({ role: "agent", agent: "researcher" });
    expect(await callOf([user("hi")])).toMatchObject({ role: "other", systemText: "" });
  });

  it("finds the subtask, its attempt and the turn, also in content made of parts", async () => {
    const parts = [{ type: "text", text: '<subtask attempt="2" id="s12" title="t">' }];
    const call = await callOf([
      AGENT,
      { role: "user", content: parts },
      { role: "assistant", content: "a" },
      user("go on"),
    ]);
    expect(call).toMatchObject({ subtaskId: "s12", attempt: 2, turn: 1, n: 1, seen: 0 });
  });

  it("counts how often the same turn was asked before, so that a fault can pass", async () => {
    const server = await start((call) =>
      call.seen === 0 ? { status: 429, headers: { "retry-after": "1" } } : { content: "ok" },
    );
    const first = await ask(server, [AGENT, subtask("s1")]);
    expect([first.status, first.headers.get("retry-after")]).toEqual([429, "1"]);
    expect((await ask(server, [AGENT, subtask("s1")])).status).toBe(200);
    expect((await ask(server, [AGENT, subtask("s2")])).status).toBe(429);
    expect(server.stats()).toMatchObject({
      callsByStatus: { 200: 1, 429: 2 },
      repeated: [{ subtask: "s1", turn: 0, calls: 2 }],
    });
  });
});

describe("ready-made behaviours", () => {
  it("plays an agent that calls a tool each turn and then answers with its subtask's id", async () => {
    const server = await start(
      byRole({
        agent: toolCallsThenAnswer({
          toolCalls: 2,
          args: { id: "{{subtask}}", turn: "{{turn}}" },
          answer: "Done {{subtask}}",
        }),
      }),
    );
    const messages: object[] = [AGENT, subtask("s7")];
    for (const turn of [0, 1]) {
      const message = (await askJson(server, messages)).choices[0]!.message;
      expect(message.tool_calls).toMatchObject([
        { id: `call_s7_${turn}_0`, function: { name: "read_result", arguments: `{"id":"s7","turn":"${turn}"}` } },
      ]);
      messages.push(
        { role: "assistant", ...message },
        { role: "tool", tool_call_id: `call_s7_${turn}_0`, content: "data" },
      );
    }
    expect((await askJson(server, messages)).choices[0]).toMatchObject({
      message: { content: "Done s7" },
      finish_reason: "stop",
    });
    expect(server.stats()).toMatchObject({
      calls: 3,
      callsByRole: { agent: 3 },
      subtasks: { s7: { calls: 3 } },
      repeated: [],
    });
  });

  it("plays a planner, and a synthesizer that answers from the results it is given", async () => {
    const plan = { subtasks: [{ id: "a", instructions: "x" }] };
    const server = await start(byRole({ planner: plannerAnswer(plan), synthesizer: synthesizerAnswer() }));
    const planner = { role: "system", content: "You are the planner of a Glasshive swarm." };
    expect(JSON.parse((await askJson(server, [planner])).choices[0]!.message.content!)).toEqual(plan);
    const synthesize = async (text: string): Promise<string> => {
      const system = { role: "system", content: "You are the synthesizer of a Glasshive swarm." };
      const prompt = user(`Now.\n<result subtask="a">${text}</result>\n<result subtask="b">two</result>`);
      return (await askJson(server, [system, prompt])).choices[0]!.message.content!;
    };
    expect(await synthesize("one")).toMatch(/^Synthesis of 2 results: a, b\. Digest [0-9a-f]{16}\.$/);
    expect(await synthesize("one")).toBe(await synthesize("one"));
    expect(await synthesize("one")).not.toBe(await synthesize("another"));
  });
});

describe("measures", () => {
  it("counts calls in flight, and never one that has its answer", async () => {
    const server = await start(() => ({ content: "x", delayMs: 20 }));
    await Promise.all(Array.from({ length: 5 }, (_, index) => askJson(server, [AGENT, subtask(`s${index}`)])));
    for (let index = 0; index < 5; index += 1) await askJson(server, [AGENT, subtask("s9")]);
    expect(server.stats()).toMatchObject({ calls: 10, maxInFlight: 5, inFlight: 0 });
    server.reset();
    await askJson(server, [user("x")]);
    expect(server.stats()).toMatchObject({ calls: 1, maxInFlight: 1, repeated: [] });
  });

  it("never answers before the delay is over, however busy it is", async () => {
    const server = await start(() => ({ content: "x", delayMs: 3.5 }));
    await Promise.all(Array.from({ length: 100 }, () => askJson(server, [user("x")])));
    expect(Math.min(...server.records().map(({ startMs, endMs }) => endMs! - startMs))).toBeGreaterThanOrEqual(3.5);
  });

  it("serves long common prefixes from its cache, and short ones not", async () => {
    const server = await start(() => ({ content: "x" }), { prefixCache: true });
    const cached = async (...texts: string[]): Promise<number> =>
      (await askJson(server, texts.map(user))).usage.prompt_tokens_details.cached_tokens;
    const shared = "shared words ".repeat(400);
    expect(await cached(shared, "one")).toBe(0);
    expect(await cached(shared, "two")).toBe(1280);
    expect(await cached(`!${shared}`, "two")).toBe(0);
    await cached("short", "one");
    expect(await cached("short", "one")).toBe(0);
  });

  it("draws delays that depend on lane and turn alone", () => {
    const delay = { kind: "lognormal", seed: 1, medianMs: 1000, sigma: 0.5 } as const;
    const drawn = Array.from({ length: 1001 }, (_, index) => delayMs(delay, `s${index}`, 0)).sort((a, b) => a - b);
    expect(delayMs(delay, "s5", 3)).toBe(delayMs(delay, "s5", 3));
    expect(delayMs(delay, "s5", 3)).not.toBe(delayMs({ ...delay, seed: 2 }, "s5", 3));
    expect(drawn[500]).toBeGreaterThan(900);
    expect(drawn[500]).toBeLessThan(1100);
  });
});

describe("clients", () => {
  it("understands ChatOpenAI, and is understood by it", async () => {
    const server = await start(toolCallsThenAnswer({ toolCalls: 1, args: { query: "{{subtask}}" } }));
    const model = new ChatOpenAI({
      model: "m",
      apiKey: "test",
      maxRetries: 0,
      streamUsage: true,
      configuration: { baseURL: server.url },
    });
    const turn = async (messages: Parameters<typeof model.stream>[0]): Promise<AIMessageChunk> => {
      let whole: AIMessageChunk | undefined;
      for await (const chunk of await model.stream(messages)) whole = whole === undefined ? chunk : whole.concat(chunk);
      return whole!;
    };
    const prompt = [AGENT, subtask("s3")] as { role: string; content: string }[];
    const first = await turn(prompt);
    expect(first.tool_calls).toMatchObject([{ name: "read_result", args: { query: "s3" }, id: "call_s3_0_0" }]);
    const answered = { role: "tool", tool_call_id: "call_s3_0_0", content: "data" };
    const last = await turn([...prompt, first, answered]);
    expect(last.text).toBe("Result of s3.");
    expect(last.usage_metadata).toMatchObject({ input_tokens: server.records()[1]!.inputTokens, output_tokens: 4 });
    expect(last.response_metadata.finish_reason).toBe("stop");
    expect(server.stats()).toMatchObject({ calls: 2, unexpected: [], subtasks: { s3: { calls: 2 } } });
  });

  it("runs as a program of its own, with its figures over HTTP", async () => {
    const server = await spawnModelServer([
      "--tool-calls",
      "1",
      "--tool-args",
      '{"id":"{{subtask}}"}',
      "--prefix-cache",
    ]);
    try {
      const body = JSON.stringify({ model: "m", messages: [AGENT, subtask("s1")] });
      const reply = (await (
        await fetch(`${server.url}/chat/completions`, { method: "POST", body })
      ).json()) as Completion;
      expect(reply.choices[0]?.message.tool_calls?.[0]?.function.arguments).toBe('{"id":"s1"}');
      expect(await server.stats()).toMatchObject({ calls: 1, callsByRole: { agent: 1 } });
      expect(await server.records()).toMatchObject([{ subtask: "s1", turn: 0, aborted: false }]);
      await server.reset();
      expect(await server.stats()).toMatchObject({ calls: 0 });
    } finally {
      await server.close();
    }
  });
});
