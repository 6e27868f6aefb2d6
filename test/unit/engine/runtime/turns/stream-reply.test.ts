import type { AIMessageChunk } from "@langchain/core/messages";
import { expect, it } from "vitest";
import { SYSTEM_CLOCK } from "../../../../../adapters/clock/system-clock.ts";
import type { CallRequest } from "../../../../../engine/ports/models.ts";
import { streamReply, type Outgoing } from "../../../../../engine/runtime/turns/stream-reply.ts";

const DETECTION = { idleMs: 60_000, callMs: 60_000 };

type Stream = (options: CallRequest) => AsyncIterable<Partial<AIMessageChunk>>;

/** A call to a model that sends this. */
function callOf(stream: Stream): Outgoing {
  return {
    request: { prompt: { tools: [], messages: [] }, config: {} },
    model: {
      chat: { stream: async (_: unknown, options: CallRequest) => stream(options) },
      failure: () => ({ reach: "unknown" }),
      callOptions: (request: CallRequest) => request,
    },
    permit: { sent: () => undefined, heard: () => undefined, waitedUntil: () => -Infinity },
    reservation: { isCapped: false },
    stops: [],
  } as unknown as Outgoing;
}

it.each<[string, (length: number) => Partial<AIMessageChunk>]>([
  ["text", (length) => ({ text: "x".repeat(length) })],
  ["what it calls tools with", (length) => ({ text: "", tool_call_chunks: [{ args: "x".repeat(length) }] })],
])("a reply is ended that brings more than any model is able to write: %s", async (_, chunk) => {
  const call = callOf(async function* () {
    yield chunk(8_000_001);
  });
  expect(await streamReply(call, { clock: SYSTEM_CLOCK, detection: DETECTION })).toMatchObject({
    kind: "failed",
    signal: { kind: "malformed-answer", evidence: "the call brought more than 8000000 characters" },
  });
});

it("what an answer says of the endpoint's limits is known also where its stream breaks off", async () => {
  const call = callOf(async function* ({ onAnswer }) {
    await onAnswer?.({ concurrency: 5 });
    yield { text: "half" };
    throw new Error("broken off");
  });
  const answer = await streamReply(call, { clock: SYSTEM_CLOCK, detection: DETECTION });
  expect(answer).toMatchObject({ kind: "failed", limits: { concurrency: 5 } });
});
