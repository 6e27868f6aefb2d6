/** The caps of a batch hold, whatever its rows ask and use, in whatever order they end, and wherever its process is killed. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { admit } from "../../engine/policy/batch/admission.ts";
import { identityOf } from "../../engine/policy/batch/identity.ts";
import { EMPTY_CHAIN } from "../../engine/journal/chain.ts";
import {
  applyLedgerLine,
  linkEvent,
  newBatchView,
  readLedgerLine,
  type BatchView,
  type LedgerEvent,
} from "../../engine/policy/batch/ledger.ts";
import { withoutRun } from "../../engine/policy/batch/row-outcome.ts";
import { NO_USAGE } from "../../state/usage.ts";
import type { BatchCaps, Reserved } from "../../state/batch.ts";

const IDENTITY = identityOf({
  task: "t",
  model: 0,
  agents: 0,
  policy: 0,
  skills: 0,
  documents: 0,
  plan: 0,
  options: 0,
});

interface Row {
  own: Reserved;
  /** The share of its reservation that it uses, and whether it is over then. */
  use: number;
  isOver: boolean;
}

const row = fc.record<Row>({
  own: fc.record(
    { steps: fc.integer({ min: 1, max: 40 }), usd: fc.double({ min: 0.01, max: 2, noNaN: true }) },
    { requiredKeys: [] },
  ),
  use: fc.double({ min: 0, max: 1, noNaN: true }),
  isOver: fc.boolean(),
});
const caps = fc.record<BatchCaps>(
  {
    maxSteps: fc.integer({ min: 1, max: 200 }),
    maxTokens: fc.integer({ min: 1, max: 1_000_000 }),
    maxUsd: fc.double({ min: 0.1, max: 10, noNaN: true }),
  },
  { requiredKeys: [] },
);

/** A batch with a process that can be killed: what is left of it are its lines. */
class World {
  lines: string[] = [];
  view: BatchView = newBatchView();
  running = new Map<string, Reserved>();

  append(event: LedgerEvent): void {
    const line = linkEvent(event, this.view.head, "2026-01-01T00:00:00.000Z");
    this.lines.push(JSON.stringify(line));
    applyLedgerLine(this.view, line);
  }

  kill(): void {
    this.view = newBatchView();
    for (const text of this.lines) applyLedgerLine(this.view, readLedgerLine(text, this.view.head));
    this.running.clear();
  }

  /** Of every run what it may still come to: what it has used, or all that it was given. */
  committed(name: "steps" | "tokens" | "usd"): number {
    const each = [...this.view.runs.values()].map(({ reserved, spent }) =>
      Math.max(reserved?.[name] ?? 0, spent[name]),
    );
    return each.reduce((sum, amount) => sum + amount, 0);
  }

  admit(run: string, own: Reserved, caps: BatchCaps, parallel: number): string {
    const { runs } = this.view;
    const admission = admit({ run, own }, { caps, workedMs: 0, runs, running: this.running.size, parallel });
    if (admission.kind !== "granted") return admission.kind;
    const { reserved } = admission;
    this.append({ kind: "reserve", data: { row: run, run, ...IDENTITY, reserved, why: "it is new" } });
    this.running.set(run, reserved);
    return "granted";
  }

  end(run: string, { use, isOver }: Row): void {
    const { steps = 40, tokens = 1000, usd = 0.1 } = this.running.get(run) ?? {};
    const used = { steps: Math.floor(steps * use), inputTokens: Math.floor(tokens * use), usd: usd * use };
    const outcome = { ...withoutRun("complete", "done"), usage: { ...NO_USAGE, ...used } };
    this.append({ kind: "settle", data: { row: run, run, outcome, isOver } });
    this.running.delete(run);
  }
}

describe("the caps of a batch", () => {
  it("are never passed by what is spent and reserved, and a row only waits for another", () => {
    fc.assert(
      fc.property(
        caps,
        fc.array(row, { maxLength: 20 }),
        fc.infiniteStream(fc.nat(9)),
        fc.integer({ min: 1, max: 6 }),
        (given, rows, chance, parallel) => {
          const world = new World();
          const waiting = [...rows.keys()];
          let hasWaitedForNobody = false;
          const next = (): number => chance.next().value ?? 0;
          for (let turn = 0; turn < 200 && (waiting.length > 0 || world.running.size > 0); turn += 1) {
            if (next() === 0) world.kill();
            const [first] = waiting;
            const [ending] = [...world.running.keys()].toSorted(() => next() - 4);
            if (first !== undefined && world.running.size < parallel && next() > 2) {
              const answer = world.admit(`r${first}`, rows[first]?.own ?? {}, given, parallel);
              if (answer !== "wait") waiting.shift();
              hasWaitedForNobody ||= answer === "wait" && world.running.size === 0;
            } else if (ending !== undefined)
              world.end(ending, rows[Number(ending.slice(1))] ?? { own: {}, use: 1, isOver: true });
            expect(hasWaitedForNobody).toBe(false);
            expect(world.committed("steps")).toBeLessThanOrEqual(given.maxSteps ?? Infinity);
            expect(world.committed("tokens")).toBeLessThanOrEqual(given.maxTokens ?? Infinity);
            expect(world.committed("usd")).toBeLessThanOrEqual((given.maxUsd ?? Infinity) + 1e-9);
          }
        },
      ),
    );
  });

  it("give a run that states a cap of its own that much and no more", () => {
    const runs = new Map();
    const standing = { caps: { maxSteps: 100, maxUsd: 1 }, workedMs: 0, runs, running: 0, parallel: 4 };
    const asked = admit({ run: "r", own: { steps: 7 } }, standing);
    expect(asked).toMatchObject({ kind: "granted", reserved: { steps: 7, usd: 0.25 } });
  });

  it("leave a run the time that the batch has left, beyond what the run has taken", () => {
    const runs = new Map([["r", { reserved: {}, spent: { steps: 1, tokens: 0, usd: 0 }, wallMs: 400 }]]);
    const standing = { caps: { deadlineMs: 1000 }, workedMs: 600, runs, running: 0, parallel: 1 };
    expect(admit({ run: "r", own: {} }, standing)).toMatchObject({ reserved: { deadlineMs: 800 } });
    expect(admit({ run: "r", own: { deadlineMs: 500 } }, standing)).toMatchObject({ reserved: { deadlineMs: 500 } });
    expect(admit({ run: "r", own: {} }, { ...standing, workedMs: 1000 })).toMatchObject({ kind: "refused" });
  });
});

describe("the ledger of a batch", () => {
  it("is refused where a line is changed, missing, or follows another", () => {
    const world = new World();
    for (const run of ["a", "b", "c"]) world.admit(run, { steps: 1 }, {}, 4);
    const read = (lines: readonly string[]): number => {
      let head = EMPTY_CHAIN;
      for (const text of lines) {
        const { seq, hash } = readLedgerLine(text, head);
        head = { seq, hash };
      }
      return head.seq;
    };
    const [one = "", two = "", three = ""] = world.lines;
    expect(read(world.lines)).toBe(3);
    expect(() => read([one, two.replace('"row":"b"', '"row":"x"'), three])).toThrow(/line 2 was changed/);
    expect(() => read([one, three])).toThrow(/line 2 follows line 1/);
    expect(() => read([two])).toThrow(/line 1/);
    expect(() => read([one, "{"])).toThrow(/line 2 is not JSON/);
  });
});
