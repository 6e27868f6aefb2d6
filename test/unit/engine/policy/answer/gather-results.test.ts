import { describe, expect, it } from "vitest";
import {
  fit,
  fitPrompt,
  gatherInputs,
  gatherResults,
  promptSizeOf,
  sizeOf,
} from "../../../../../engine/policy/answer/gather-results.ts";
import { findCitations } from "../../../../../engine/policy/prompts/citation-rule.ts";
import type { ResultExcerpt } from "../../../../../engine/ports/brief.ts";
import type { SubtaskResult } from "../../../../../state/lane-record.ts";
import type { Subtask } from "../../../../../state/plan.ts";
import { lookupOf, planOf, resultOf, subtaskOf } from "../../builders.ts";

const ROOM = 1_000_000;
const reduce = (id: string, dependsOn: string[]): Subtask => subtaskOf(id, { role: "reduce", dependsOn });
const excerpt = (output: string): ResultExcerpt => ({ subtask: "s", title: "T", detail: "full", output });
const shown = (subtasks: Subtask[], results: SubtaskResult[]): string[] =>
  gatherResults(planOf(...subtasks), lookupOf(...results), ROOM).map(({ subtask, detail }) => `${subtask} ${detail}`);

describe("what the synthesizer is given", () => {
  it("is every result in full, in plan order, with title, group and item", () => {
    const subtasks = [subtaskOf("b", { title: "B", group: "g", item: "i" }), subtaskOf("a")];
    const excerpts = gatherResults(planOf(...subtasks), lookupOf(resultOf("a"), resultOf("b")), ROOM);
    expect(excerpts[0]).toEqual({
      subtask: "b",
      title: "B",
      group: "g",
      item: "i",
      detail: "full",
      output: "output of b",
    });
    expect(excerpts[1]).toMatchObject({ subtask: "a", detail: "full" });
  });

  it("leaves out what is not done, whatever output it left behind, and what has none", () => {
    const subtasks = ["a", "b", "c", "d"].map((id) => subtaskOf(id));
    const results = [resultOf("a"), resultOf("b", { outcome: "infra" }), resultOf("c", { output: "" })];
    expect(shown(subtasks, results)).toEqual(["a full"]);
  });

  it("is in full too what others have built on, with their names", () => {
    const subtasks = [subtaskOf("a"), subtaskOf("b", { dependsOn: ["a"] }), subtaskOf("c", { dependsOn: ["a"] })];
    const results = [resultOf("a", { output: "x".repeat(5000) }), resultOf("b"), resultOf("c", { outcome: "failed" })];
    const [first, second] = gatherResults(planOf(...subtasks), lookupOf(...results), ROOM);
    expect(first).toMatchObject({ detail: "full", usedBy: "b", output: "x".repeat(5000) });
    expect(second).not.toHaveProperty("usedBy");
  });

  it("is shortened where it does not fit, and first what others have built on", () => {
    const subtasks = [subtaskOf("a"), subtaskOf("b"), subtaskOf("c", { dependsOn: ["a"] })];
    const output = "A sentence of some length.\n\n".repeat(200);
    const results = ["a", "b", "c"].map((id) => resultOf(id, { output }));
    const excerpts = gatherResults(planOf(...subtasks), lookupOf(...results), 2.5 * output.length);
    expect(excerpts.map(({ detail }) => detail)).toEqual(["shortened", "full", "full"]);
    expect(excerpts[0]?.output).toMatch(/A sentence of some length\.\n\[cut: \d+ more characters, from \d+ on\]$/);
    expect(promptSizeOf(excerpts)).toBeLessThanOrEqual(2.5 * output.length + 100);
    const all = gatherResults(planOf(...subtasks), lookupOf(...results), output.length);
    expect(all.map(({ detail }) => detail)).toEqual(["shortened", "shortened", "shortened"]);
  });

  it("takes a condensed part in place of what it condenses", () => {
    const subtasks = [subtaskOf("a"), subtaskOf("b"), subtaskOf("c"), reduce("r", ["a", "b"])];
    const results = ["a", "b", "c", "r"].map((id) => resultOf(id));
    expect(shown(subtasks, results)).toEqual(["c full", "r condensed"]);
  });

  it("takes the inputs themselves where a reduce node passed them through or failed", () => {
    const subtasks = [subtaskOf("a"), subtaskOf("b"), reduce("r", ["a"]), reduce("q", ["b"])];
    const results = [resultOf("a"), resultOf("b"), resultOf("r", { output: "" }), resultOf("q", { outcome: "budget" })];
    expect(shown(subtasks, results)).toEqual(["a full", "b full"]);
  });

  it("takes nothing twice where a node above condensed what the node below passed through", () => {
    const subtasks = [subtaskOf("a"), subtaskOf("b"), reduce("low", ["a"]), reduce("lower", ["b"])];
    subtasks.push(reduce("high", ["low", "lower"]));
    const results = [
      resultOf("a"),
      resultOf("b"),
      resultOf("low", { output: "" }),
      resultOf("lower"),
      resultOf("high"),
    ];
    expect(shown(subtasks, results)).toEqual(["high condensed"]);
  });

  it("still gives what a failed node below kept from the node above", () => {
    const subtasks = [subtaskOf("a"), subtaskOf("b"), reduce("low", ["a"]), reduce("lower", ["b"])];
    subtasks.push(reduce("high", ["low", "lower"]));
    const results = [resultOf("a"), resultOf("b"), resultOf("low", { outcome: "infra", output: "" })];
    results.push(resultOf("lower"), resultOf("high"));
    expect(shown(subtasks, results)).toEqual(["a full", "high condensed"]);
  });
});

describe("what a reduce node is given", () => {
  it("is its inputs that are done, in plan order, in full, those behind a passing node included", () => {
    const subtasks = ["a", "b", "c", "d"].map((id) => subtaskOf(id));
    const low = reduce("low", ["b", "a"]);
    const high = reduce("high", ["low", "c", "d"]);
    const results = [resultOf("a"), resultOf("b"), resultOf("c", { outcome: "stalled" }), resultOf("d")];
    const lookup = lookupOf(...results, resultOf("low", { output: "" }));
    const plan = planOf(...subtasks, low, high);
    expect(gatherInputs(plan, low, lookup).map(({ subtask }) => subtask)).toEqual(["a", "b"]);
    expect(gatherInputs(plan, high, lookup).map(({ subtask }) => subtask)).toEqual(["d", "a", "b"]);
    const condensed = gatherInputs(plan, high, lookupOf(...results, resultOf("low")));
    expect(condensed.map(({ subtask, detail }) => [subtask, detail])).toEqual([
      ["d", "full"],
      ["low", "condensed"],
    ]);
  });
});

describe("the room for results", () => {
  it("is measured in bytes", () => {
    expect(sizeOf([excerpt("abc"), excerpt("ü€")])).toBe(3 + 5);
  });

  it("is not touched where all fit", () => {
    const all = [excerpt("abc"), excerpt("def")];
    expect(fit(all, 6)).toBe(all);
  });

  it("is shared by need: short ones stay whole, and the text says how much is missing, and from where", () => {
    const [long, short] = fit([excerpt("x".repeat(1000)), excerpt("short")], 400);
    expect(long?.output).toBe(`${"x".repeat(353)}\n[cut: 647 more characters, from 353 on]`);
    expect(short?.output).toBe("short");
  });

  it("is never made by cutting a citation in two", () => {
    const cited = 'The pump hums. "words of the document that are quoted here" [docs/pump.md:3-4] and more.';
    for (let room = 15; room < Buffer.byteLength(cited); room += 1) {
      const [cut] = fit([excerpt(cited)], room);
      const kept = cut?.output.split("\n[cut")[0] ?? "";
      expect(cited.startsWith(kept)).toBe(true);
      expect([0, 1]).toContain(findCitations(kept).length);
      expect(kept.includes('"w')).toBe(kept.includes("3-4]"));
    }
  });

  it.each(["x", "ü", "智", "😀"])("holds for text of the character %s, which is never cut in two", (character) => {
    const all = Array.from({ length: 5 }, () => excerpt(character.repeat(2000)));
    const cut = fit(all, 2000);
    expect(sizeOf(cut)).toBeLessThanOrEqual(2000 + 5 * 40);
    expect(sizeOf(cut)).toBeGreaterThan(1900);
    for (const { output } of cut) {
      expect(output.isWellFormed()).toBe(true);
      expect(output).not.toContain("\uFFFD");
      expect(output.split("\n")[0]).toMatch(new RegExp(`^${character}+$`, "u"));
    }
  });
});

describe("the room in a prompt", () => {
  const many = (count: number, output: string): ResultExcerpt[] =>
    Array.from({ length: count }, (_, index) => ({
      subtask: `s${index}`,
      title: `T${index};`,
      detail: "full",
      output,
    }));

  it("counts the markup, and touches nothing where all fits", () => {
    const all = many(10, "short");
    expect(promptSizeOf(all)).toBeGreaterThan(sizeOf(all) + 10 * 40);
    expect(fitPrompt(all, promptSizeOf(all))).toBe(all);
  });

  it("is kept by cutting outputs", () => {
    const cut = fitPrompt(many(10, "x".repeat(5000)), 10_000);
    expect(cut).toHaveLength(10);
    expect(promptSizeOf(cut)).toBeLessThanOrEqual(10_000 + 10 * 40);
  });

  it("is kept for very many results by a line for each, none left out", () => {
    const all = many(2000, "a result of some length, which says something");
    for (const bytes of [200_000, 100_000, 60_000]) {
      const cut = fitPrompt(all, bytes);
      expect(promptSizeOf(cut)).toBeLessThanOrEqual(1.1 * bytes);
      expect(cut.length).toBeLessThan(1000);
    }
    const text = fitPrompt(all, 150_000)
      .map(({ output }) => output)
      .join("\n");
    for (const { title } of all) expect(text).toContain(title);
  });
});
