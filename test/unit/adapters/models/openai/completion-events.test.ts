import { PassThrough } from "node:stream";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { expect, it, describe } from "vitest";
import { array, assert, asyncProperty, nat } from "fast-check";
import { readErrorFacts } from "../../../../../adapters/models/openai/error-facts.ts";
import { completionEvents } from "../../../../../adapters/models/openai/completion-stream.ts";

/** What is read of a body that arrives in these pieces, and whether all of it was taken off the connection. */
async function eventsOf(
  pieces: readonly (string | Buffer)[],
  ids: unknown[] = [],
  headers: Record<string, string> = {},
): Promise<{ ids: unknown[]; isReadOff: boolean }> {
  const body = new PassThrough();
  for (const piece of pieces) body.write(piece);
  body.end();
  for await (const events of completionEvents({ status: 200, headers, body })) ids.push(...events.map(({ id }) => id));
  await new Promise((resolve) => setImmediate(resolve));
  return { ids, isReadOff: body.readableEnded };
}

const event = (id: string): string => `data: {"id":${JSON.stringify(id)}}\n\n`;

const refusal = (error: unknown): object => ({ name: "RefusedCall", error });

describe("the events of a stream", () => {
  it("end with [DONE], and the rest is read off", async () => {
    const body = [event("a"), "data: [DONE]\n\n", event("late"), "x".repeat(100_000)];
    expect(await eventsOf(body)).toEqual({ ids: ["a"], isReadOff: true });
  });

  it.each(["[done]", "[Done]", '"[DONE]"', "DONE", "[END]"])("end with %s too", async (end) => {
    expect((await eventsOf([event("a"), `data: ${end}\n\n`, event("late")])).ids).toEqual(["a"]);
  });

  it.each<[string, string, string[]]>([
    ["lines that end as on Windows", 'data: {"id":"a"}\r\n\r\ndata:{"id":"b"}\r\n\r\n', ["a", "b"]],
    ["comments, and fields that nobody reads", `: hi\n\nid: 1\nretry: 5\n${event("a")}`, ["a"]],
    ["data of several lines", 'data: {"id":\ndata: "a"}\n\n', ["a"]],
    ["no blank line behind the last", 'data: {"id":"a"}', ["a"]],
    ["an event without an object", "data: null\n\n", []],
    ["a byte order mark", `\uFEFF${event("a")}`, ["a"]],
    [
      "lines that end with a carriage return alone",
      'data: {"id":"a"}\r\rdata: {"id":"b"}\r\rdata: [DONE]\r\r',
      ["a", "b"],
    ],
    ["no blank lines between them", 'data: {"id":"a"}\ndata: {"id":"b"}\ndata: [DONE]\n', ["a", "b"]],
    ["an end with blanks around it", `${event("a")}data:  [DONE] \n\n${event("late")}`, ["a"]],
    ["data that is empty", `data:\n\ndata: \n\n${event("a")}`, ["a"]],
    [
      "events of another kind, JSON or not",
      `event: ping\ndata: now\n\nevent: end\ndata: bye\n\nevent: ping\ndata: {"id":"x"}\n\n${event("a")}`,
      ["a"],
    ],
    [
      "errors that are none",
      `data: {"id":"a","error":null}\n\ndata: {"id":"b","error":{}}\n\ndata: {"id":"c","error":""}\n\n`,
      ["a", "b", "c"],
    ],
    ["JSON lines in place of events", '{"id":"a","choices":[]}\n{"id":"b"}\n', ["a", "b"]],
    ["one JSON over many lines, and an end", '{\n  "id": "a",\n  "choices": []\n}\n\ndata: [DONE]\n\n', ["a"]],
    ["a list of events as one JSON", '[{"id":"a"},\n{"id":"b"}]', ["a", "b"]],
    ["a stray line between them", `hello\n${event("a").replace("{", '{"choices":[],')}<b>`, ["a"]],
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
    ["no JSON", "data: {\n\n", { name: "SyntaxError", message: 'an event of the stream is not JSON: "{"' }],
    ["an error", 'data: {"error":{"code":"busy"}}\n\n', refusal({ code: "busy", message: '{"code":"busy"}' })],
    ["an error by name", 'event: error\ndata: {"message":"no"}\n\n', refusal({ message: "no" })],
    ["an error in words alone", "event: error\ndata: out of memory\n\n", refusal("out of memory")],
    ["an error as text", 'data: {"error":"no"}\n\n', refusal({ message: "no" })],
    ["an error beside its code", 'data: {"error":"no","status":503}\n\n', refusal({ message: "no", code: 503 })],
    ["an error in a list", 'data: {"errors":[{"message":"no","code":"7"}]}\n\n', refusal({ message: "no", code: "7" })],
    [
      "an error by type",
      'data: {"type":"error","error":{"type":"overloaded_error","message":"no"}}\n\n',
      refusal({ type: "overloaded_error", message: "no" }),
    ],
    [
      "an error in a choice",
      'data: {"choices":[{"error":{"message":"no","code":502}}]}\n\n',
      refusal({ message: "no", code: 502 }),
    ],
    ["an error in an error", 'data: {"error":{"error":{"message":"no"}}}\n\n', refusal({ message: "no" })],
    ["a detail", 'data: {"detail":[{"msg":"no","loc":["body"]}]}\n\n', refusal({ message: "no" })],
    ["a message beside a code", 'data: {"code":1302,"msg":"no"}\n\n', refusal({ message: "no", code: 1302 })],
    [
      "a status in words of its own",
      'data: {"base_resp":{"status_code":1008,"status_msg":"no"}}\n\n',
      refusal({ message: "no", code: 1008 }),
    ],
  ])("throw for %s, after what came before it", async (_, body, facts) => {
    const seen: unknown[] = [];
    await expect(eventsOf([event("a") + body], seen)).rejects.toMatchObject(facts);
    expect(seen).toEqual(["a"]);
  });
});

describe("what is no stream", () => {
  it.each<[string, string, string]>([
    [
      "a page",
      "<!doctype html>\n<html><head><title>My gateway</title></head></html>\n".repeat(50),
      `an HTML page in place of a reply: ${"My gateway ".repeat(50).slice(0, 300)}`,
    ],
    [
      "words",
      "upstream connect error\u001b[31m",
      'text came in place of a stream of events: "upstream connect error\\u001b[31m"',
    ],
    ["one JSON that is an error", '{"error": "Unexpected endpoint"}', "Unexpected endpoint"],
    ["one JSON that says something else", '{"message": "Welcome"}', "Welcome"],
  ])("is named in the server's own words: %s", async (_, body, words) => {
    const thrown: unknown = await eventsOf([body]).catch((error: unknown) => error);
    expect(readErrorFacts(thrown).message).toBe(words);
  });

  it("is read although it is compressed, and named where it is damaged", async () => {
    const body = gzipSync(`${event("a")}data: [DONE]\n\n`);
    expect((await eventsOf([body], [], { "content-encoding": "gzip" })).ids).toEqual(["a"]);
    expect((await eventsOf([brotliCompressSync(event("b"))], [], { "content-encoding": "br" })).ids).toEqual(["b"]);
    const twice = { "content-encoding": "br, GZIP" };
    expect((await eventsOf([gzipSync(brotliCompressSync(event("c")))], [], twice)).ids).toEqual(["c"]);
    await expect(eventsOf([body.subarray(0, 20)], [], { "content-encoding": "gzip" })).rejects.toThrow();
    await expect(eventsOf(["no"], [], { "content-encoding": "gzip" })).rejects.toThrow("incorrect header check");
  });

  const plain = (body: Buffer): Buffer => body;
  it.each([
    ["a label that was forgotten", gzipSync, ""],
    ["a label of another kind", gzipSync, "br"],
    ["deflate with its header", deflateSync, "deflate"],
    ["deflate without", deflateRawSync, "deflate"],
    ["zstd without a label", zstdCompressSync, "identity"],
    ["a label left behind by who has decompressed it", plain, "gzip"],
    ["the same of two", plain, "br, gzip"],
    ["a label of nothing", plain, "constructor"],
  ])("is known by how it begins: %s", async (_, coded, label) => {
    const body = coded(Buffer.from(`${event("a")}data: [DONE]\n\n`));
    expect((await eventsOf([body], [], { "content-encoding": label })).ids).toEqual(["a"]);
  });

  it("does not wait for a line end that never comes", async () => {
    const body = new PassThrough();
    const events = completionEvents({ status: 200, headers: {}, body });
    body.write('data: {"id":"a"}\n');
    expect((await events.next()).value).toMatchObject([{ id: "a" }]);
    body.write("data: [DONE]\n");
    expect((await events.next()).done).toBe(true);
  });
});
