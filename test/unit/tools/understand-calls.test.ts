import { AIMessage, ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { fitAmounts, fitArguments } from "../../../tools/fit-arguments.ts";
import { callsOf } from "../../../tools/run-tool-calls.ts";
import { callsToApprove, understoodCalls } from "../../../tools/understand-calls.ts";

const schema = z.object({
  query: z.string(),
  limit: z.number().int().min(1).max(20).optional(),
  exact: z.boolean().optional(),
  paths: z.array(z.string()).optional(),
  where: z.object({ page: z.number() }).optional(),
  either: z.union([z.number(), z.string()]).optional(),
  maybe: z.number().nullable().optional(),
});
const search = tool(() => "", { name: "search_documents", description: "searches", schema });
const GRANTED = [search];

function understood(
  fields: ConstructorParameters<typeof AIMessage>[0] & object,
  before: ToolMessage[] = [],
): AIMessage {
  const message = new AIMessage({ content: "", ...fields });
  return understoodCalls(message, { granted: GRANTED, before, isResult: () => false });
}
const malformed = (args: string, name = "search_documents") => ({
  invalid_tool_calls: [{ type: "invalid_tool_call" as const, id: "c", name, args, error: "they are not JSON" }],
});
const call = (name: string, id = "c") => ({
  tool_calls: [{ type: "tool_call" as const, id, name, args: {} }],
});

describe("arguments", () => {
  it.each<[unknown, unknown]>([
    [
      { query: "a", limit: "5" },
      { query: "a", limit: 5 },
    ],
    [
      { query: "a", limit: "5.0", exact: "True" },
      { query: "a", limit: 5, exact: true },
    ],
    [{ query: "a", limit: null, exact: null }, { query: "a" }],
    [
      { query: 2024, paths: "a.md" },
      { query: "2024", paths: ["a.md"] },
    ],
    [
      { query: "a", paths: '["a.md", "b.md"]', where: '{"page": "3"}' },
      { query: "a", paths: ["a.md", "b.md"], where: { page: 3 } },
    ],
    [
      { query: "a", maybe: null, either: "7" },
      { query: "a", maybe: null, either: "7" },
    ],
    [
      { query: "a", maybe: "7" },
      { query: "a", maybe: 7 },
    ],
    [
      { Query: ["a"], limit: 2 },
      { query: "a", limit: 2 },
    ],
    [{ arguments: { query: "a" } }, { query: "a" }],
    [
      { name: "search_documents", parameters: '{"query": "a", "limit": "5"}' },
      { query: "a", limit: 5 },
    ],
  ])("are taken for what is meant: %j", (args, meant) => {
    expect(fitArguments(args as Record<string, unknown>, search)).toEqual(meant);
    expect(schema.safeParse(meant).success).toBe(true);
  });

  it.each([
    { query: null },
    { query: "a", limit: "five" },
    { query: "a", limit: "" },
    { query: "a", exact: "maybe" },
    { query: "a", limit: 50 },
    { query: { a: 1 } },
    { query: ["a", "b"] },
    { QUERY: "a", Query: "b" },
    { arguments: { query: "a" }, parameters: { query: "b" } },
    { arguments: { query: "a" }, page: 2 },
  ])("are left for the tool to refuse where that is not clear: %j", (args) => {
    expect(fitArguments(args as Record<string, unknown>, search)).toEqual(args);
    expect(schema.safeParse(args).success).toBe(false);
  });

  it("that say how much is shown are brought into their bounds", () => {
    expect(fitAmounts({ query: "a", limit: "100" }, search, new Map([["limit", 1]]))).toEqual({
      query: "a",
      limit: 100,
    });
    expect(fitAmounts({ query: "a", limit: 0 }, search, new Map([["limit", 1]]))).toEqual({ query: "a", limit: 1 });
  });

  it("do not reach a prototype", () => {
    const args = JSON.parse('{"__proto__": {"x": 1}, "query": "a"}') as Record<string, unknown>;
    expect((fitArguments(args, search) as { x?: number }).x).toBeUndefined();
  });
});

describe("calls", () => {
  it("stay the very message where there is nothing to understand", () => {
    const message = new AIMessage({ content: "", ...call("search_documents") });
    expect(understoodCalls(message, { granted: GRANTED, before: [], isResult: () => false })).toBe(message);
  });

  it("that were malformed in form alone become calls", () => {
    expect(understood(malformed("{'query': 'a',}"))).toMatchObject({
      tool_calls: [{ id: "c", name: "search_documents", args: { query: "a" } }],
      invalid_tool_calls: [],
    });
  });

  it("that cannot be read are told as they were sent, in a message that a server takes", () => {
    const message = understood(malformed('{"query": "a'));
    expect(message.tool_calls).toMatchObject([{ id: "c", name: "search_documents", args: {} }]);
    expect(callsOf(message)).toMatchObject([{ problem: 'they are not JSON. You sent: {"query": "a' }]);
    expect(callsOf(understood(malformed("x".repeat(100_000))))[0]?.problem?.length).toBeLessThan(2_100);
  });

  it.each([
    "functions.search_documents:0",
    "search_documents ",
    "searchDocuments",
    "search-documents",
    "tool.search_documents",
  ])("by the name %s are of the one tool that it can mean", (name) =>
    expect(understood(call(name)).tool_calls?.[0]?.name).toBe("search_documents"),
  );

  it.each([
    ["erase", "erase"],
    ["rm -rf /", "rm_-rf__"],
    ["", "unknown"],
    ["x".repeat(500), "x".repeat(64)],
  ])("of tools that are not there keep a name that a server takes back: %.20s", (name, plain) => {
    expect(understood(call(name)).tool_calls?.[0]?.name).toBe(plain);
  });

  it("have ids of their own, within the turn and before it", () => {
    const given = { tool_calls: [...call("search_documents").tool_calls, ...call("search_documents").tool_calls] };
    const before = [new ToolMessage({ content: "", tool_call_id: "c" })];
    expect(understood(given, before).tool_calls?.map(({ id }) => id)).toEqual(["c_2", "c_3"]);
    expect(understood(call("search_documents", "")).tool_calls?.[0]?.id).toBe("call_1");
  });

  it("of a text keep what was thought with it", () => {
    const content = '<function=search_documents>{"query": "a"}</function>';
    const message = understood({ content, additional_kwargs: { reasoning_content: "hm" } });
    expect(message).toMatchObject({
      content: "",
      additional_kwargs: { reasoning_content: "hm" },
      tool_calls: [{ args: { query: "a" } }],
    });
  });
});

describe("more calls than one turn may have", () => {
  const args = (page: number) => ({ query: "q".repeat(30), page });
  const many = Array.from({ length: 100_000 }, (_, page) => ({
    ...call("search_documents").tool_calls[0]!,
    args: args(page),
  }));

  it("are cut off, be there ever so many of one id; one answer tells of all the others", () => {
    const message = understood({ tool_calls: many });
    const calls = callsOf(message);
    expect(calls.map((each) => each.args)).toEqual(Array.from({ length: 129 }, (_, page) => args(page)));
    expect(new Set(calls.map(({ id }) => id)).size).toBe(129);
    const last = calls.at(-1)!;
    expect(calls.filter(({ problem }) => problem !== undefined)).toEqual([last]);
    expect(last.problem).toMatch(
      /^Of your 100000 calls the first 128 were carried out, as many as one turn may have\. /,
    );
    expect(last.problem).toContain(`Not carried out: search_documents(${JSON.stringify(args(128))}), search_doc`);
    expect(last.problem).toMatch(/, and 99\d{3} more\. Make again, in your next turns, those that you still need\.$/);
    expect(last.problem!.length).toBeLessThan(3_000);
    // As it goes to the model, and comes back from a checkpoint.
    expect(
      callsOf(
        understood({ tool_calls: message.tool_calls!.slice(0, 128), response_metadata: message.response_metadata }),
      ),
    ).toEqual(calls);
    expect(callsToApprove(calls, GRANTED, ["tool:search_documents"])).toHaveLength(128);
  });

  it("are all told where they are few, and none is missed at the bound", () => {
    expect(callsOf(understood({ tool_calls: many.slice(0, 128) })).map(({ problem }) => problem)).toEqual(
      Array(128).fill(undefined),
    );
    const { problem } = callsOf(understood({ tool_calls: many.slice(0, 130) })).at(-1)!;
    expect(problem).toContain(`"page":128}), search_documents(${JSON.stringify(args(129))}). Make again`);
  });

  it("may be written as text", () => {
    const text = '<tool_call>{"name": "search_documents", "arguments": {"query": "a"}}</tool_call>'.repeat(20_000);
    const calls = callsOf(understood({ content: text }));
    expect(calls).toHaveLength(129);
    expect(calls.at(-1)!.problem).toContain("Of your 20000 calls");
  });
});
