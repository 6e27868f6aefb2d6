/** Laws of compaction: whatever the conversation is, calls and answers stay together, and what stays fits. */
import { AIMessage, HumanMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { bytesOf, compact, isReference, referenceOf, turnsOf } from "../../engine/policy/context/compact.ts";

const text = (most: number) =>
  fc
    .integer({ min: 0, max: most })
    .map((length) => "The mill has two wheels. ".repeat(Math.ceil(length / 25)).slice(0, length));
const answer = fc.oneof(text(500), text(20_000), fc.constant("日本".repeat(2000)));
const turn = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("calls" as const),
      said: text(300),
      answers: fc.array(answer, { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("told" as const), said: text(300) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("said" as const), said: text(300) }) },
);

const conversation = fc.array(turn, { maxLength: 25 }).map((turns) =>
  turns.flatMap((each, at): BaseMessage[] => {
    if (each.kind === "told") return [new HumanMessage({ content: each.said })];
    if (each.kind === "said") return [new AIMessage({ id: `call-${at}`, content: each.said })];
    // Ids repeat from turn to turn, as some providers have it.
    const calls = each.answers.map((_, index) => ({
      id: `search:${index}`,
      name: "search",
      args: { at, index },
      type: "tool_call" as const,
    }));
    const usage = { input_tokens: 10 + at, output_tokens: 1, total_tokens: 11 + at };
    return [
      new AIMessage({ id: `call-${at}`, content: each.said, tool_calls: calls, usage_metadata: usage }),
      ...each.answers.map(
        (content, index) => new ToolMessage({ tool_call_id: `search:${index}`, name: "search", content }),
      ),
    ];
  }),
);
const room = fc.record({ bytes: fc.integer({ min: 6000, max: 60_000 }), canRead: fc.boolean() });

/** As providers check it: each call is answered right behind its message, and nothing else is. */
function expectPaired(messages: readonly BaseMessage[]): void {
  for (const [first, ...answers] of turnsOf(messages)) {
    const asked = AIMessage.isInstance(first) ? (first.tool_calls ?? []).map(({ id }) => id) : [];
    expect(answers.map((message) => (message as ToolMessage).tool_call_id)).toEqual(asked);
  }
}

it("calls and their answers stay together or go together", () => {
  fc.assert(
    fc.property(conversation, room, (messages, given) => {
      const { messages: after, older } = compact(messages, given);
      expectPaired(after);
      expectPaired(older);
      expect(turnsOf(after).length + turnsOf(older).length).toBe(turnsOf(messages).length);
    }),
  );
});

it("what stays fits, with the summary that it leaves room for", () => {
  fc.assert(
    fc.property(conversation, room, (messages, given) => {
      const { messages: after, summaryCharacters } = compact(messages, given);
      expect(bytesOf(after) + summaryCharacters).toBeLessThanOrEqual(given.bytes);
    }),
  );
});

it("what need not change does not: order, ids, texts, and all of a conversation that fits", () => {
  fc.assert(
    fc.property(conversation, room, (messages, given) => {
      const { messages: after, older } = compact(messages, given);
      const same = messages.slice(older.length);
      expect(older).toEqual(messages.slice(0, older.length));
      expect(after.map(({ id, type }) => [id, type])).toEqual(same.map(({ id, type }) => [id, type]));
      const changed = after.filter(({ content }, index) => content !== same[index]?.content);
      expect(changed.every((message) => ToolMessage.isInstance(message))).toBe(true);
      for (const message of changed)
        expect(message.text.length).toBeLessThan(same[after.indexOf(message)]?.text.length ?? 0);
      const fits = bytesOf(messages) <= given.bytes;
      expect(changed.length + older.length > 0).toBe(!fits);
    }),
  );
});

it("nothing is lost: the whole of each text that was cut is kept under the reference that stands for it", () => {
  fc.assert(
    fc.property(conversation, room, (messages, given) => {
      const { messages: after, texts, older } = compact(messages, given);
      const kept = new Set(texts.map(referenceOf));
      for (const [index, message] of after.entries()) {
        const before = messages[older.length + index]!;
        if (message.content === before.content) continue;
        expect(kept.has(referenceOf(before.text))).toBe(true);
        const reference = /read_result (\{.*\})\]$/.exec(message.text)?.[1];
        expect(reference === undefined).toBe(!given.canRead);
        if (reference === undefined) continue;
        const { subtask, from_character } = JSON.parse(reference) as { subtask: string; from_character: number };
        expect(isReference(subtask) && kept.has(subtask)).toBe(true);
        const head = message.text.slice(0, from_character);
        expect(head + before.text.slice(from_character)).toBe(before.text);
      }
    }),
  );
});

it("a step that runs again decides alike, and what is compacted is not compacted again", () => {
  fc.assert(
    fc.property(conversation, room, (messages, given) => {
      const once = compact(messages, given);
      expect(compact(messages, given)).toEqual(once);
      const again = compact(once.messages, given);
      expect(again.older).toEqual([]);
      expect(again.texts).toEqual([]);
      expect(again.messages.map(({ content }) => content)).toEqual(once.messages.map(({ content }) => content));
    }),
  );
});
