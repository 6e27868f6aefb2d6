import { PassThrough } from "node:stream";
import { expect, it, describe } from "vitest";
import { array, assert, asyncProperty, nat } from "fast-check";
import { completionEvents } from "../../../../../adapters/models/openai/completion-events.ts";

/** What is read of a body that arrives in these pieces, and whether all of it was taken off the connection. */
async function eventsOf(
  pieces: readonly (string | Buffer)[],
  ids: unknown[] = [],
): Promise<{ ids: unknown[]; isReadOff: boolean }> {
  const body = new PassThrough();
  for (const piece of pieces) body.write(piece);
  body.end();
  for await (const events of completionEvents({ status: 200, headers: {}, body }))
    ids.push(...events.map(({ id }) => id));
  await new Promise((resolve) => setImmediate(resolve));
  return { ids, isReadOff: body.readableEnded };
}

const event = (id: string): string => `data: {"id":${JSON.stringify(id)}}\n\n`;

describe("the events of a stream", () => {
  it("end with [DONE], and the rest is read off", async () => {
    const body = [event("a"), "data: [DONE]\n\n", event("late"), "x".repeat(100_000)];
    expect(await eventsOf(body)).toEqual({ ids: ["a"], isReadOff: true });
  });

  it.each<[string, string, string[]]>([
    ["lines that end as on Windows", 'data: {"id":"a"}\r\n\r\ndata:{"id":"b"}\r\n\r\n', ["a", "b"]],
    ["comments, and fields that nobody reads", `: hi\n\nid: 1\nretry: 5\n${event("a")}`, ["a"]],
    ["data of several lines", 'data: {"id":\ndata: "a"}\n\n', ["a"]],
    ["no blank line behind the last", 'data: {"id":"a"}', ["a"]],
    ["no event at all", "<html>no</html>", []],
    ["an event without an object", "data: null\n\n", []],
  ])("are read with %s", async (_, body, ids) => {
    expect((await eventsOf([body])).ids).toEqual(ids);
  });

  it("are the same however the bytes are cut", async () => {
    const ids = ["a", "wörd", "🐝\u2028", 'q"\\'];
    const bytes = Buffer.from(`${ids.map(event).join("")}data: [DONE]\n\n`);
    const cuts = array(nat(bytes.length), { maxLength: 12 });
    await assert(
      asyncProperty(cuts, async (places) => {
        const edges = [0, ...places.toSorted((one, other) => one - other), bytes.length];
        const pieces = edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
        expect((await eventsOf(pieces)).ids).toEqual(ids);
      }),
    );
  });

  it.each<[string, string, object]>([
    ["no JSON", "data: {\n\n", { name: "SyntaxError" }],
    ["an error", 'data: {"error":{"code":"busy"}}\n\n', { name: "RefusedCall", error: { code: "busy" } }],
    ["an error by name", 'event: error\ndata: {"message":"no"}\n\n', { name: "RefusedCall", error: { message: "no" } }],
  ])("throw for %s, after what came before it", async (_, body, facts) => {
    const seen: unknown[] = [];
    await expect(eventsOf([event("a") + body], seen)).rejects.toMatchObject(facts);
    expect(seen).toEqual(["a"]);
  });
});
