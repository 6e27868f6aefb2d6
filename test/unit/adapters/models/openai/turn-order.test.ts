import { describe, expect, it } from "vitest";
import { AIMessage, HumanMessage, SystemMessage, ToolMessage } from "@langchain/core/messages";
import { inTurns } from "../../../../../adapters/models/openai/wire-request.ts";
import { ask, scene } from "./conversation.ts";

const call = new AIMessage({ content: "", tool_calls: [{ name: "search", args: {}, id: "c1" }] });
const answer = new ToolMessage({ content: "found", tool_call_id: "c1" });

describe("the turns of a conversation", () => {
  it("reach the endpoint with no user behind a tool's answer, and no user twice in a row", async () => {
    const { model, requests } = await scene([{ content: "a" }]);
    const opening = [new SystemMessage("s"), new HumanMessage("do it"), new HumanMessage("what was before")];
    const said = [call, answer, new HumanMessage("one file has changed"), new HumanMessage("this is your last step")];
    await ask(model, { messages: [...opening, ...said] });
    const { messages } = requests[0] as unknown as { messages: { role: string; content: string }[] };
    expect(messages.map(({ role }) => role)).toEqual(["system", "user", "assistant", "tool"]);
    expect(messages[1]?.content).toBe("do it\n\nwhat was before");
    expect(messages[3]).toEqual({
      ...{ role: "tool", tool_call_id: "c1" },
      content: "found\n\none file has changed\n\nthis is your last step",
    });
  });

  it("stay as they are where they alternate, and where a message is more than text", () => {
    const plain = [
      new SystemMessage("s"),
      new HumanMessage("h"),
      call,
      answer,
      new AIMessage("a"),
      new HumanMessage("h"),
    ];
    expect(inTurns(plain)).toEqual(plain);
    const image = new HumanMessage({ content: [{ type: "image_url", image_url: { url: "data:," } }] });
    expect(inTurns([call, answer, image])).toEqual([call, answer, image]);
  });
});
