import { describe, expect, it } from "vitest";
import { EMPTY_CHAIN, link } from "../../../../engine/journal/chain.ts";
import type { JournalEntry, JournalKind, JournalLine } from "../../../../engine/journal/events.ts";
import { JournalReader } from "../../../../engine/journal/read-journal.ts";
import { chainOf, entryOf, SAMPLES } from "../../../support/journal-lines.ts";
import { recordedLines } from "../../../support/read-journal.ts";

const USAGE = SAMPLES.settle.usage;
const KINDS = Object.keys(SAMPLES) as JournalKind[];

function read(lines: readonly unknown[]): JournalLine[] {
  const reader = new JournalReader("r");
  return lines.map((line) => reader.read(JSON.stringify(line)));
}

/** A line with these contents behind a first one, its chain whole. */
function reading(kind: string, data: Record<string, unknown>, at = "2026-01-01T00:00:02.000Z") {
  const [first] = chainOf([entryOf("run-start")]) as [JournalLine];
  const second = link({ kind, data } as unknown as JournalEntry, first, { run: "run", at });
  return () => read([first, second])[1] as JournalLine;
}

describe("a journal whose chain holds", () => {
  it("is read as the events that were written, of every kind", () => {
    const entries = [entryOf("run-start"), ...KINDS.map((kind) => entryOf(kind, {}, { subtask: "a", attempt: 2 }))];
    const lines = chainOf(entries);
    expect(read(lines)).toEqual(lines);
    expect(recordedLines(lines.map((line) => `${JSON.stringify(line)}\n`).join(""), "r")).toEqual(lines);
  });

  it("is refused where a line nests without end", () => {
    const deep = `{"data":${"[".repeat(20_000)}${"]".repeat(20_000)}}`;
    expect(() => new JournalReader("r").read(deep)).toThrow(/line 1 nests deeper than \d+ levels$/);
  });

  it.each<[JournalKind, Record<string, unknown>, string]>([
    ["settle", { id: "r1" }, "(settle) does not fit its schema: usage: it is missing: expected an object"],
    [
      "settle",
      { id: "r1", usage: { ...USAGE, usd: "1" } },
      '(settle) does not fit its schema: usage usd: expected a number, got "1"',
    ],
    [
      "settle",
      { id: "r1", usage: { ...USAGE, steps: -1 } },
      "(settle) does not fit its schema: usage steps: expected at least 0, got -1",
    ],
    ["settle", { usage: USAGE }, "(settle) does not fit its schema: id: it is missing: expected a text"],
    ["reserve", { id: "r1" }, "(reserve) does not fit its schema: purpose: it is missing"],
    [
      "reserve",
      { ...SAMPLES.reserve, accounts: "a" },
      '(reserve) does not fit its schema: accounts: expected a list, got "a"',
    ],
    [
      "reserve",
      { ...SAMPLES.reserve, asked: {} },
      "(reserve) does not fit its schema: asked inputTokens: it is missing",
    ],
    ["park", { routedAgain: { a: 1 } }, "(park) does not fit its schema: routedAgain: expected a list"],
    ["publish", { accepted: true, outcome: "fine" }, "(publish) does not fit its schema: outcome: expected"],
  ])("names the line, the kind and the field where a known kind says something else: %s %j", (kind, data, problem) => {
    expect(reading(kind, data)).toThrow(`the journal of run r does not hold: line 2 ${problem}`);
  });

  it.each(["null", "7", "[]", '"x"', "{}"])("is broken by a line that is %s", (line) => {
    expect(() => new JournalReader("r").read(line)).toThrow("the journal of run r does not hold: line 1");
  });

  it("is broken by a line without a time, without data, and with a place that is none", () => {
    expect(reading("signal", {}, "once")).toThrow("line 2 has no time");
    expect(reading("signal", null as never)).toThrow("line 2 has no data");
    const [line] = chainOf([{ ...entryOf("run-start"), subtask: 7 as never }]);
    expect(() => read([line])).toThrow("line 1 names no subtask");
  });

  it("of a newer release is read as far as it is known: its kinds and its fields are kept", () => {
    const line = reading("dream", { of: "sheep", key: "k" })();
    expect(line).toMatchObject({ seq: 2, kind: "unknown", name: "dream", data: { of: "sheep", key: "k" } });
    expect(reading("settle", { ...SAMPLES.settle, mood: "good" })().data).toMatchObject({ mood: "good" });
  });

  it("of a newer version is refused, and says what to read it with", () => {
    const entry = entryOf("run-start", { journal: 4 });
    expect(() => read(chainOf([entry]))).toThrow(/written by a newer release: its version is 4.*reads up to 3/);
  });
});

describe("a journal from before versions", () => {
  const { journal: _version, documents: _documents, ...old } = SAMPLES["run-start"];

  it.each([
    ["a number of documents", { documents: 7 }, { read: 7, leftOut: [], ignored: 0 }],
    ["nothing of documents", {}, { read: 0, leftOut: [], ignored: 0 }],
  ])("with %s is read as if the newest release had written it", (_, noted, documents) => {
    const first = link({ kind: "run-start", data: { ...old, ...noted } } as never, EMPTY_CHAIN, {
      ...{ run: "r", at: "2026-01-01T00:00:00.000Z" },
    });
    expect(read([first])[0]).toEqual({ ...first, data: { ...old, journal: 3, documents } });
  });
});
