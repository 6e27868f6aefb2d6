import { describe, expect, it } from "vitest";
import { readBlocks } from "../../../../../adapters/models/offline/agent/blocks.ts";
import { jsonFacts } from "../../../../../adapters/models/offline/agent/json-facts.ts";
import { manifestFacts } from "../../../../../adapters/models/offline/agent/manifest-facts.ts";
import { quoted, quotedValue } from "../../../../../adapters/models/offline/agent/quoting.ts";
import { citationsIn } from "../../../../../engine/policy/prompts/citation-rule.ts";
import type { ReadDocument } from "../../../../../adapters/models/offline/agent/reading.ts";
import { unitsOf } from "../../../../../adapters/models/offline/agent/units.ts";
import { stemSet } from "../../../../../adapters/models/offline/text/words.ts";

function documentOf(path: string, text: string, first = 1): ReadDocument {
  const lines = text.split("\n").map((line, at) => ({ line: first + at, text: line }));
  return { path, rank: 0, totalLines: undefined, lines };
}
const kinds = (path: string, text: string) =>
  readBlocks(documentOf(path, text)).map(({ kind, lines }) => [kind, lines[0]?.text]);

describe("blocks", () => {
  it("are paragraphs, items, rows and code; badges and HTML are none", () => {
    const text =
      "# T\n\n<p align=center>\n![b](x)\n\nText\ngoes on.\n\n- item\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\ncode\n```";
    expect(kinds("a.md", text)).toEqual([
      ["prose", "Text"],
      ["item", "item"],
      ["row", "a | b"],
      ["row", "1 | 2"],
      ["code", "code"],
    ]);
  });

  it("know the headings above them, without badges and links", () => {
    const [block] = readBlocks(documentOf("a.md", "# [My *lib*](x) [![B][i]][u]\n\n## How\n\nText."));
    expect(block?.headings).toEqual(["My lib", "How"]);
  });

  it("take a bold label that runs into its paragraph for a heading", () => {
    const [unit] = unitsOf(documentOf("a.md", "# Title\n\n**Context.** It has to run."));
    expect(unit).toMatchObject({ headings: ["Title", "Context"], text: "It has to run." });
  });

  it("are the comments of a program, starred or not, its examples code", () => {
    const text =
      "/**\n * Adds a task.\n *\n * @example\n * ```js\n * add(1);\n * ```\n */\nadd(task) {}\n/*\n  Plain words here.\n*/";
    expect(kinds("a.js", text)).toEqual([
      ["prose", "Adds a task."],
      ["code", "add(1);"],
      ["code", "add(task) {}"],
      ["prose", "Plain words here."],
    ]);
  });

  it("that begin inside a fence are code until it closes", () => {
    const blocks = readBlocks(documentOf("a.md", "queue.add(1);\n```\n\nText of a sentence here.", 40));
    expect(blocks.map(({ kind }) => kind)).toEqual(["code", "prose"]);
  });
});

describe("sentences", () => {
  it("keep the line of each of their pieces", () => {
    const units = unitsOf(documentOf("a.md", "One sentence. Another that\nruns over lines, e.g. this. Third."));
    expect(units.map(({ pieces }) => pieces.map(({ line, text }) => `${line}: ${text}`))).toEqual([
      ["1: One sentence."],
      ["1: Another that", "2: runs over lines, e.g. this."],
      ["2: Third."],
    ]);
  });
});

describe("quotes", () => {
  const at = { path: "a.md", line: 3 };

  it("are letter by letter; what holds a quotation mark is shown beside its longest part", () => {
    expect(quoted([{ ...at, text: "Plain words." }])).toBe('"Plain words." [a.md:3]');
    expect(quoted([{ ...at, text: 'Say "yes" to the whole of it.' }])).toBe(
      'Say "yes" to the whole of it. ("to the whole of it." [a.md:3])',
    );
    expect(quoted([{ ...at, text: "a | longer part" }], "cell")).toBe('a / longer part ("longer part" [a.md:3])');
  });

  it("of values stand for each of their parts", () => {
    expect(quotedValue({ ...at, text: "^18 || >=20" })).toBe('"^18" [a.md:3] or ">=20" [a.md:3]');
  });

  it("never pass on a citation that a document pretends to make", () => {
    const text = quoted([{ ...at, text: 'It is "so" [b.md:1] indeed.' }]);
    expect(citationsIn(text).map(({ path }) => path)).toEqual(["a.md"]);
    expect(quoted([{ path: "odd].md", line: 1, text: "Words." }])).toBe("Words.");
    expect(quoted([{ path: "app/[id].md", line: 1, text: "Words." }])).toBe('"Words." [app/[id].md:1]');
  });
});

describe("facts", () => {
  it("are the pairs of JSON with the lines of key and value, in a part of it too", () => {
    const facts = jsonFacts(
      documentOf("p.json", '{\n "engines": { "node": ">=1" },\n "files": ["a",\n "b"],\n "x":\n  "cut'),
    );
    expect(facts.map(({ keys, value, line }) => [keys.join("."), value, line])).toEqual([
      ["engines.node", ">=1", 2],
      ["files.0", "a", 3],
      ["files.1", "b", 4],
    ]);
  });

  it("are those of TOML, YAML and front matter", () => {
    expect(
      manifestFacts(documentOf("Cargo.toml", '[package]\nlicense = "MIT"\n[dependencies]\nserde = "1"')),
    ).toMatchObject([
      { keys: ["license"], value: "MIT", line: 2 },
      { keys: ["dependencies", "serde"], value: "1", line: 4 },
    ]);
    expect(manifestFacts(documentOf("SKILL.md", "---\nname: cut\n---\n\nowner: nobody"))).toMatchObject([
      { keys: ["name"], value: "cut" },
    ]);
  });
});

describe("stems", () => {
  it("meet where words are related, and keep identifiers, their parts and versions", () => {
    expect([...stemSet("concurrency")]).toEqual([...stemSet("concurrent")]);
    expect([...stemSet("configured")]).toEqual([...stemSet("configuration")]);
    expect(stemSet("idleTimeoutMs")).toEqual(new Set(["idletimeoutms", "idl", "timeout", "ms"]));
    expect(stemSet("TOML v1.1.0").has("1.1")).toBe(true);
    expect([...stemSet("(sub)commands")]).toEqual([...stemSet("subcommand")]);
    expect([...stemSet("搜索引擎")]).toEqual(["搜索", "索引", "引擎"]);
  });
});
