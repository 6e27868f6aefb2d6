import { AIMessage, HumanMessage, SystemMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { describe, expect, it } from "vitest";
import { costOf, inputTokenBound } from "../../../../../engine/policy/budget/estimate.ts";
import type { Reservation } from "../../../../../engine/policy/budget/ledger.ts";

const grows = (before: BaseMessage, after: BaseMessage): number =>
  inputTokenBound([after], 0) - inputTokenBound([before], 0);

describe("the bound of a call's input", () => {
  it.each([
    ["prose", "The quick brown fox jumps over the lazy dog. ".repeat(20)],
    ["code", "const x = (a: number): number => a ** 2;\n".repeat(20)],
    ["Chinese", "智能体集群在共享预算内并行工作。".repeat(20)],
    ["emoji", "👩‍👩‍👧‍👦🏳️‍🌈🧑🏽‍🚀".repeat(20)],
    ["rare bytes", Array.from({ length: 300 }, (_, index) => String.fromCodePoint(index * 37)).join("")],
  ])("is above what a tokenizer counts, for %s", (_, text) => {
    expect(inputTokenBound([new HumanMessage(text)], 0)).toBeGreaterThan(countTokens(text, { allowedSpecial: "all" }));
  });

  it("counts each message, its framing, and the tools", () => {
    const messages = [new SystemMessage("abc"), new HumanMessage("ü")];
    const bound = inputTokenBound(messages, 0);
    expect(bound).toBeGreaterThanOrEqual(5 + 2);
    expect(inputTokenBound(messages, 1000)).toBe(bound + 1000);
    expect(inputTokenBound([...messages, ...messages], 0)).toBe(2 * bound);
    expect(inputTokenBound([], 7)).toBe(7);
  });

  it("counts the arguments of tool calls, and content in parts", () => {
    const call = { name: "search", args: { query: "x".repeat(500) }, id: "1" };
    expect(grows(new AIMessage(""), new AIMessage({ content: "", tool_calls: [call] }))).toBeGreaterThan(500);
    const parts = new HumanMessage({ content: [{ type: "text", text: "x".repeat(500) }] });
    expect(grows(new HumanMessage(""), parts)).toBeGreaterThan(500);
  });

  it("counts reasoning that is replayed with an assistant's message", () => {
    const reasoning = new AIMessage({ content: "", additional_kwargs: { reasoning_content: "x".repeat(500) } });
    expect(grows(new AIMessage(""), reasoning)).toBeGreaterThanOrEqual(500);
  });

  it("counts the id that a tool's answer is sent with", () => {
    const short = new ToolMessage({ content: "ok", tool_call_id: "1" });
    const long = new ToolMessage({ content: "ok", tool_call_id: `call_${"x".repeat(200)}` });
    expect(grows(short, long)).toBeGreaterThanOrEqual(200);
  });
});

describe("the cost of a call of which its provider says nothing", () => {
  const reservation = { isCapped: true, inputTokens: 400, outputTokens: 100, steps: 1 } as Reservation;

  it("is all that was reserved, or what came, where that is more", () => {
    const failed = { kind: "failed", reach: "unknown", counted: undefined } as const;
    expect(costOf({ ...failed, characters: 40 }, reservation, undefined)).toMatchObject({ outputTokens: 100 });
    expect(costOf({ ...failed, characters: 4000 }, reservation, undefined)).toMatchObject({ outputTokens: 1000 });
    const message = new AIMessage("x".repeat(4000));
    const reply = { kind: "reply", message, counted: undefined } as const;
    expect(costOf(reply, reservation, undefined)).toMatchObject({ inputTokens: 400, outputTokens: 1000 });
  });

  it("is estimated without a cap, with what it calls tools with and what it has thought", () => {
    const message = new AIMessage({
      content: "",
      tool_calls: [{ name: "write", args: { content: "x".repeat(4000) }, id: "1" }],
      additional_kwargs: { reasoning_content: "x".repeat(400) },
    });
    const { outputTokens } = costOf(
      { kind: "reply", message, counted: undefined },
      { ...reservation, isCapped: false },
      undefined,
    );
    expect(outputTokens).toBeGreaterThanOrEqual(1100);
  });
});
