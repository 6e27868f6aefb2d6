import { describe, expect, it } from "vitest";
import { StreamedReply } from "../../../../../adapters/models/openai/streamed-reply.ts";
import { callsLeft } from "../../../../../engine/policy/reply/reply-message.ts";
import type { WireDelta, WireEvent, WireToolCall } from "../../../../../adapters/models/openai/streamed-reply.ts";

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

  it("may send very many calls: all are counted, and no more are handed on than one turn may have", () => {
    const reply = new StreamedReply({ keepsReasoning: true });
    for (let index = 0; index < 100_000; index += 1)
      reply.take(
        delta({ tool_calls: [{ index, id: `c${index}`, function: { name: "one", arguments: `{"n":${index}}` } }] }),
      );
    const { tool_calls, response_metadata } = reply.part("I look.").concat(reply.last(""));
    expect(tool_calls).toHaveLength(128);
    expect(tool_calls?.at(-1)).toMatchObject({ id: "c127", args: { n: 127 } });
    expect(callsLeft({ response_metadata })).toMatchObject({
      ...{ name: "one", args: '{"n":128}' },
      answer: expect.stringContaining("Of your 100000 calls"),
    });
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

  it("may send a name in pieces, where ids tell the calls apart", () => {
    expect(
      calls(
        { index: 0, id: "a", function: { name: "search_", arguments: "" } },
        { index: 0, function: { name: "documents" } },
        { index: 0, function: { arguments: '{"x":1}' } },
      ),
    ).toMatchObject([{ id: "a", name: "search_documents", args: { x: 1 } }]);
    expect(calls({ index: 0, function: { name: "one" } }, { index: 0, function: { name: "two" } })).toMatchObject([
      { name: "one" },
      { name: "two" },
    ]);
  });

  it("may give several answers, or one whose number is not 0: one is read, and none of the others", () => {
    const text = (...choices: [index: number, text: string][]): string => {
      const reply = new StreamedReply({ keepsReasoning: false });
      return choices.map(([index, content]) => reply.take({ choices: [{ index, delta: { content } }] })).join("");
    };
    expect(text([0, "a"], [1, "x"], [0, "b"], [1, "y"])).toBe("ab");
    expect(text([1, "a"], [1, "b"])).toBe("ab");
  });

  it("may answer as they did before there were messages", () => {
    const reply = new StreamedReply({ keepsReasoning: false });
    expect(reply.take({ choices: [{ text: "a" }] })).toBe("a");
  });

  it("may say their usage, and nothing but zeros at the end", () => {
    const reply = new StreamedReply({ keepsReasoning: false });
    reply.take({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 1 } });
    reply.take({ choices: [], usage: { prompt_tokens: 0, completion_tokens: 0 } });
    expect(reply.last("").usage_metadata).toMatchObject({ input_tokens: 3, output_tokens: 1 });
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

describe("tool calls in odd pieces", () => {
  const whole = (name: string, args: unknown) => ({ name, arguments: JSON.stringify(args) });
  const piece = (name: string, args: string) => ({ name, arguments: args });
  it.each<[string, WireToolCall[], [string, object][]]>([
    [
      "two under one index, without ids",
      [
        { index: 0, id: "", function: whole("one", { x: 1 }) },
        { index: 0, id: "", function: whole("two", {}) },
      ],
      [
        ["one", { x: 1 }],
        ["two", {}],
      ],
    ],
    [
      "one tool twice, without ids or index",
      [{ function: whole("one", { x: 1 }) }, { function: whole("one", { x: 2 }) }],
      [
        ["one", { x: 1 }],
        ["one", { x: 2 }],
      ],
    ],
    [
      "null in place of index and id",
      [
        { index: null, id: null, function: whole("one", {}) },
        { index: null, id: null, function: whole("two", {}) },
      ],
      [
        ["one", {}],
        ["two", {}],
      ],
    ],
    [
      "two calls without arguments",
      [{ function: piece("one", "") }, { function: piece("two", "") }],
      [
        ["one", {}],
        ["two", {}],
      ],
    ],
    [
      "the name with every piece",
      [
        { index: 0, function: piece("one", '{"x') },
        { index: 0, function: piece("one", '":1}') },
      ],
      [["one", { x: 1 }]],
    ],
    [
      "a new id with every piece",
      [
        { index: 0, id: "a", function: piece("one", '{"x') },
        { index: 0, id: "b", function: { arguments: '":1}' } },
      ],
      [["one", { x: 1 }]],
    ],
    [
      "a new index with every piece",
      [
        { index: 0, id: "a", function: piece("one", '{"x') },
        { index: 1, id: "a", function: { arguments: '":1}' } },
      ],
      [["one", { x: 1 }]],
    ],
    [
      "an index as text",
      [
        { index: "0", id: "a", function: piece("one", "{}") },
        { index: "1", id: "b", function: piece("two", '{"x"') },
        { index: "1", function: { arguments: ":1}" } },
      ],
      [
        ["one", {}],
        ["two", { x: 1 }],
      ],
    ],
    [
      "the arguments so far with every piece",
      [
        { index: 0, id: "a", function: piece("one", '{"x":') },
        { index: 0, id: "a", function: piece("one", '{"x":1}') },
      ],
      [["one", { x: 1 }]],
    ],
    [
      "the whole once more at the end",
      [
        { index: 0, id: "a", function: piece("one", '{"x":1}') },
        { index: 0, id: "a", function: piece("one", '{"x":1}') },
      ],
      [["one", { x: 1 }]],
    ],
    [
      "one id for two calls, interleaved",
      [
        { index: 0, id: "a", function: piece("one", "") },
        { index: 1, id: "a", function: piece("two", "") },
        { index: 0, function: { arguments: '{"x":1}' } },
        { index: 1, function: { arguments: '{"x":2}' } },
      ],
      [
        ["one", { x: 1 }],
        ["two", { x: 2 }],
      ],
    ],
    [
      "name and arguments without a function around them",
      [{ id: "a", name: "one", arguments: { x: 1 } }],
      [["one", { x: 1 }]],
    ],
  ])("are told apart and joined: %s", (_, pieces, expected) => {
    expect(calls(...pieces)?.map(({ name, args }) => [name, args])).toEqual(expected);
  });

  it("may be one that is no list, or the only one there could be", () => {
    const reply = new StreamedReply({ keepsReasoning: false });
    reply.take(delta({ tool_calls: { id: "a", function: whole("one", {}) } }));
    expect(reply.last("").tool_calls).toMatchObject([{ name: "one" }]);
    const old = new StreamedReply({ keepsReasoning: false });
    old.take(delta({ function_call: whole("one", { x: 1 }) }));
    expect(old.last("").tool_calls).toMatchObject([{ name: "one", args: { x: 1 } }]);
  });
});

describe("the text of a reply", () => {
  const textOf = (...events: WireEvent[]): string => {
    const reply = new StreamedReply({ keepsReasoning: false });
    return reply.last(events.map((event) => reply.take(event)).join("")).text;
  };

  it("may come as typed parts, of which thinking is none", () => {
    const parts = [
      { type: "thinking", thinking: [{ type: "text", text: "hm" }] },
      { type: "text", text: "Bees " },
      "make ",
      { text: "honey" },
      null,
      7,
    ];
    expect(textOf(delta({ content: parts }), delta({ content: { type: "text", text: "." } }))).toBe("Bees make honey.");
  });

  it("may come whole, where it did not come in pieces", () => {
    const message = { choices: [{ message: { content: "Bees." }, finish_reason: "stop" }] };
    expect(textOf(message)).toBe("Bees.");
    expect(textOf(delta({ content: "Bees." }), message)).toBe("Bees.");
  });

  it("is unharmed by choices, deltas and values of any kind", () => {
    const odd: unknown[] = [
      {},
      { choices: null },
      { choices: [null] },
      { choices: [{ delta: null }] },
      { choices: [{}] },
      { choices: 3 },
      delta({ content: 5 }),
    ];
    odd.push(
      { choices: [{ delta: { tool_calls: [null, 4, "x"] }, finish_reason: 3 }], id: 4, model: [] },
      { choices: [{ delta: "x" }] },
    );
    expect(textOf(...(odd as WireEvent[]), delta({ content: "Bees." }))).toBe("Bees.");
  });

  it("joins the halves of a character over pieces, and mends what has no other half", () => {
    const reply = new StreamedReply({ keepsReasoning: false });
    const pieces = [reply.part("a\ud83d"), reply.part("\udc1d b"), reply.part("\ud83d"), reply.last("c\udc1d")].map(
      ({ text }) => text,
    );
    expect(pieces).toEqual(["a", "\u{1f41d} b", "", "\ufffdc\ufffd"]);
  });

  it.each(["reasoning", "reasoning_content", "thinking", "thoughts_of_tomorrow"])(
    "counts %s as life, not as text",
    (field) => {
      const reply = new StreamedReply({ keepsReasoning: false });
      expect(reply.take(delta({ [field]: "hm hm" }))).toBe("");
      expect(reply.characters).toBe(5);
      reply.take(delta({ reasoning_details: [{ type: "reasoning.text", text: "hm" }] }));
      expect(reply.characters).toBeGreaterThan(5);
      const before = reply.characters;
      reply.take(delta({ role: "assistant", content: "", [field]: null, other: {} } as WireDelta));
      expect(reply.characters).toBe(before);
    },
  );
});
