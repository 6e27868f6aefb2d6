import { AIMessage, HumanMessage, ToolMessage } from "@langchain/core/messages";
import { describe, expect, it } from "vitest";
import { usageOf } from "../../../../../adapters/models/openai/inspect-reply.ts";
import {
  conversationTokens,
  longestAnswer,
  outlineOf,
  promptLimit,
  referenceOf,
  shortened,
  uncounted,
} from "../../../../../engine/policy/context/compact.ts";

const opening = [new HumanMessage("x".repeat(2984))];
const asked = new AIMessage({
  ...{ id: "call-1", content: "", tool_calls: [{ id: "a", name: "read", args: {}, type: "tool_call" as const }] },
  additional_kwargs: { reasoning_content: "hm" },
  response_metadata: { usage: { prompt_tokens: 5000, completion_tokens: 40 }, model_name: "m" },
});
const answer = new ToolMessage({ tool_call_id: "a", name: "read", content: "y".repeat(279) });

describe("the size of a conversation", () => {
  it("is the provider's count, with what has come since", () => {
    const tokens = conversationTokens({ opening, messages: [asked, answer], toolBytes: 9000 }, { usageOf });
    expect(tokens).toBe(5000 + 40 + 100);
  });

  it("is estimated from the bytes where nobody has counted, or where the count no longer holds", () => {
    expect(conversationTokens({ opening, messages: [], toolBytes: 3000 }, { usageOf })).toBe(2000);
    const messages = [uncounted(asked), answer];
    const tokens = conversationTokens({ opening, messages, toolBytes: 3000 }, { usageOf });
    expect(tokens).toBeGreaterThan(2100);
    expect(tokens).toBeLessThan(2200);
  });

  it("keeps all of a message but its count", () => {
    const { id, tool_calls, additional_kwargs, response_metadata } = uncounted(asked);
    expect({ id, tool_calls, additional_kwargs, response_metadata }).toEqual({
      ...{ id: "call-1", tool_calls: asked.tool_calls, additional_kwargs: { reasoning_content: "hm" } },
      response_metadata: { model_name: "m" },
    });
  });
});

it("a prompt leaves room for the reply, a quarter of the window at most", () => {
  expect(promptLimit({ contextWindow: 8000, maxOutputTokens: 1000 })).toBe(7000);
  expect(promptLimit({ contextWindow: 8000, maxOutputTokens: 8000 })).toBe(6000);
});

it("tool answers of one turn take half of the window at most, and are never cut to nothing", () => {
  expect(longestAnswer({ contextWindow: 128_000 }, 1)).toBe(120_000);
  expect(longestAnswer({ contextWindow: 8000 }, 1)).toBe(8000);
  expect(longestAnswer({ contextWindow: 8000 }, 8)).toBe(2000);
  expect(longestAnswer({ contextWindow: 8000 }, 1000)).toBe(1000);
});

it("a long text is cut with a way to read on, where there is one", () => {
  const text = "0123456789".repeat(10);
  expect(shortened(text, 100, true)).toBe(text);
  expect(shortened(text, 10, true)).toBe(
    `0123456789\n[cut: 90 more characters; go on with read_result {"subtask":"${referenceOf(text)}","from_character":10}]`,
  );
  expect(shortened(text, 10, false)).toBe("0123456789\n[cut: 90 more characters]");
});

it("an outline says what was called and what came of it, the newest first to stay", () => {
  const long = new ToolMessage({ tool_call_id: "a", name: "read", content: "z".repeat(900) });
  const outline = outlineOf([asked, long], { room: 1000, canRead: true });
  expect(outline).toContain("You called read {}");
  expect(outline).toContain(`read answered (whole: ${referenceOf(long.text)}): zzz`);
  expect(outlineOf([asked, answer, asked, long], { room: 400, canRead: false })).toMatch(
    /^\[\d earlier lines left out\]\n/,
  );
});
