import { describe, expect, it } from "vitest";
import { classifyError } from "../../../../../adapters/models/openai/classify-error.ts";
import type { Reply } from "../../../../support/model-server/index.ts";
import type { Signal } from "../../../../../state/signal.ts";
import { createModelProvider } from "../../../../../adapters/models/model-provider.ts";
import { ask, errorOf, KEY, scene } from "./conversation.ts";

const HTML = { "content-type": "text/html; charset=utf-8" };
const error = (message: string, code: string | null = null, type = "invalid_request_error"): unknown => ({
  error: { message, code, type, param: null },
});

async function signalOf(reply: Reply): Promise<Signal | undefined> {
  const { model, requests } = await scene([reply]);
  const thrown = await errorOf(model);
  expect(requests).toHaveLength(1);
  return model.failure(thrown).signal;
}

type Case = [string, Reply, Signal["kind"]];
const plain = (kind: Signal["kind"], ...of: number[]): Case[] => of.map((status) => [`${status}`, { status }, kind]);

describe("a status", () => {
  it.each<Case>([
    ["401", { status: 401 }, "auth"],
    ["402", { status: 402 }, "quota"],
    ["403 that speaks of quota", { status: 403 }, "quota"],
    ["403", { status: 403, body: error("You shall not pass", "forbidden", "permission_denied") }, "auth"],
    ["404 of a model", { status: 404, body: error("The model m does not exist", "model_not_found") }, "model"],
    ["404 of a model by words", { status: 404, body: { error: "model 'm' not found, try pulling it first" } }, "model"],
    ["400 of a model", { status: 400, body: error("Model not available", "invalid_request") }, "model"],
    ["401 of a model", { status: 401, body: error("Your plan has no access to model m", "no") }, "model"],
    ["403 of a model", { status: 403, body: error("You do not have access to model m") }, "model"],
    ["404", { status: 404, body: { detail: "Not Found" } }, "endpoint"],
    ["405", { status: 405, body: { detail: "Method Not Allowed" } }, "endpoint"],
    ["400 of a parameter", { status: 400, body: error("tools: not supported by this model") }, "bad-request"],
    ["a page in place of a completion", { status: 200, headers: HTML, rawBody: "<h1>Welcome</h1>" }, "endpoint"],
    ["a page that was not found", { status: 404, headers: HTML, rawBody: "<h1>Gone</h1>" }, "endpoint"],
    ["the page of a gateway that is down", { status: 502, headers: HTML, rawBody: "<h1>Bad gateway</h1>" }, "server"],
    ["400", { status: 400 }, "bad-request"],
    ["400 without JSON", { status: 400, rawBody: "<html>no</html>" }, "bad-request"],
    ["400 by code", { status: 400, body: error("too much", "context_length_exceeded") }, "context-overflow"],
    [
      "400 by words",
      { status: 400, body: error("This model's maximum context length is 128000 tokens.") },
      "context-overflow",
    ],
    [
      "400 of Kimi",
      { status: 400, body: error("Your request exceeded model token limit: 262144") },
      "context-overflow",
    ],
    ["422", { status: 422, body: error("The prompt is too long: 5 > 4") }, "context-overflow"],
    ["400 of a filter", { status: 400, body: error("Refused", "content_filter") }, "content-filter"],
    ...plain("timeout", 408, 504),
    ...plain("server", 409, 425, 499, 500, 503, 529, 999),
    ["429", { status: 429 }, "rate-limit"],
    ["429 by code", { status: 429, body: error("Pay", "insufficient_quota", "insufficient_quota") }, "quota"],
    ["429 by type", { status: 429, body: error("No", null, "exceeded_current_quota_error") }, "quota"],
    ["429 by words", { status: 429, body: { error: { message: "check your plan and billing details" } } }, "quota"],
    [
      "429 of a rate that speaks of billing",
      { status: 429, body: error("Add a payment method at /account/billing", "rate_limit_exceeded") },
      "rate-limit",
    ],
  ])("%s", async (_, reply, kind) => {
    expect((await signalOf(reply))?.kind).toBe(kind);
  });

  it("tells which address was asked where that may be what is wrong", async () => {
    const { model, url } = await scene([{ status: 200, headers: HTML, rawBody: "<title>My gate</title><p>Welcome" }]);
    const evidence = model.failure(await errorOf(model)).signal?.evidence;
    expect(evidence).toContain(`${url}/chat/completions: there are no chat completions at this address`);
    expect(evidence).toMatch(/base URL.* an HTML page: My gate Welcome$/);
  });

  it("tells in one line what the provider said", async () => {
    const signal = await signalOf({ status: 404, body: error("The model\n m does not exist", "model_not_found") });
    expect(signal?.evidence).toBe("404 model_not_found: The model m does not exist");
  });
});

describe("the wait that a provider asks for", () => {
  it.each<[string, Record<string, string>, number]>([
    ["retry-after in seconds", { "retry-after": "2" }, 2000],
    ["retry-after-ms before it", { "retry-after-ms": "1500", "retry-after": "9" }, 1500],
    [
      "the reset of what is used up",
      {
        "x-ratelimit-reset-requests": "17ms",
        "x-ratelimit-remaining-tokens": "0",
        "x-ratelimit-reset-tokens": "6m0.5s",
      },
      360_500,
    ],
    [
      "the first reset, where none says what is used up",
      { "x-ratelimit-reset-requests": "1s", "x-ratelimit-reset-tokens": "3" },
      1000,
    ],
  ])("%s", async (_, headers, ms) => {
    expect((await signalOf({ status: 429, headers }))?.retryAfterMs).toBe(ms);
  });

  it("reads an HTTP date", () => {
    const headers = new Headers({ "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT" });
    const signal = classifyError(
      { status: 503, headers, message: "busy" },
      { now: () => Date.UTC(2026, 9, 21, 7, 27, 58) },
    );
    expect(signal).toMatchObject({ kind: "server", retryAfterMs: 2000 });
  });

  it("takes the words where there is no header", async () => {
    const body = error(
      "max organization concurrency: 3, please try again after 1 seconds",
      null,
      "rate_limit_reached_error",
    );
    expect((await signalOf({ status: 429, body }))?.retryAfterMs).toBe(1000);
  });

  it("makes none up", async () => {
    expect(await signalOf({ status: 429, headers: { "retry-after": "soon" } })).not.toHaveProperty("retryAfterMs");
    expect(await signalOf({ status: 500 })).not.toHaveProperty("retryAfterMs");
  });
});

describe("a connection", () => {
  it("that is reset before the answer is the network", async () => {
    expect(await signalOf({ resetSocket: true })).toMatchObject({
      kind: "network",
      evidence: expect.stringContaining("ECONNRESET"),
    });
  });

  it("that is reset within the stream truncates it", async () => {
    const signal = await signalOf({ content: "abcdef", truncateAfterChunks: 3, resetSocket: true });
    expect(signal).toMatchObject({
      kind: "truncated-stream",
      evidence: expect.stringMatching(/^the stream broke off/),
    });
  });

  it("that closes before the first event truncates it", async () => {
    expect(await signalOf({ content: "a", truncateAfterChunks: 0 })).toMatchObject({ kind: "truncated-stream" });
  });

  it("that brings a page is a wrong address, and after a good reply a server that is away", async () => {
    const { model } = await scene([{ content: "Hi." }, { status: 404, headers: HTML, rawBody: "<h1>Wait</h1>" }]);
    await ask(model);
    expect(model.failure(await errorOf(model)).signal?.kind).toBe("server");
    const signal = await signalOf({ rawBody: "<html><title>Hello</title></html>" });
    expect(signal).toMatchObject({ kind: "endpoint", evidence: expect.stringMatching(/base URL.*Hello/) });
  });

  it("that sends no JSON is malformed", async () => {
    expect(await signalOf({ rawBody: 'data: {"choices": [\n\n' })).toMatchObject({ kind: "malformed-answer" });
  });

  it("that sends an error within the stream is what the error says", async () => {
    const event = (body: unknown): Reply => ({ rawBody: `data: ${JSON.stringify(body)}\n\n` });
    expect(await signalOf(event(error("Busy", "server_error", "server_error")))).toMatchObject({ kind: "server" });
    expect(await signalOf(event({ error: { code: 429, message: "Slow down" } }))).toMatchObject({ kind: "rate-limit" });
    expect(await signalOf(event({ error: { message: "Oops" } }))).toEqual({
      kind: "truncated-stream",
      evidence: "no reply came: Oops",
    });
    const late = { rawBody: 'data: {"choices":[{"delta":{"content":"Half"}}]}\n\ndata: {"error":"Oops"}\n\n' };
    expect((await signalOf(late))?.evidence).toBe("the stream broke off: Oops");
  });

  it("that answers with an error as if all were well is what the error says", async () => {
    const words = "Unexpected endpoint or method. (POST /chat/completions)";
    expect(await signalOf({ body: { error: words } })).toMatchObject({
      kind: "truncated-stream",
      evidence: `no reply came: ${words}`,
    });
    expect(await signalOf({ body: { error: { message: "Slow", code: "429" } } })).toMatchObject({ kind: "rate-limit" });
    expect(await signalOf({ body: { detail: "the prompt is too long" } })).toMatchObject({ kind: "context-overflow" });
    expect(await signalOf({ body: { error: { message: "Not loaded", type: "invalid_request_error" } } })).toMatchObject(
      {
        kind: "bad-request",
      },
    );
  });

  it("shows what a terminal would obey as its number", async () => {
    const signal = await signalOf({ body: { error: "a\u001b[31m\u202e b\ud800" } });
    expect(signal?.evidence).toBe("no reply came: a\\u001b[31m\\u202e b\ufffd");
  });

  it.each<[string, Signal["kind"]]>([
    ["ETIMEDOUT", "timeout"],
    ["UND_ERR_HEADERS_TIMEOUT", "timeout"],
    ["ENOTFOUND", "network"],
    ["EAI_AGAIN", "network"],
    ["UND_ERR_SOCKET", "network"],
    ["EMFILE", "network"],
    ["ENFILE", "network"],
    ["ENOBUFS", "network"],
    ["CERT_HAS_EXPIRED", "network"],
  ])("that fails with %s", (code, kind) => {
    const cause = Object.assign(new Error("below"), { code });
    expect(classifyError(new TypeError("fetch failed", { cause }))).toEqual({ kind, evidence: `${code}: below` });
  });
});

describe("a time limit of the client", () => {
  it("is a timeout, as LangChain wraps it", () => {
    const wrapped = Object.assign(new Error("Request timed out."), { name: "TimeoutError" });
    expect(classifyError(wrapped)).toEqual({ kind: "timeout", evidence: "Request timed out." });
  });

  it("is a timeout, as AbortSignal.timeout ends it", () => {
    const late: unknown = AbortSignal.abort(new DOMException("late", "TimeoutError")).reason;
    expect(classifyError(late)).toEqual({ kind: "timeout", evidence: "late" });
  });
});

describe("what is not the provider's doing", () => {
  it.each([
    ["an abort", new DOMException("aborted", "AbortError")],
    ["a mistake of ours", new TypeError("x is not a function")],
    ["anything thrown", "a string"],
    ["nothing", undefined],
  ])("%s has no signal", (_, thrown) => {
    expect(classifyError(thrown)).toBeUndefined();
  });

  it("an error that circles through its causes ends", () => {
    const circle = new Error("round");
    circle.cause = circle;
    expect(classifyError(circle)).toBeUndefined();
  });
});

describe("evidence", () => {
  it("has no key, whole or masked, ours or another", async () => {
    const text = `Incorrect key ${KEY}, sk-proj-abc***xyz9; Authorization: Bearer abcdef.ghi`;
    const signal = await signalOf({ status: 401, body: error(text, "invalid_api_key") });
    expect(signal?.evidence).toBe("401 invalid_api_key: Incorrect key [key], [key]; Authorization: Bearer [key]");
  });

  it("has not even a key of unusual form", async () => {
    const { url } = await scene([{ status: 401, body: error("bad: plain.secret.value") }]);
    const model = createModelProvider({
      model: "m",
      baseUrl: url,
      apiKey: "plain.secret.value",
      concurrency: 1,
    }).resolve(undefined);
    expect(model.failure(await errorOf(model)).signal?.evidence).toBe("401 invalid_request_error: bad: [key]");
  });

  it("is short", async () => {
    expect((await signalOf({ status: 500, body: error("x".repeat(5000)) }))?.evidence.length).toBeLessThanOrEqual(300);
  });
});

describe("a reply that came", () => {
  it.each<[string, Reply, Signal["kind"] | undefined]>([
    ["cut off without a reason", { content: "abcdef", truncateAfterChunks: 3 }, "truncated-stream"],
    ["filtered", { content: "abc", finishReason: "content_filter" }, "content-filter"],
    ["at its limit", { content: "abc", finishReason: "length" }, "output-limit"],
    ["empty", { content: "" }, "empty-answer"],
    ["blank", { content: " \n" }, "empty-answer"],
    ["good", { content: "abc" }, undefined],
    ["good in other words", { content: "abc", finishReason: "end_turn" }, undefined],
    ["good in capitals", { content: "abc", finishReason: "STOP" }, undefined],
    ["at its limit in other words", { content: "abc", finishReason: "MAX_TOKENS" }, "output-limit"],
    [
      "at its limit amid a call",
      { toolCalls: [{ name: "a", args: '{"x": "y' }], finishReason: "length" },
      "output-limit",
    ],
    ["filtered in other words", { content: "abc", finishReason: "SAFETY" }, "content-filter"],
    ["ended by an error", { content: "abc", finishReason: "error" }, "truncated-stream"],
    ["ended by the network", { content: "abc", finishReason: "network_error" }, "truncated-stream"],
    ["ended for want of room", { content: "abc", finishReason: "insufficient_system_resource" }, "truncated-stream"],
    ["ended by an abort", { content: "abc", finishReason: "abort" }, "truncated-stream"],
    ["ended by nobody knows what", { content: "abc", finishReason: "quux" }, "truncated-stream"],
    ["ended without saying why", { content: "abc", finishReason: "" }, "truncated-stream"],
    ["that calls tools, but has no call", { content: "", finishReason: "tool_calls" }, "empty-answer"],
    ["of thoughts alone", { reasoning: "Hm." }, "empty-answer"],
  ])("%s", async (_, reply, kind) => {
    const { model } = await scene([reply]);
    expect(model.inspect(await ask(model))?.kind).toBe(kind);
  });

  it("tells how many tokens the limit was", async () => {
    const { model } = await scene([{ content: "abc", finishReason: "length", usage: { completion_tokens: 77 } }]);
    expect(model.inspect(await ask(model))?.evidence).toBe(
      "the reply was cut off at 77 output tokens (finish reason length)",
    );
  });
});
