import { describe, expect, it } from "vitest";
import { itemGroups, missingItems, withItems, withRows, type Item } from "../../../../../engine/policy/answer/items.ts";
import { lookupOf, planOf, resultOf, subtaskOf } from "../../builders.ts";

const items = (...names: string[]): Item[] => names.map((item, at) => ({ subtask: `s${at}`, item, title: item }));
const lacking = (task: string, answer: string, ...names: string[]): string[] =>
  missingItems(task, answer, [items(...names)]).map(({ item }) => item);
const EACH = "What is each town known for?";

describe("items without a row", () => {
  it.each([
    ["a table", "| Town | For |\n| --- | --- |\n| Aa | a |\n| Bb | b, like Cc |", ["Cc"]],
    ["a list", "- Aa: a\n- **Bb**: b", ["Cc"]],
    ["headings", "## Aa\n\nSo.\n\n## Cc\n\nSo, near Bb.", ["Bb"]],
    ["prose", "Aa is known for a, and Cc for c.", ["Bb"]],
  ])("are found in %s", (_, answer, expected) => expect(lacking(EACH, answer, "Aa", "Bb", "Cc")).toEqual(expected));

  it("are known by their words, not by parts of others", () => {
    const answer = "| Town |\n| --- |\n| item 92 |\n| item 1 |\n| item 3 |";
    expect(lacking(EACH, answer, "item 9", "item 92", "item 1", "item 3")).toEqual(["item 9"]);
  });

  it("are known by the last name of a path, with or without its ending, in any case and emphasis", () => {
    const answer = "- `0001-first`\n- **Second.MD**\n- docs/third.md";
    expect(lacking(EACH, answer, "docs/0001-first.md", "docs/second.md", "docs/third.md", "docs/fourth.md")).toEqual([
      "docs/fourth.md",
    ]);
  });

  it("are none where the task asks for some of them, or for all together, and the answer is no list of them", () => {
    expect(lacking("Which of the towns is the largest?", "Aa is.", "Aa", "Bb", "Cc")).toEqual([]);
    expect(lacking("Summarise the towns.", "They are old.", "Aa", "Bb", "Cc")).toEqual([]);
    expect(lacking("Summarise the towns.", "- Aa: old\n- Bb: old", "Aa", "Bb", "Cc")).toEqual(["Cc"]);
  });
});

it("items are those of one forEach that are done and that nobody has built on", () => {
  const each = (id: string, group: string) => subtaskOf(id, { group, item: id });
  const plan = planOf(
    each("a1", "a"),
    each("a2", "a"),
    each("a3", "a"),
    each("b1", "b"),
    each("b2", "b"),
    subtaskOf("z", { dependsOn: ["b1", "b2"] }),
  );
  const lookup = lookupOf(
    ...["a1", "a2", "b1", "b2", "z"].map((id) => resultOf(id)),
    resultOf("a3", { outcome: "failed" }),
  );
  expect(itemGroups(plan, lookup).map((group) => group.map(({ item }) => item))).toEqual([["a1", "a2"]]);
});

describe("rows that come afterwards", () => {
  const table = "All of them:\n\n| Town | For |\n| --- | --- |\n| Aa | a |\n\nThat is all.";

  it("stand in the table where they fit, without its head again", () => {
    expect(withRows(table, "Here they are:\n\n| Town | For |\n| --- | --- |\n| Bb | b |")).toBe(
      "All of them:\n\n| Town | For |\n| --- | --- |\n| Aa | a |\n| Bb | b |\n\nThat is all.",
    );
  });

  it("stand below it where they do not", () => {
    expect(withRows(table, "| Bb | b | more |")).toBe(`${table}\n\n| Bb | b | more |`);
    expect(withRows("- Aa: a", "- Bb: b")).toBe("- Aa: a\n\n- Bb: b");
  });

  it("come from the results in the end, a paragraph each, with a word on it", () => {
    const lookup = lookupOf(resultOf("s0", { output: `Known for\nb.\n\n${"more ".repeat(500)}` }));
    expect(withItems("Aa: a", items("Bb"), { lookup, note: "1 of 2 were left out" })).toBe(
      "Aa: a\n\n1 of 2 were left out:\n\n- **Bb**: Known for b.",
    );
  });
});
