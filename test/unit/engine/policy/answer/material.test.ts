import { AIMessage, HumanMessage } from "@langchain/core/messages";
import { describe, expect, it } from "vitest";
import {
  batchesOf,
  bytesOf,
  condensedPart,
  firstHalf,
  materialOf,
} from "../../../../../engine/policy/answer/material.ts";
import type { ResultExcerpt } from "../../../../../engine/ports/brief.ts";

const input = (subtask: string, output = `output of ${subtask}`): ResultExcerpt => ({
  subtask,
  title: `T ${subtask}`,
  detail: "full",
  output,
});
const reply = (id: string, text: string): AIMessage => new AIMessage({ id, content: text });
const outputs = (material: ReturnType<typeof materialOf>): string[] => material.pieces.map(({ output }) => output);

const inputs = ["a", "b", "c", "d"].map((id) => input(id));

describe("what is left to condense", () => {
  it("is all inputs, before there is a condensed part", () => {
    const material = materialOf(inputs, [new HumanMessage("a remark"), reply("x", "no part")]);
    expect(outputs(material)).toEqual(inputs.map(({ output }) => output));
    expect(material).toMatchObject({ parts: 0, largestTaken: 0 });
  });

  it("has a condensed part in the place of what it condenses", () => {
    const { pieces } = materialOf(inputs, []);
    const material = materialOf(inputs, [condensedPart(reply("x", "b and c"), pieces.slice(1, 3))]);
    expect(outputs(material)).toEqual(["output of a", "b and c", "output of d"]);
    expect(material).toMatchObject({ parts: 1, largestTaken: bytesOf(pieces.slice(1, 3)) });
    expect(material.pieces.map(({ level }) => level)).toEqual([0, 1, 0]);
  });

  it("keeps the order of the inputs, whichever call ended first", () => {
    const { pieces } = materialOf(inputs, []);
    const parts = [
      condensedPart(reply("x", "c, d"), pieces.slice(2)),
      condensedPart(reply("y", "a, b"), pieces.slice(0, 2)),
    ];
    expect(outputs(materialOf(inputs, parts))).toEqual(["a, b", "c, d"]);
  });

  it("knows what was condensed again", () => {
    const { pieces } = materialOf(inputs, []);
    const parts = [
      condensedPart(reply("x", "a, b"), pieces.slice(0, 2)),
      condensedPart(reply("y", "c, d"), pieces.slice(2)),
    ];
    const again = condensedPart(reply("z", "all"), materialOf(inputs, parts).pieces);
    const material = materialOf(inputs, [...parts, again]);
    expect(material.pieces).toMatchObject([{ output: "all", level: 2, detail: "condensed" }]);
  });

  it("holds the rest of an input of which a piece was condensed", () => {
    const long = [input("a", `${"one ".repeat(500)}${"two ".repeat(500)}`)];
    const half = firstHalf(materialOf(long, []).pieces)!;
    const material = materialOf(long, [condensedPart(reply("x", "ones"), half)]);
    expect(outputs(material)).toEqual(["ones", "two ".repeat(500)]);
  });
});

describe("batches", () => {
  const long = Array.from({ length: 10 }, (_, index) => input(`s${index}`, "word ".repeat(200)));

  it("are filled in order, none above the room", () => {
    const { pieces } = materialOf(long, []);
    const batches = batchesOf(pieces, 3500);
    expect(batches.map(({ length }) => length)).toEqual([3, 3, 3, 1]);
    expect(batches.flat()).toEqual(pieces);
    for (const batch of batches) expect(bytesOf(batch)).toBeLessThanOrEqual(3500);
  });

  it("hold pieces of what is larger than the room, and nothing is lost", () => {
    const { pieces } = materialOf([input("a", "智慧 ".repeat(4000))], []);
    const batches = batchesOf(pieces, 5000);
    for (const batch of batches) expect(bytesOf(batch)).toBeLessThanOrEqual(5000);
    expect(
      batches
        .flat()
        .map(({ output }) => output)
        .join(""),
    ).toBe(pieces[0]!.output);
  });

  it("of one are halved within it, until that is not worth a call", () => {
    const { pieces } = materialOf(long, []);
    expect(firstHalf(pieces)).toEqual(pieces.slice(0, 5));
    const half = firstHalf(pieces.slice(0, 1))!;
    expect(half[0]!.output).toBe("word ".repeat(100));
    expect(firstHalf(half)).toBeUndefined();
  });
});
