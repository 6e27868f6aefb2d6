import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { EMPTY_CHAIN, GENESIS, link } from "../../../../engine/journal/chain.ts";
import { brokenAt } from "../../../support/journal-lines.ts";
import type { JournalEntry, JournalKind, JournalLine } from "../../../../engine/journal/events.ts";

const facts = { run: "run", at: "2026-01-01T00:00:00.000Z" };
/** The chain holds whatever a line says. */
type Anything = { kind: JournalKind; subtask?: string; attempt?: number; data: Record<string, unknown> };
const linked = (entry: Anything, head: JournalLine | typeof EMPTY_CHAIN): JournalLine =>
  link(entry as unknown as JournalEntry, head, facts);
function chainOf(...entries: Anything[]): JournalLine[] {
  const lines: JournalLine[] = [];
  for (const entry of entries) lines.push(linked(entry, lines.at(-1) ?? EMPTY_CHAIN));
  return lines;
}
const three = (): JournalLine[] =>
  chainOf(
    { kind: "run-start", data: { task: "x" } },
    { kind: "attempt-start", subtask: "s1", attempt: 1, data: {} },
    { kind: "run-end", data: { status: "complete" } },
  );
/** What a reader gets: the line as it was written to the file. */
const reread = (line: JournalLine): JournalLine => JSON.parse(JSON.stringify(line)) as JournalLine;

describe("a line of the journal", () => {
  it("has the fields of the contract, and those of the lane where there is one", () => {
    const [first, second] = three();
    expect(Object.keys(first ?? {})).toEqual(["at", "data", "hash", "kind", "prev", "run", "seq"]);
    expect(second).toMatchObject({ seq: 2, run: "run", subtask: "s1", attempt: 1, prev: first?.hash });
    expect(first?.prev).toBe(GENESIS);
  });

  it("has the SHA-256 of its canonical form, whatever the order of its keys", () => {
    const canonical = `{"at":"${facts.at}","data":{"task":"x"},"kind":"run-start","prev":"${GENESIS}","run":"run","seq":1}`;
    expect(three()[0]?.hash).toBe(createHash("sha256").update(canonical).digest("hex"));
    const [one] = chainOf({ kind: "plan", data: { a: 1, b: { c: 2, d: 3 } } });
    const [other] = chainOf({ kind: "plan", data: { b: { d: 3, c: 2 }, a: 1 } });
    expect(one?.hash).toBe(other?.hash);
  });

  it("is written in the order of RFC 8785: its text without the hash is what was hashed", () => {
    for (const line of chainOf(
      { kind: "tool-call", data: { zeta: [{ b: 1, a: '","hash":"' }], alpha: { hash: "x", "\u20ac": "\u2028" } } },
      { kind: "tool-call", subtask: '","hash":"', attempt: 1, data: { "\u{1f41d}": 1, "\ufb33": 2 } },
    )) {
      const hashed = JSON.stringify(line).replace(`,"hash":"${line.hash}"`, "");
      expect(line.hash).toBe(createHash("sha256").update(hashed).digest("hex"));
    }
  });

  it("leaves out what is undefined, as JSON does", () => {
    const [line] = chainOf({ kind: "plan", data: { a: undefined, list: [undefined, null], nested: { b: undefined } } });
    expect(line?.data).toEqual({ list: [null, null], nested: {} });
    expect(Object.keys(line?.data ?? {})).not.toContain("a");
  });

  it.each([
    ["lone surrogates in a value", { text: "a\ud800b" }],
    ["lone surrogates in a name", { "k\udc00": 1, nested: [{ "\ud83d": "x" }] }],
    ["numbers that JSON does not have", { left: Infinity, mean: NaN, list: [-Infinity] }],
    ["a name that objects have", JSON.parse('{"__proto__":{"x":1},"constructor":1}') as Record<string, unknown>],
    ["control characters and separators", { text: "\u0000\u001f\u2028\r\n" }],
    ["negative zero and long numbers", { zero: -0, long: 1e21, small: 1e-7 }],
  ])("survives being written and read with %s", (_, data) => {
    const lines = chainOf({ kind: "tool-call", data }, { kind: "run-end", data: {} });
    expect(brokenAt(lines.map(reread))).toBeUndefined();
  });
});

describe("a chain", () => {
  it("is whole as it was made, and empty", () => {
    expect(brokenAt(three().map(reread))).toBeUndefined();
    expect(brokenAt([])).toBeUndefined();
  });

  it("is whole in another order of keys", () => {
    const shuffled = three().map(
      (line) => Object.fromEntries(Object.entries(line).toReversed()) as unknown as JournalLine,
    );
    expect(brokenAt(shuffled)).toBeUndefined();
  });

  it("names the line that was changed", () => {
    const lines = three();
    lines[1] = { ...(lines[1] as JournalLine), data: { forged: true } } as unknown as JournalLine;
    expect(brokenAt(lines)).toEqual({ seq: 2, reason: "was changed: its hash does not match" });
  });

  it("names the line behind one whose hash was forged with it", () => {
    const lines = three();
    lines[1] = linked({ kind: "attempt-start", data: { forged: true } }, lines[0] as JournalLine);
    expect(brokenAt(lines)).toEqual({ seq: 3, reason: "does not name the hash of the line before it" });
  });

  it("names the line behind a gap", () => {
    const [first, , third] = three() as [JournalLine, JournalLine, JournalLine];
    expect(brokenAt([first, third])).toEqual({ seq: 3, reason: "follows line 1" });
    expect(brokenAt([third])).toEqual({ seq: 3, reason: "follows line 0" });
  });

  it("names a line that was doubled", () => {
    const [first, second] = three() as [JournalLine, JournalLine];
    expect(brokenAt([first, second, second])).toEqual({ seq: 2, reason: "follows line 2" });
  });

  it("names a changed line even where it cannot be hashed any more", () => {
    const lines = three();
    lines[1] = { ...(lines[1] as JournalLine), data: { text: "\ud800" } } as unknown as JournalLine;
    expect(brokenAt(lines)).toMatchObject({ seq: 2 });
    delete (lines[1] as Partial<JournalLine>).hash;
    expect(brokenAt(lines)).toMatchObject({ seq: 2 });
  });
});
