import { describe, expect, it } from "vitest";
import type { Reply } from "../../../../support/model-server/index.ts";
import { ask, errorOf, scene, type SentRequest } from "./conversation.ts";

const refusal = (message: string, status = 400): Reply => ({ status, body: { error: { message } } });

/** A model whose endpoint refuses each request of which `wrong` has something to say. */
const strict = (wrong: (request: SentRequest) => Reply | undefined) =>
  scene((call) => wrong(call.request as SentRequest) ?? { content: "a" });

describe("a request of which the endpoint refuses a part", () => {
  it.each<[string, Reply]>([
    ["by its name", refusal("Unknown parameter: 'stream_options'.")],
    [
      "by its place",
      {
        status: 422,
        body: { detail: [{ type: "extra_forbidden", loc: ["body", "stream_options"], msg: "no extras" }] },
      },
    ],
  ])("goes without it from then on, refused once (%s)", async (_, no) => {
    const { model, requests } = await strict((request) => (request["stream_options"] === undefined ? undefined : no));
    const signal = model.failure(await errorOf(model)).signal;
    expect(signal).toMatchObject({
      kind: "parameter",
      evidence: expect.stringContaining("the endpoint refuses stream_options: it is left out from now on"),
    });
    expect((await ask(model)).text).toBe("a");
    expect((await ask(model, { outputTokens: 5 })).text).toBe("a");
    expect(requests).toHaveLength(3);
  });

  it("calls its output limit by the other name, and never leaves it out", async () => {
    const { model, requests } = await strict((request) =>
      request["max_tokens"] === undefined
        ? undefined
        : refusal("Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens'."),
    );
    expect(model.failure(await errorOf(model, { outputTokens: 50 })).signal?.kind).toBe("parameter");
    await ask(model, { outputTokens: 50 });
    expect(requests.at(-1)).toMatchObject({ max_completion_tokens: 50 });
    const none = await strict((request) =>
      refusal(`no max_tokens and no max_completion_tokens, but ${Object.keys(request).length}`),
    );
    const kinds = [];
    for (let n = 0; n < 3; n += 1)
      kinds.push(none.model.failure(await errorOf(none.model, { outputTokens: 50 })).signal?.kind);
    expect(kinds).toEqual(["parameter", "bad-request", "bad-request"]);
  });

  it("asks for as much output as the endpoint says that it writes", async () => {
    const { model, requests } = await strict(({ max_tokens }) =>
      Number(max_tokens) > 4096
        ? refusal("max_tokens is too large: 8192. This model supports at most 4096.")
        : undefined,
    );
    expect(model.failure(await errorOf(model, { outputTokens: 8192 })).signal?.kind).toBe("parameter");
    await ask(model, { outputTokens: 8192 });
    expect(requests.at(-1)?.["max_tokens"]).toBe(4096);
    expect(model.maxOutputTokens).toBe(4096);
  });

  it("asks for output that fits the window which the endpoint names", async () => {
    const said =
      "This model's maximum context length is 4096 tokens. However, you requested 8200 tokens (8 in the messages, 8192 in the completion).";
    const { model, requests } = await strict(({ max_tokens }) =>
      Number(max_tokens) > 4000 ? refusal(said) : undefined,
    );
    expect(model.failure(await errorOf(model, { outputTokens: 8192 })).signal?.kind).toBe("parameter");
    await ask(model, { outputTokens: 8192 });
    expect(requests.at(-1)?.["max_tokens"]).toBe(1024);
    expect(model).toMatchObject({ contextWindow: 4096, maxOutputTokens: 1024 });
  });

  it("is no such thing where the input is too long, or where nothing of it is named", async () => {
    const long = await strict(() => refusal("This model's maximum context length is 4096 tokens, you sent 9000."));
    expect(long.model.failure(await errorOf(long.model)).signal?.kind).toBe("context-overflow");
    const odd = await strict(() => refusal("Something is wrong with the model's stream."));
    expect(odd.model.failure(await errorOf(odd.model)).signal?.kind).toBe("bad-request");
  });
});
