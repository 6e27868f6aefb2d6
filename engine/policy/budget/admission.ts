/**
 * Admission: which lanes may start under a scarce budget. Without it all lanes would begin, each would get a few steps, and
 * none would finish; with it a few finish and the rest end honestly as `budget`.
 *
 * A lane that starts commits what it is expected to need; the commitment shrinks as it spends. Commitments are soft: they
 * decide who starts, never whether a running lane may take its next step (the ledger's caps do that).
 *
 * Invariants:
 * 1. A lane is admitted when what is left covers every commitment and its own; or when no lane is committed and something is
 *    left: so one lane can always try. The same holds among the lanes of one sub-budget, for what is left of that.
 * 2. `wait` is only answered while another lane is committed, to the budget that is short.
 * 3. Whenever a lane leaves, or a cap is raised, those that wait are asked again at once, in the order in which they came: who comes later finds what
 *    they have left.
 */
import { addAmounts, AMOUNTS, mapAmounts, NOTHING, type Amounts } from "../../../state/usage.ts";

/** `by`: the sub-budget that refused it, where it is not the run's. */
export type Admitted = { kind: "admitted" } | { kind: "refused"; by?: string };
export type AdmissionAnswer = Admitted | { kind: "wait" };

interface Lane {
  expected: Amounts;
  spent: Amounts;
  groups: readonly string[];
}

export interface AdmissionFacts {
  /** What the lanes may still reserve. */
  left: Amounts;
  steps: number | undefined;
  /** What one lane takes if none has finished yet. */
  guess: Amounts;
  /** Sub-budgets that the lane shares with others, and what is left of them. */
  groups?: readonly { name: string; left: Amounts }[];
}

export class Admission {
  #lanes = new Map<string, Lane>();
  #finished = 0;
  #finishedSpent = NOTHING;
  /** How each that waits is asked, in the order in which they came. */
  readonly #waiting = new Set<() => void>();
  readonly #refused = new Set<string>();

  /** Tells the answer once it is another than `wait`, by the facts of then. Returns what ends the wait before. */
  enter(lane: string, factsOf: () => AdmissionFacts, tell: (answer: Admitted) => void): () => void {
    const ask = (): void => {
      const answer = this.admit(lane, factsOf());
      if (answer.kind === "wait") return void this.#waiting.add(ask);
      this.#waiting.delete(ask);
      tell(answer);
    };
    ask();
    return () => this.#waiting.delete(ask);
  }

  admit(lane: string, { left, steps, guess, groups = [] }: AdmissionFacts): AdmissionAnswer {
    if (this.#lanes.has(lane)) return { kind: "admitted" };
    const expected = this.#expect(steps, guess);
    const own = groups.map((group) => this.#fit(expected, group.left, group.name));
    const fits = [this.#fit(expected, left), ...own];
    // A sub-budget that nobody else is at work on frees nothing more: no waiting for it.
    if (fits.includes("refused")) {
      this.#refused.add(lane);
      const by = groups[own.indexOf("refused")]?.name;
      return { kind: "refused", ...(by === undefined ? {} : { by }) };
    }
    if (fits.includes("wait")) return { kind: "wait" };
    this.#lanes.set(lane, { expected, spent: NOTHING, groups: groups.map(({ name }) => name) });
    return { kind: "admitted" };
  }

  #fit(expected: Amounts, left: Amounts, group?: string): AdmissionAnswer["kind"] {
    const committed = this.committed(group);
    if (AMOUNTS.every((name) => committed[name] + expected[name] <= left[name])) return "admitted";
    const others = [...this.#lanes.values()].some(({ groups }) => group === undefined || groups.includes(group));
    if (others) return "wait";
    return left.steps < 1 || left.tokens < 1 || left.usd <= 0 ? "refused" : "admitted";
  }

  /** Whether this lane was refused a place in this process. */
  hasRefused(lane: string): boolean {
    return this.#refused.has(lane);
  }

  spend(lane: string, amounts: Amounts): void {
    const entry = this.#lanes.get(lane);
    if (entry !== undefined) entry.spent = addAmounts(entry.spent, amounts);
  }

  /** Ends a lane; `useful` lanes (those that reached a result) teach what a lane takes. */
  leave(lane: string, useful: boolean): void {
    const entry = this.#lanes.get(lane);
    if (entry === undefined) return;
    this.#lanes.delete(lane);
    if (useful) {
      this.#finished += 1;
      this.#finishedSpent = addAmounts(this.#finishedSpent, entry.spent);
    }
    this.askAgain();
  }

  /** There may be more left than there was. */
  askAgain(): void {
    for (const ask of this.#waiting) ask();
  }

  /** What the admitted lanes, or those of one sub-budget, are still expected to spend. */
  committed(group?: string): Amounts {
    let total = NOTHING;
    for (const { expected, spent, groups } of this.#lanes.values()) {
      if (group !== undefined && !groups.includes(group)) continue;
      const open = mapAmounts((name) => Math.max(0, expected[name] - spent[name]));
      total = addAmounts(total, open);
    }
    return total;
  }

  #expect(steps: number | undefined, guess: Amounts): Amounts {
    if (this.#finished === 0) return { ...guess, steps: steps ?? guess.steps };
    const mean = mapAmounts((name) => this.#finishedSpent[name] / this.#finished);
    return { ...mean, steps: steps ?? Math.ceil(mean.steps) };
  }
}
