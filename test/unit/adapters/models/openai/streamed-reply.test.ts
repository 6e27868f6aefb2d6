import { describe, expect, it } from "vitest";
import { StreamedReply } from "../../../../../adapters/models/openai/streamed-reply.ts";
import type { WireDelta, WireToolCall } from "../../../../../adapters/models/openai/wire-event.ts";

const delta = (content: WireDelta) => ({ choices: [{ delta: content }] });
const calls = (...pieces: WireToolCall[]) => {
  const reply = new StreamedReply({ keepsReasoning: true });
  for (const piece of pieces) reply.take(delta({ tool_calls: [piece] }));
  return reply.last("").tool_calls;
};

describe("endpoints that bend the protocol", () => {
  it("may give all calls the same index", () => {
    const made = calls(
      { index: 0, id: "a", function: { name: "one", arguments: "{}" } },
      { index: 0, id: "b", function: { name: "two", arguments: '{"x":1}' } },
    );
    expect(made).toMatchObject([
      { id: "a", name: "one", args: {} },
      { id: "b", name: "two", args: { x: 1 } },
    ]);
  });

  it("may leave out the index, repeat name and id, and send the arguments as an object", () => {
    expect(
      calls(
        { id: "a", function: { name: "one", arguments: '{"x"' } },
        { id: "a", function: { name: "one", arguments: ":1}" } },
        { id: "b", function: { name: "two", arguments: { y: 2 } } },
      ),
    ).toMatchObject([
      { name: "one", args: { x: 1 } },
      { name: "two", args: { y: 2 } },
    ]);
  });

  it("may leave out the id: the call gets one, for its result must name it", () => {
    expect(calls({ index: 0, function: { name: "one", arguments: "" } })).toMatchObject([
      { id: expect.stringMatching(/^call_/), name: "one", args: {} },
    ]);
  });

  it("may repeat the finish reason and put the usage into the choice", () => {
    const reply = new StreamedReply({ keepsReasoning: false });
    const usage = { prompt_tokens: 3, completion_tokens: 1, cached_tokens: 2 };
    reply.take({ choices: [{ delta: { content: "a" }, finish_reason: "stop" }] });
    reply.take({ choices: [{ delta: null, finish_reason: "stop", usage }], usage: null });
    expect(reply.last("").response_metadata).toMatchObject({ finish_reason: "stop", usage });
  });

  it("may think of nothing: an empty reasoning is kept", () => {
    const reply = new StreamedReply({ keepsReasoning: true });
    reply.take(delta({ reasoning_content: "" }));
    expect(reply.last("").additional_kwargs).toEqual({ reasoning_content: "" });
  });
});
