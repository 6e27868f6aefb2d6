import { AIMessageChunk } from "@langchain/core/messages";
import { describe, expect, it } from "vitest";
import { replyMessage } from "../../../../../engine/policy/reply/reply-message.ts";

const call = (args: string) =>
  replyMessage(
    new AIMessageChunk({
      content: "",
      tool_call_chunks: [{ type: "tool_call_chunk", index: 0, id: "c", name: "read", args }],
    }),
  );

describe("the message of a streamed reply", () => {
  it("has no thoughts in it, and no half characters", () => {
    expect(replyMessage(new AIMessageChunk("<think>hm</think>Bees\ud800")).text).toBe("Bees\ufffd");
  });

  it("keeps typed parts as its client has them", () => {
    const content = [{ type: "text" as const, text: "Bees" }];
    expect(replyMessage(new AIMessageChunk({ content })).content).toEqual(content);
  });

  it.each(["", " ", "{}", "null"])("takes %j for no arguments", (args) => {
    expect(call(args).tool_calls).toMatchObject([{ id: "c", name: "read", args: {} }]);
  });

  it("mends half characters in arguments, however they are written", () => {
    expect(call('{"path":"a\\ud800"}').tool_calls).toMatchObject([{ args: { path: "a\ufffd" } }]);
  });

  it.each(['{"path": "docs/pu', '{"path"', "[1]", "7", '"x"', "{'path': 'a'}"])(
    "closes no brace for the model: %s",
    (args) => {
      const { tool_calls, invalid_tool_calls } = call(args);
      expect(tool_calls).toEqual([]);
      expect(invalid_tool_calls).toMatchObject([
        { id: "c", name: "read", args, error: expect.stringMatching(/^they are no/) },
      ]);
    },
  );
});
