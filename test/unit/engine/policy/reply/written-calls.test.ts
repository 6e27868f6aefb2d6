import { describe, expect, it } from "vitest";
import { hasWrittenCall, writtenCalls } from "../../../../../engine/policy/reply/written-calls.ts";

const json = '{"query": "pump", "limit": 5}';
const isTool = (name: string): boolean => name === "search" || name === "functions.search:0";
const args = { query: "pump", limit: 5 };
const texts = { query: "pump", limit: "5" };

describe("a call written as text", () => {
  it.each<[string, string, string, object]>([
    ["Hermes", `<tool_call>\n{"name": "search", "arguments": ${json}}\n</tool_call>`, "search", args],
    ["Hermes, not closed", `<tool_call>{"name": "search", "arguments": ${json}}`, "search", args],
    [
      "Hermes, encoded twice",
      `<tool_call>{"name":"search","arguments":${JSON.stringify(json)}}</tool_call>`,
      "search",
      args,
    ],
    [
      "Qwen",
      "<tool_call>\n<function=search>\n<parameter=query>\npump\n</parameter>\n<parameter=limit>\n5\n</parameter>\n</function>\n</tool_call>",
      "search",
      texts,
    ],
    ["Llama", `<function=search>${json}</function>`, "search", args],
    ["Llama's tag", `<|python_tag|>{"name": "search", "parameters": ${json}}`, "search", args],
    [
      "Kimi",
      `<|tool_calls_section_begin|><|tool_call_begin|>functions.search:0<|tool_call_argument_begin|>${json}<|tool_call_end|><|tool_calls_section_end|>`,
      "functions.search:0",
      args,
    ],
    [
      "DeepSeek",
      `<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>search\n\`\`\`json\n${json}\n\`\`\`<｜tool▁call▁end｜><｜tool▁calls▁end｜>`,
      "search",
      args,
    ],
    [
      "DeepSeek, later",
      `<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>search<｜tool▁sep｜>${json}<｜tool▁call▁end｜>`,
      "search",
      args,
    ],
    [
      "DeepSeek, its own markup",
      '<｜DSML｜function_calls><｜DSML｜invoke name="search"><｜DSML｜parameter name="query" string="true">pump</｜DSML｜parameter><｜DSML｜parameter name="limit">5</｜DSML｜parameter></｜DSML｜invoke></｜DSML｜function_calls>',
      "search",
      texts,
    ],
    [
      "GLM",
      "<tool_call>search\n<arg_key>query</arg_key>\n<arg_value>pump</arg_value>\n<arg_key>limit</arg_key>\n<arg_value>5</arg_value>\n</tool_call>",
      "search",
      texts,
    ],
    ["Mistral", `[TOOL_CALLS][{"name": "search", "arguments": ${json}}]`, "search", args],
    ["Mistral, later", `[TOOL_CALLS]search[ARGS]${json}`, "search", args],
    [
      "Claude",
      '<function_calls>\n<invoke name="search">\n<parameter name="query">pump</parameter>\n<parameter name="limit">5</parameter>\n</invoke>\n</function_calls>',
      "search",
      texts,
    ],
    [
      "MiniMax",
      '<minimax:tool_call><invoke name="search"><parameter name="query">pump</parameter><parameter name="limit">5</parameter></invoke></minimax:tool_call>',
      "search",
      texts,
    ],
    [
      "gpt-oss",
      `<|channel|>commentary to=functions.search:0 <|constrain|>json<|message|>${json}<|call|>`,
      "functions.search:0",
      args,
    ],
    ["Granite", `<|tool_call|>[{"name": "search", "arguments": ${json}}]`, "search", args],
    ["JSON", `{"name": "search", "parameters": ${json}}`, "search", args],
    ["JSON in a code block", `\`\`\`json\n{"name": "search", "arguments": ${json}}\n\`\`\``, "search", args],
    [
      "JSON of the protocol",
      `{"tool_calls": [{"id": "x", "type": "function", "function": {"name": "search", "arguments": ${JSON.stringify(json)}}}]}`,
      "search",
      args,
    ],
    ["JSON of an action", `{"action": "search", "action_input": ${json}}`, "search", args],
  ])("is read in the dialect of %s", (_, text, name, expected) => {
    expect(writtenCalls(text, isTool)?.calls).toMatchObject([{ name, args: expected }]);
    // JSON alone is a call only where there is nothing else.
    const said = text.startsWith("{") ? undefined : { text: "I will look.", calls: [{ name }] };
    const behind = writtenCalls(`I will look.\n${text}`, isTool);
    expect(behind && { text: behind.text, calls: behind.calls.map((call) => ({ name: call.name })) }).toEqual(said);
  });

  it("may be several", () => {
    const one = (query: string): string =>
      `<tool_call>{"name":"search","arguments":{"query":"${query}"}}</tool_call>\n`;
    expect(writtenCalls(one("a") + one("b"), isTool)?.calls.map((call) => call.args)).toEqual([
      { query: "a" },
      { query: "b" },
    ]);
    expect(writtenCalls(`<function=search>{"query":"a"}<function=search>{"query":"b"}`, isTool)?.calls).toHaveLength(2);
  });

  it.each<[string, string]>([
    ["Python", 'search(query="pump", limit=5)'],
    ["a list of Python", '[search(query="pump", limit=5)]'],
    ["Python behind a tag", "<|python_tag|>search.call(query='pump', limit=5)"],
    ["Gemma", '```tool_code\nprint(search(query="pump", limit=5))\n```'],
    ["ReAct", `Thought: I will look.\nAction: search\nAction Input: ${json}`],
    ["words", `I will look.\n[Calling tool: search with ${json}]`],
    ["words, and no brackets", `Calling search with arguments ${json}`],
    ["a name and its arguments", `I will look.\n\nsearch ${json}`],
    ["ReAct, with an observation of its own", `Action: search\nAction Input: ${json}\nObservation: 40 litres.`],
  ])("is read in the dialect of %s, where there is such a tool", (_, text) => {
    expect(writtenCalls(text, isTool)?.calls).toMatchObject([{ name: "search", args }]);
    expect(writtenCalls(text, () => false)?.calls ?? []).toEqual([]);
  });

  it("may stand in tags that are named as the tool and its arguments, one behind the other", () => {
    const one = (query: string): string => `<search>\n<query>${query}</query>\n<limit>5</limit>\n</search>\n`;
    const said = writtenCalls(`I will look.\n${one("a < b")}${one("c")}`, isTool);
    expect(said).toMatchObject({
      text: "I will look.",
      calls: [{ args: { query: "a < b", limit: "5" } }, { args: { query: "c" } }],
    });
    expect(writtenCalls(`<search>${json}</search>`, isTool)?.calls).toMatchObject([{ name: "search", args }]);
    expect(writtenCalls(one("a"), () => false)).toBeUndefined();
  });

  it("as Python writes them may hold brackets, equal signs and blanks in their texts", () => {
    const said = "[search(query='a = (b), \\'c\\''), search(query=\"d\", tags=['x', 'y'], deep=None)]";
    expect(writtenCalls(said, isTool)?.calls.map((call) => call.args)).toEqual([
      { query: "a = (b), 'c'" },
      { query: "d", tags: ["x", "y"], deep: null },
    ]);
  });

  it("that cannot be read is none that runs, but is seen", () => {
    expect(writtenCalls('<function=search>{"query": "pu', isTool)?.calls).toMatchObject([
      { name: "search", args: undefined, raw: 'search {"query": "pu' },
    ]);
    expect(writtenCalls("<tool_call>look for pumps</tool_call>", isTool)?.calls).toEqual([]);
    expect(hasWrittenCall("<|python_tag|>search.call(query='pump')")).toBe(true);
  });
});

describe("a text that is no call", () => {
  it.each([
    "The pump delivers 40 litres.",
    '{"name": "Pump P-7", "litres": 40}',
    '{"name": "Pump", "parameters": {"litres": 40}, "unit": "l"}',
    "Hermes writes `<tool_call>` before a call.",
    'An example:\n```\n<tool_call>{"name": "search", "arguments": {}}</tool_call>\n```\nThat is all.',
    "[1, 2]",
    'The call search(query="pump") found nothing.',
    'search(query="pump") found nothing.',
    'search {"query": "pump"} found nothing.',
    'It was found by the search {"query": "pump"}',
    "<search>\n<query>pump</query>\n</search>\nfound nothing.",
    "An example:\n```\n<search><query>pump</query></search>\n```",
    'An example:\n```\nAction: search\nAction Input: {"query": "pump"}\n```\nThat is all.',
    "Action: search\nThe pump is to be looked at.",
    "[]",
    "{",
    `An example:\n\`\`\`json\n{"name": "Pump", "arguments": {}}\n\`\`\``,
  ])("stays a text: %.50j", (text) => {
    expect(writtenCalls(text, isTool)).toBeUndefined();
    expect(hasWrittenCall(text)).toBe(false);
  });
});
