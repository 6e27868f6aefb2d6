import type { AIMessageChunk } from "@langchain/core/messages";
import { expect, it } from "vitest";
import { SYSTEM_CLOCK } from "../../../../../adapters/clock/system-clock.ts";
import { streamReply, type Outgoing } from "../../../../../engine/runtime/turns/stream-reply.ts";

/** A call to a model that sends these. */
function callOf(...chunks: Partial<AIMessageChunk>[]): Outgoing {
  async function* stream() {
    yield* chunks;
  }
  return {
    request: { tools: [], messages: [], config: {} },
    model: { chat: () => ({ stream: async () => stream() }), classify: () => undefined, usageOf: () => undefined },
    limiter: { sent: () => undefined, heard: () => undefined, waitedUntil: () => -Infinity },
    permit: { run: "r" },
    reservation: { isCapped: false },
    stops: [],
  } as unknown as Outgoing;
}

it.each<[string, (length: number) => Partial<AIMessageChunk>]>([
  ["text", (length) => ({ text: "x".repeat(length) })],
  ["what it calls tools with", (length) => ({ text: "", tool_call_chunks: [{ args: "x".repeat(length) }] })],
])("a reply is ended that brings more than any model is able to write: %s", async (_, chunk) => {
  const detection = { idleMs: 60_000, callMs: 60_000 };
  expect(await streamReply(callOf(chunk(8_000_001)), { clock: SYSTEM_CLOCK, detection })).toMatchObject({
    kind: "failed",
    signal: { kind: "malformed-answer", evidence: "the call brought more than 8000000 characters" },
  });
});
