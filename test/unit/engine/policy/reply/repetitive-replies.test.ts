/** Models that fall into a loop repeat themselves for megabytes: reading that takes time in proportion, or nobody hears Ctrl-C. */
import { describe, expect, it } from "vitest";
import { readArguments } from "../../../../../engine/policy/reply/loose-json.ts";
import { unfinishedReply } from "../../../../../engine/policy/reply/unfinished.ts";
import { SpokenText, withoutThoughts } from "../../../../../engine/policy/reply/thoughts.ts";
import { writtenCalls } from "../../../../../engine/policy/reply/written-calls.ts";

const FACTS = { isText: true, hasTools: true, isResearch: true };
const TIMES = 30_000;
const repeated = (text: string): string => text.repeat(TIMES);
const BLANKS = " ".repeat(1_000_000);
const callsIn = (text: string) => writtenCalls(text, () => true)?.calls.length;

describe("a reply that repeats itself is read to its end", () => {
  it.each([`\`\`\`json\n{${BLANKS}x`, `\`\`\`${BLANKS}x\`\`\``])("of blanks in a code block", (text) => {
    expect(readArguments(text)).toBeUndefined();
    expect(writtenCalls(text, () => true)).toBeUndefined();
  });

  it.each([
    ["one call after the other", repeated('<tool_call>{"name":"a"}</tool_call>'), TIMES],
    ["calls that never end", repeated("<tool_call>{"), 0],
    ["calls whose text never ends", repeated('<tool_call>{"'), 0],
    ["tags that never end", "<search>unclosed", undefined],
    ["tags of which the last never ends", "<search>x</search>\n<search>y", undefined],
  ])("of %s", (_, text, calls) => {
    expect(callsIn(text)).toBe(calls);
  });

  it.each([
    ["openings amid a line", repeated("x<think>"), repeated("x<think>")],
    ["thoughts, one a line", repeated("\n<think>x</think>"), ""],
    ["ends of thoughts", repeated("x</think>"), ""],
  ])("of %s", (_, text, said) => {
    expect(withoutThoughts(text).length).toBe(said.length);
  });

  it.each(["a", "_", "1.", ":", "a.md:1-"])("of %s without an end, for a citation", (text) => {
    const kind = text === "a.md:1-" ? undefined : "uncited";
    expect(unfinishedReply(repeated(text.repeat(10)), FACTS)?.kind).toBe(kind);
  });

  it("of blanks, while it comes", () => {
    const spoken = new SpokenText();
    let shown = 0;
    for (let piece = 0; piece < 200_000; piece += 1) shown += spoken.take("    ").length;
    expect(shown + spoken.rest().length).toBe(800_000);
  });
});
