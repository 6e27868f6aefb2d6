import { describe, expect, it } from "vitest";
import { OFFLINE_NOTICE } from "../../../../../adapters/models/offline/offline-notice.ts";
import { condenseMessage, condenseSystemMessage } from "../../../../../engine/policy/prompts/synthesizer-prompt.ts";
import { synthesizerMessages, textOf } from "../../../../support/offline-prompts.ts";

const row = (item: string, licence: string | null) => ({
  group: "each-package",
  item: `lib/${item}`,
  output: JSON.stringify({
    item: `lib/${item}`,
    licence: licence === null ? null : { value: licence, citation: `"${licence}" [lib/${item}/package.json:3]` },
  }),
});
const EACH = "For each package: the licence";

describe("an answer", () => {
  it("ends with the notice that no language model was used, whatever it holds", () => {
    expect(textOf(synthesizerMessages("What is it?", [{ output: '"A queue." [a.md:1]' }]))).toBe(
      `"A queue." [a.md:1]\n\n${OFFLINE_NOTICE}`,
    );
    expect(textOf(synthesizerMessages("What is it?", []))).toBe(
      `NOT FOUND: no result answers the task\n\n${OFFLINE_NOTICE}`,
    );
    expect(OFFLINE_NOTICE).toContain("no language model was used");
  });

  it("has a heading for each of several questions, and none for one", () => {
    const text = textOf(
      synthesizerMessages("What is a? What is b?", [
        { title: "What is a?", output: '"A." [a.md:1]' },
        { title: "what is b?", output: '"B." [b.md:1]' },
      ]),
    );
    expect(text).toBe(`## What is a?\n\n"A." [a.md:1]\n\n## What is b?\n\n"B." [b.md:1]\n\n${OFFLINE_NOTICE}`);
  });

  it("says once what several results say", () => {
    const shard = (output: string) => ({ group: "by-folder", output });
    const text = textOf(
      synthesizerMessages("What is the limit?", [
        shard('"The limit of a queue is 300 tasks." [a.md:1]'),
        shard('"The limit of a queue is 300 tasks." [b.md:7]'),
        shard("Nothing found here."),
        shard('"A deadline stops the run." [c.md:2]'),
      ]),
    );
    expect(text.match(/300 tasks/g)).toHaveLength(1);
    expect(text).toContain('"A deadline stops the run." [c.md:2]');
    expect(text).not.toContain("Nothing found here");
  });

  it("says that nothing was found where no shard holds anything", () => {
    const shard = { group: "by-folder", output: "Nothing found here." };
    const text = textOf(synthesizerMessages("What is the limit?", [shard, shard]));
    expect(text).toBe(`NOT FOUND: the documents searched say nothing about the task\n\n${OFFLINE_NOTICE}`);
  });

  it("keeps fenced code whole", () => {
    const output = 'Use it:\n\n```js\nconst a = 1;\n\nconst b = 2;\n```\nSource: "const a = 1;" [a.md:3]';
    expect(textOf(synthesizerMessages("How?", [{ output }]))).toContain(output);
  });

  it("shows a summary document by document", () => {
    const part = (item: string) => ({ group: "summary", item, output: `- "About ${item}." [${item}:1]` });
    const text = textOf(synthesizerMessages("Summarise this folder", [part("docs/a.md"), part("docs/b.md")]));
    expect(text).toContain('### docs/a.md\n\n- "About docs/a.md." [docs/a.md:1]\n\n### docs/b.md');
  });
});

describe("a table", () => {
  it("has one row for each item, sorted, with the citations as they are and `not stated` for null", () => {
    expect(textOf(synthesizerMessages(EACH, [row("zed", "MIT"), row("a10", null), row("a2", "ISC")]))).toBe(
      [
        "| Package | Licence |",
        "| --- | --- |",
        '| a2 | "ISC" [lib/a2/package.json:3] |',
        "| a10 | not stated |",
        '| zed | "MIT" [lib/zed/package.json:3] |',
        "",
        OFFLINE_NOTICE,
      ].join("\n"),
    );
  });

  it("counts its values where it is long, and loses no row", () => {
    const rows = Array.from({ length: 300 }, (_, at) =>
      row(`p${at}`, at % 3 === 0 ? "ISC" : at % 100 === 1 ? null : "MIT"),
    );
    const text = textOf(synthesizerMessages(EACH, rows));
    expect(text).toContain("**300 packages.**\n- Licence: MIT (198), ISC (100), not stated (2)");
    expect(text.match(/^\| p\d+ \|/gm)).toHaveLength(300);
  });

  it("is the same from condensed parts as from the rows themselves", () => {
    const rows = Array.from({ length: 90 }, (_, at) => row(`p${at}`, at % 7 === 0 ? null : "MIT"));
    const excerpt = (part: typeof rows) =>
      part.map((one, at) => ({ subtask: `s${at}`, title: "t", detail: "full" as const, ...one }));
    const condensed = [rows.slice(0, 45), rows.slice(45)].map((part, at) => ({
      detail: "condensed" as const,
      output: textOf([
        condenseSystemMessage(EACH),
        condenseMessage({ subtask: `reduce-${at}`, results: excerpt(part) }),
      ]),
    }));
    expect(condensed[0]?.output).not.toContain(OFFLINE_NOTICE);
    expect(textOf(synthesizerMessages(EACH, condensed))).toBe(textOf(synthesizerMessages(EACH, rows)));
  });

  it("keeps pipes and line breaks in their cell, and blanks within quotes", () => {
    const output = JSON.stringify({ item: "x", licence: { value: "a|b\nc", citation: '"two  blanks" [a.md:1]' } });
    const text = textOf(synthesizerMessages(EACH, [{ item: "x", output }]));
    expect(text).toContain('| x | a\\|b c: "two  blanks" [a.md:1] |');
  });

  it("puts things that are compared side by side, with a row for every aspect asked", () => {
    const thing = (item: string, licence: string) => ({
      group: "thing",
      item,
      output: JSON.stringify({
        item,
        licence: { value: licence, citation: `"${licence}" [${item}.json:1]` },
        size: null,
      }),
    });
    const text = textOf(
      synthesizerMessages("Compare zed and abc by licence and size", [thing("zed", "MIT"), thing("abc", "ISC")]),
    );
    expect(text).toContain(
      [
        "|  | zed | abc |",
        "| --- | --- | --- |",
        '| Licence | "MIT" [zed.json:1] | "ISC" [abc.json:1] |',
        "| Size | not stated | not stated |",
      ].join("\n"),
    );
  });

  it("takes JSON that was cut for text", () => {
    expect(textOf(synthesizerMessages(EACH, [{ output: '{"item": "x", "lice' }]))).toContain('{"item": "x", "lice');
  });
});
