/**
 * Admission: which lanes may start under a scarce budget. Without it all lanes would begin, each would get a few steps, and
 * none would finish; with it a few finish and the rest end honestly as `budget`.
 *
 * A lane that starts commits what it is expected to need; the commitment shrinks as it spends. Commitments are soft: they
 * decide who starts, never whether a running lane may take its next step (the ledger's caps do that).
 *
 * Invariants:
 * 1. A lane is admitted when what is left covers every commitment and its own; or when no lane is committed and something is
 *    left: so one lane can always try.
 * 2. `wait` is only answered while another lane is committed.
 */
import type { Amounts } from "./ledger.ts";

export type Admission = { kind: "admitted" } | { kind: "wait" } | { kind: "refused" };

/** What a lane is expected to need before any lane has shown it: model turns. */
export const FIRST_GUESS_STEPS = 4;

interface Lane {
  expected: Amounts;
  spent: Amounts;
}

export class AdmissionDesk {
  #lanes = new Map<string, Lane>();
  #finished = 0;
  #finishedSpent: Amounts = { steps: 0, tokens: 0, usd: 0 };
  #left: (() => void)[] = [];

  /** Resolves when the next lane leaves. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.#left.push(resolve));
  }

  /** `left`: what the lanes may still reserve; `guess`: what one lane takes if none has finished yet. */
  admit(lane: string, facts: { left: Amounts; steps: number | undefined; guess: Amounts }): Admission {
    if (this.#lanes.has(lane)) return { kind: "admitted" };
    const expected = this.#expect(facts.steps, facts.guess);
    const committed = this.committed();
    const fits =
      committed.steps + expected.steps <= facts.left.steps &&
      committed.tokens + expected.tokens <= facts.left.tokens &&
      committed.usd + expected.usd <= facts.left.usd;
    if (!fits && this.#lanes.size > 0) return { kind: "wait" };
    if (!fits && (facts.left.steps < 1 || facts.left.tokens < 1 || facts.left.usd <= 0)) return { kind: "refused" };
    this.#lanes.set(lane, { expected, spent: { steps: 0, tokens: 0, usd: 0 } });
    return { kind: "admitted" };
  }

  spend(lane: string, amounts: Amounts): void {
    const entry = this.#lanes.get(lane);
    if (entry !== undefined) entry.spent = sum(entry.spent, amounts);
  }

  /** Ends a lane; `useful` lanes (those that reached a result) teach what a lane takes. */
  leave(lane: string, useful: boolean): void {
    const entry = this.#lanes.get(lane);
    if (entry === undefined) return;
    this.#lanes.delete(lane);
    if (useful) {
      this.#finished += 1;
      this.#finishedSpent = sum(this.#finishedSpent, entry.spent);
    }
    for (const wake of this.#left.splice(0)) wake();
  }

  /** What the admitted lanes are still expected to spend. */
  committed(): Amounts {
    let total: Amounts = { steps: 0, tokens: 0, usd: 0 };
    for (const { expected, spent } of this.#lanes.values()) {
      total = sum(total, {
        steps: Math.max(0, expected.steps - spent.steps),
        tokens: Math.max(0, expected.tokens - spent.tokens),
        usd: Math.max(0, expected.usd - spent.usd),
      });
    }
    return total;
  }

  #expect(steps: number | undefined, guess: Amounts): Amounts {
    if (this.#finished === 0) return { ...guess, steps: steps ?? guess.steps };
    const mean = this.#finishedSpent.steps / this.#finished;
    return {
      steps: steps ?? Math.ceil(mean),
      tokens: this.#finishedSpent.tokens / this.#finished,
      usd: this.#finishedSpent.usd / this.#finished,
    };
  }
}

function sum(left: Amounts, right: Amounts): Amounts {
  return { steps: left.steps + right.steps, tokens: left.tokens + right.tokens, usd: left.usd + right.usd };
}
