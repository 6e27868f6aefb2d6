import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldRun, workedMs } from "../../engine/journal/run-view.ts";
import { lostUsage } from "../../engine/journal/spending-view.ts";
import { JOURNAL_KINDS, type JournalEntry, type JournalLine } from "../../engine/journal/events.ts";
import { addUsage } from "../../state/usage.ts";
import { usageOf } from "../unit/engine/builders.ts";
import { brokenAt, chainOf, entryOf } from "../support/journal-lines.ts";
import { holds } from "./law.ts";

/** What models and tools may hand in: any JSON, any text, and values that JSON lacks. */
const text = fc.string({ unit: "binary", maxLength: 8 });
const value = fc.oneof(fc.jsonValue({ maxDepth: 3 }), text, fc.double(), fc.constant(undefined), fc.constant("\ud800"));
const data = fc.dictionary(fc.oneof(text, fc.constantFrom("__proto__", "\udc00", "constructor")), value, {
  maxKeys: 4,
});
const entry = fc.record(
  {
    kind: fc.constantFrom(...JOURNAL_KINDS),
    data,
    subtask: fc.constantFrom("s1", "s2"),
    attempt: fc.integer({ min: 1, max: 3 }),
  },
  { requiredKeys: ["kind", "data"] },
) as unknown as fc.Arbitrary<JournalEntry>;

const reread = (lines: readonly JournalLine[]): JournalLine[] =>
  lines.map((line) => JSON.parse(JSON.stringify(line)) as JournalLine);
const chain = (minLength: number): fc.Arbitrary<JournalLine[]> =>
  fc.array(entry, { minLength, maxLength: 12 }).map((entries) => reread(chainOf(entries)));

describe("the journal's chain", () => {
  it("is whole after it was written and read, whatever was put into it", () => {
    holds(
      fc.property(chain(0), (lines) => {
        expect(brokenAt(lines)).toBeUndefined();
      }),
      500,
    );
  });

  it("is whole in each of its beginnings", () => {
    holds(
      fc.property(chain(1), fc.nat(), (lines, cut) => {
        expect(brokenAt(lines.slice(0, cut % lines.length))).toBeUndefined();
      }),
    );
  });

  it("shows each single change of a field", () => {
    const field = fc.constantFrom("seq", "at", "run", "kind", "subtask", "attempt", "data", "prev", "hash", "extra");
    const other = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.constant({ forged: true }));
    holds(
      fc.property(chain(1), fc.nat(), field, other, (lines, which, key, changed) => {
        const index = which % lines.length;
        const line = lines[index] as unknown as Record<string, unknown>;
        fc.pre(JSON.stringify(line[key]) !== JSON.stringify(changed));
        const forged = lines.with(index, { ...line, [key]: changed } as unknown as JournalLine);
        expect(brokenAt(forged)).toBeDefined();
      }),
      500,
    );
  });

  it("shows a line that was taken out, unless it was the last", () => {
    holds(
      fc.property(chain(2), fc.nat(), (lines, which) => {
        expect(brokenAt(lines.toSpliced(which % (lines.length - 1), 1))).toBeDefined();
      }),
    );
  });

  it("shows lines that were swapped, doubled or put in", () => {
    holds(
      fc.property(chain(2), fc.nat(), fc.nat(), (lines, first, second) => {
        const [one, two] = [first % lines.length, second % lines.length];
        fc.pre(one !== two);
        expect(brokenAt(lines.with(one, lines[two]!).with(two, lines[one]!))).toBeDefined();
        expect(brokenAt(lines.toSpliced(one, 0, lines[two]!))).toBeDefined();
      }),
    );
  });
});

describe("the fold of a journal", () => {
  const story = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant("reserve" as const), id: fc.nat(8) }),
      fc.record({ kind: fc.constant("settle" as const), id: fc.nat(8) }),
      fc.record({ kind: fc.constant("publish" as const), id: fc.nat(3), accepted: fc.boolean() }),
      fc.record({
        kind: fc.constantFrom("run-start" as const, "process-start" as const, "plan" as const),
        id: fc.nat(1),
      }),
    ),
    { maxLength: 40 },
  );
  /** A journal as the ledger writes it: an id is reserved while it is not open, and settled while it is. */
  const lawful = story.map((steps) => {
    const open = new Set<number>();
    const entries: JournalEntry[] = [];
    for (const step of steps) {
      if (step.kind === "reserve" && !open.has(step.id)) {
        open.add(step.id);
        const amounts = { inputTokens: 5, outputTokens: 3, usd: 1 };
        entries.push(entryOf("reserve", { id: `${step.id}`, ...amounts }, { subtask: "s", attempt: 1 }));
      } else if (step.kind === "settle" && open.delete(step.id)) {
        entries.push({
          kind: "settle",
          data: { id: `${step.id}`, usage: usageOf({ steps: 1, inputTokens: 4, usd: 1 }) },
        });
      } else if (step.kind === "publish") {
        entries.push(entryOf("publish", { accepted: step.accepted }, { subtask: `s${step.id}`, attempt: 1 }));
      } else if (step.kind !== "reserve" && step.kind !== "settle") entries.push(entryOf(step.kind));
    }
    return chainOf(entries);
  });

  it("of a beginning is consistent with that of the whole: nothing that was known is taken back", () => {
    holds(
      fc.property(lawful, fc.nat(), (lines, cut) => {
        const [part, whole] = [foldRun(lines.slice(0, cut % (lines.length + 1))), foldRun(lines)];
        expect(part.spending.spent.steps).toBeLessThanOrEqual(whole.spending.spent.steps);
        expect(workedMs(part)).toBeLessThanOrEqual(workedMs(whole));
        const published = [...part.lanes].filter(([, lane]) => lane.published !== undefined);
        for (const [id] of published) expect(whole.lanes.get(id)?.published).toBeDefined();
        expect([undefined, whole.startedAt]).toContain(part.startedAt);
      }),
      500,
    );
  });

  it("books each reservation once: settled or lost", () => {
    holds(
      fc.property(lawful, fc.nat(), (lines, cut) => {
        const part = lines.slice(0, cut % (lines.length + 1));
        const { spent, open } = foldRun(part).spending;
        const lost = [...open.values()];
        const count = (kind: string): number => part.filter((line) => line.kind === kind).length;
        expect(spent.steps).toBe(count("settle"));
        expect(lost).toHaveLength(count("reserve") - count("settle"));
        const total = lost.map(lostUsage).reduce(addUsage, spent);
        expect(total).toMatchObject({ steps: count("reserve"), usd: count("reserve") });
      }),
      500,
    );
  });
});
