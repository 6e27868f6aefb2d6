import { describe, expect, it } from "vitest";
import { byRole, type ModelServer, type Reply } from "../../support/model-server/index.ts";
import { AGENT, ask, askJson, events, start, subtask, user } from "./ask-model-server.ts";

/** Resolves once the server has seen `count` calls end. */
async function ended(server: ModelServer, count: number): Promise<void> {
  while (server.records().filter((record) => record.endMs !== null).length < count) await new Promise(setImmediate);
}

describe("faults", () => {
  const stream = { stream: true, stream_options: { include_usage: true } };

  it.each([
    [401, "invalid_api_key"],
    [403, "insufficient_quota"],
    [429, "rate_limit_exceeded"],
  ])("sends %i with its usual code", async (status, code) => {
    const server = await start(() => ({ status }));
    const response = await ask(server, [user("x")]);
    expect([response.status, await response.json()]).toMatchObject([status, { error: { code } }]);
  });

  it("sends any body, also one that is no JSON", async () => {
    const replies: Reply[] = [
      { status: 500, rawBody: "<html>" },
      { status: 502, body: { oops: 1 } },
    ];
    const server = await start((call) => replies[call.n - 1]!);
    expect(await (await ask(server, [user("x")])).text()).toBe("<html>");
    expect(await (await ask(server, [user("x")])).json()).toEqual({ oops: 1 });
  });

  it("ends a stream early without an end mark", async () => {
    const server = await start(() => ({ content: "abcdefgh", truncateAfterChunks: 2 }));
    expect(await events(await ask(server, [user("x")], stream))).toHaveLength(2);
  });

  it("drips the same bytes that it sends at once", async () => {
    const server = await start(({ n }) => ({ id: "same", content: "abcdefgh", dripMs: n === 1 ? 0 : 1 }));
    const [atOnce, dripped] = [await ask(server, [user("x")], stream), await ask(server, [user("x")], stream)];
    expect(await dripped.text()).toBe(await atOnce.text());
  });

  it("resets the connection before the first byte, or in the middle of the stream", async () => {
    const server = await start(({ n }) => ({
      content: "abcd",
      resetSocket: true,
      ...(n === 1 ? {} : { truncateAfterChunks: 2 }),
    }));
    await expect(ask(server, [user("x")])).rejects.toThrow("fetch failed");
    const response = await ask(server, [user("x")], stream);
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
    expect(server.stats().inFlight).toBe(0);
  });

  it("hangs until the client leaves, and records that it left", async () => {
    const server = await start(() => ({ content: "abcd", hang: true, truncateAfterChunks: 1 }));
    const abort = new AbortController();
    const response = await ask(server, [user("x")], { ...stream, signal: abort.signal });
    expect(server.stats()).toMatchObject({ inFlight: 1, aborted: 0 });
    abort.abort();
    await expect(response.text()).rejects.toThrow();
    await ended(server, 1);
    expect(server.stats()).toMatchObject({ inFlight: 0, aborted: 1 });
  });

  it("repeats ids and sends malformed arguments when told to", async () => {
    const server = await start(() => ({ id: "twin", toolCalls: [{ name: "f", args: '{"a":', id: "same" }] }));
    const [one, two] = [await askJson(server, [user("x")]), await askJson(server, [user("x")])];
    expect([one.id, one.choices[0]?.message.tool_calls?.[0]?.id]).toEqual([
      two.id,
      two.choices[0]?.message.tool_calls?.[0]?.id,
    ]);
    expect(one.choices[0]?.message.tool_calls?.[0]?.function.arguments).toBe('{"a":');
  });

  it("says so loudly when the behaviour itself fails", async () => {
    const server = await start(byRole({}));
    expect((await ask(server, [AGENT, subtask("s1")])).status).toBe(500);
    expect(server.stats().unexpected[0]?.reason).toContain("no behaviour for role agent");
    expect(server.stats().inFlight).toBe(0);
  });
});
