/** Answers that do not end, or never stop: the connection is closed, and nothing is kept of a flood. */
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { classifyError } from "../../../../../adapters/models/openai/classify-error.ts";
import { completionEvents } from "../../../../../adapters/models/openai/completion-stream.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const delta = (content: string, finish: string | null = null): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: finish }] })}\n\n`;

/** Reads the body of an answer that its server leaves open. */
function reading(body: PassThrough) {
  const read = { events: 0, ended: false, error: undefined as unknown };
  const reader = (async () => {
    for await (const events of completionEvents({ status: 200, headers: {}, body })) read.events += events.length;
  })();
  void reader.then(
    () => (read.ended = true),
    (error: unknown) => (read.error = error),
  );
  return read;
}

describe("an answer that its server leaves open", () => {
  it("is over with [DONE]; the connection has a moment to end by itself, and is closed", async () => {
    const body = new PassThrough();
    const read = reading(body);
    body.write(`${delta("fine", "stop")}data: [DONE]\n\n`);
    await settled();
    expect(read).toMatchObject({ events: 1, ended: true });
    expect(body.destroyed).toBe(false);
    const pings = [1, 2, 3].map(() => body.write(": ping\n\n"));
    expect(pings).toHaveLength(3);
    await vi.advanceTimersByTimeAsync(300);
    expect(body.destroyed).toBe(true);
  });

  it("keeps its connection where the server ends it in time", async () => {
    const body = new PassThrough({ autoDestroy: false });
    const read = reading(body);
    body.write(`${delta("fine", "stop")}data: [DONE]\n\n`);
    await settled();
    body.end();
    await settled();
    await settled();
    expect([read.ended, body.readableEnded, body.destroyed]).toEqual([true, true, false]);
  });

  it("is over some seconds after it said that it is finished, whatever pings come", async () => {
    const body = new PassThrough();
    const read = reading(body);
    body.write(delta("fine", "stop"));
    for (let second = 0; second < 3; second += 1) {
      await vi.advanceTimersByTimeAsync(990);
      body.write(": ping\n\n");
    }
    await settled();
    expect(read.ended).toBe(false);
    await vi.advanceTimersByTimeAsync(100);
    await settled();
    expect([read.ended, read.error, body.destroyed]).toEqual([true, undefined, true]);
  });

  it.each([
    ["an event that is no JSON", "data: {oops\n\n"],
    ["an error", 'data: {"error":{"message":"x"}}\n\n'],
  ])("is closed at once after %s", async (_, text) => {
    const body = new PassThrough();
    const read = reading(body);
    body.write(text);
    await settled();
    expect(read.error).toBeInstanceOf(Error);
    expect(body.destroyed).toBe(true);
  });
});

describe("a flood", () => {
  it("without an end of line is cut off, and told as a malformed answer", async () => {
    const body = new PassThrough();
    const read = reading(body);
    const piece = `data: ${"x".repeat(1_000_000)}`;
    for (let pieces = 0; pieces < 20 && read.error === undefined; pieces += 1) {
      body.write(piece);
      await settled();
    }
    expect(classifyError(read.error)?.kind).toBe("malformed-answer");
    expect((read.error as Error).message).toBe("a line of the stream has more than 8000000 characters");
    expect(body.destroyed).toBe(true);
  });

  it("of comments or events is cut off too", async () => {
    const body = new PassThrough();
    const read = reading(body);
    const piece = `: ${"x".repeat(2_000_000)}\n\n`;
    for (let pieces = 0; pieces < 40 && read.error === undefined; pieces += 1) {
      body.write(piece);
      await settled();
    }
    expect((read.error as Error).message).toBe("the stream has more than 64000000 characters");
  });

  it("of short lines that are no events is looked through once", async () => {
    const body = new PassThrough();
    const read = reading(body);
    for (let pieces = 0; pieces < 30 && read.error === undefined; pieces += 1) {
      body.write("hm\n".repeat(100_000));
      await settled();
    }
    body.end();
    await settled();
    await settled();
    expect((read.error as Error).message).toContain("text came in place of a stream of events");
  });
});
