import { describe, expect, it } from "vitest";
import { FakeListChatModel } from "@langchain/core/utils/testing";
import { AIMessage } from "@langchain/core/messages";
import { createModelProvider, type ModelProviderOptions } from "../../../../../adapters/models/model-provider.ts";
import { SwarmError } from "../../../../../state/errors.ts";
import { ask, errorOf, scene } from "./conversation.ts";

const provider = (options: Partial<ModelProviderOptions> = {}) => createModelProvider({ concurrency: 7, ...options });

function refusal(options: Partial<ModelProviderOptions>): SwarmError {
  try {
    provider(options).resolve("m");
  } catch (error) {
    if (error instanceof SwarmError) return error;
    throw error;
  }
  throw new Error("expected a refusal");
}

describe("the default model", () => {
  it("is offline where nothing is configured, and costs nothing", () => {
    const model = provider().resolve(undefined);
    expect(model).toMatchObject({
      id: "offline",
      endpoint: { key: "offline", concurrency: 7 },
      price: { input: 0, output: 0 },
    });
    expect(model.failure(new Error("x")).signal).toBeUndefined();
  });

  it("is the model id that is configured", () => {
    const models = provider({ model: "gpt-4.1", apiKey: "k-1234567" });
    expect(models.resolve(undefined)).toBe(models.resolve("gpt-4.1"));
    expect(models.resolve("offline").id).toBe("offline");
  });

  it("is the instance that was given, as it is", () => {
    const instance = new FakeListChatModel({ responses: ["a"] });
    const models = provider({ model: instance });
    const model = models.resolve(undefined);
    expect(model).toBe(models.resolve(undefined));
    expect(model).toMatchObject({
      id: "FakeListChatModel",
      contextWindow: 128_000,
      price: undefined,
      endpoint: { concurrency: 7 },
    });
    expect(model.chat).toBe(instance);
    expect(model.endpoint.key).not.toBe(provider({ model: instance }).resolve(undefined).endpoint.key);
    expect(model.failure({ status: 429, message: "slow" }).signal).toMatchObject({ kind: "rate-limit" });
    expect(model.inspect(new AIMessage("no reason given"))).toBeUndefined();
    expect(model.inspect(new AIMessage(""))).toMatchObject({ kind: "empty-answer" });
  });
});

describe("a model of an endpoint", () => {
  it("is resolved once", () => {
    const models = provider({ apiKey: "k-1234567" });
    expect(models.resolve("m")).toBe(models.resolve("m"));
  });

  it("shares its limiter by address and key, and hides the key in it", () => {
    const key = (options: Partial<ModelProviderOptions>, spec = "m") => provider(options).resolve(spec).endpoint.key;
    expect(key({ apiKey: "k-1234567" })).toBe(
      key({ apiKey: "k-1234567", baseUrl: "https://api.openai.com/v1/" }, "other"),
    );
    expect(key({ apiKey: "k-1234567" })).not.toBe(key({ apiKey: "k-7654321" }));
    expect(key({ apiKey: "k-1234567" })).not.toContain("1234567");
  });

  it("takes a page for a server that is away where another model of the endpoint has had a reply", async () => {
    const page = { headers: { "content-type": "text/html" }, rawBody: "<h1>Wait</h1>" };
    const { url } = await scene([page, { content: "Hi." }, page]);
    const models = provider({ baseUrl: url });
    const [first, second] = [models.resolve("first"), models.resolve("second")];
    expect(second.failure(await errorOf(second)).signal?.kind).toBe("endpoint");
    await ask(first);
    expect(second.failure(await errorOf(second)).signal?.kind).toBe("server");
  });

  it("knows the limits of its family", () => {
    const models = provider({ apiKey: "k-1234567" });
    expect(models.resolve("moonshotai/Kimi-K2.6")).toMatchObject({ contextWindow: 262_144, maxOutputTokens: 32_768 });
    expect(models.resolve("gpt-4.1-mini").contextWindow).toBe(1_047_576);
    expect(models.resolve("gpt-5").contextWindow).toBe(400_000);
    expect(models.resolve("my-own")).toMatchObject({ contextWindow: 128_000, maxOutputTokens: 8_192 });
  });

  it("has the price of the table, unless the user knows better", () => {
    const own = { input: 1, cachedInput: 1, output: 1, source: "contract" };
    const models = provider({ apiKey: "k-1234567", prices: { mine: own, "gpt-4.1": own } });
    expect(models.resolve("kimi-k2.6").price).toMatchObject({
      input: 0.95,
      cachedInput: 0.16,
      output: 4,
      source: expect.stringMatching(/^genai-prices \d/) as string,
    });
    expect(models.resolve("moonshotai/kimi-k2.6").price?.output).toBe(4);
    expect(models.resolve("gemini-2.5-pro").price).toMatchObject({ input: 2.5, output: 15 });
    expect(models.resolve("gpt-4.1").price).toBe(own);
    expect(models.resolve("mine").price).toBe(own);
    expect(models.resolve("constructor").price).toBeUndefined();
  });
});

describe("a model that cannot be used", () => {
  it("has no key", () => {
    const error = refusal({});
    expect(error.code).toBe("KEY_MISSING");
    expect(error.message).toBe("the model m needs an API key for api.openai.com");
    expect(error.next).toMatch(/OPENAI_API_KEY/);
    expect(refusal({ apiKey: " " }).code).toBe("KEY_MISSING");
  });

  it.each(["http://localhost:1/v1", "http://127.0.0.1:1/v1", "http://[::1]:1/v1"])("needs none at %s", (baseUrl) => {
    expect(provider({ baseUrl }).resolve("m").endpoint.key).toContain(baseUrl);
  });

  it.each(["ftp://example.com", "example.com/v1", "", "https://user:hunter2@example.com/v1"])(
    "has the base URL %j",
    (baseUrl) => {
      const error = refusal({ baseUrl, apiKey: "k-1234567" });
      expect(error.code).toBe("CONFIG_INVALID");
      expect(error.message).not.toMatch(/\n|hunter2/);
    },
  );

  it.each(["sk-ab cd12345", "sk-abcd\n12345", "“sk-abcd12345”", "sk-abcd12345\u200b"])("has the key %j", (apiKey) => {
    const error = refusal({ apiKey });
    expect(error.code).toBe("CONFIG_INVALID");
    expect(error.message).toMatch(/^the API key holds a character that no key has: (a blank|a line end|U\+20\w\w)$/);
    expect(`${error.message} ${error.next}`).not.toMatch(/abcd|12345/);
  });

  it("says which scheme is missing", () => {
    const error = refusal({ baseUrl: "10.0.0.5:8080/v1", apiKey: "k-1234567" });
    expect(error.message).toContain("is it http://10.0.0.5:8080/v1 or https://10.0.0.5:8080/v1?");
    expect(refusal({ baseUrl: "localhost:8080/v1" }).message).toContain("is it http://localhost:8080/v1");
  });
});

describe("an address and a key as people paste them", () => {
  it.each([
    "https://example.com/v1/",
    "https://example.com/v1\n",
    ' "https://example.com/v1" ',
    "'https://example.com/v1'",
    "https://example.com/v1/chat/completions",
    "https://example.com/v1/chat/completions/",
  ])("are read as they are meant: %j", (baseUrl) => {
    const plain = provider({ baseUrl: "https://example.com/v1", apiKey: "k-1234567" }).resolve("m");
    for (const apiKey of ["k-1234567", "k-1234567\r\n", '"k-1234567"', " 'k-1234567'"])
      expect(provider({ baseUrl, apiKey }).resolve("m").endpoint.key).toBe(plain.endpoint.key);
  });
});
