/**
 * A run's money in small, for the laws of the ledger: commands against a ledger, the journal lines that the product would write, and
 * a plain account beside both of what was granted, booked and lost. A crash forgets the ledger and keeps the lines.
 */
import * as fc from "fast-check";
import type { JournalKind, JournalLine } from "../../engine/journal/events.ts";
import { foldRun } from "../../engine/journal/run-view.ts";
import { lostUsage } from "../../engine/journal/spending-view.ts";
import type { Account } from "../../engine/policy/budget/accounts.ts";
import { Ledger, type BudgetShare, type Reservation } from "../../engine/policy/budget/ledger.ts";
import type { Amounts, Caps, Usage } from "../../state/usage.ts";
import { usageOf } from "../unit/engine/builders.ts";
import { reserveData, settleData } from "../../engine/runtime/turns/call-entries.ts";

export const PRICE = { input: 0.001, cachedInput: 0.0002, output: 0.003 };

/** Amounts of a settlement in permille of what the call was asked to keep to; `cached`: of its input. */
export type Command =
  | {
      do: "reserve";
      share: BudgetShare;
      steps: number;
      input: number;
      output: number;
      least: number;
      model: string;
      accounts: Account[];
    }
  | { do: "settle"; which: number; input: number; output: number; cached: number }
  /** Refused by the provider: nothing was used, the step is free again. */
  | { do: "fail"; which: number }
  /** Its end is unknown: booked at all that was reserved. */
  | { do: "lose"; which: number }
  | { do: "crash" };

const permille = fc.integer({ min: 0, max: 1000 });
const which = fc.nat(50);

export const ACCOUNTS: Account[] = [
  { name: "agent a", budget: { maxSteps: 7, maxTokens: 2500 } },
  { name: "agent b", budget: { maxUsd: 0.9 } },
  { name: "subtask s", budget: { maxTokens: 900, maxUsd: 2 } },
];

const reserve = fc.record({
  do: fc.constant("reserve" as const),
  share: fc.constantFrom<BudgetShare>("lanes", "condensing", "coordinator"),
  steps: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.integer({ min: 2, max: 6 }) }),
  input: fc.integer({ min: 0, max: 400 }),
  output: fc.integer({ min: 1, max: 300 }),
  least: fc.integer({ min: 1, max: 50 }),
  model: fc.constantFrom("m", "n"),
  accounts: fc.subarray(ACCOUNTS),
});

/** Commands where a report is at most `most` permille of what the call was asked to keep to. */
export function commands(most: number): fc.Arbitrary<Command[]> {
  const report = fc.integer({ min: 0, max: most });
  const settle = fc.record({
    do: fc.constant("settle" as const),
    which,
    input: report,
    output: report,
    cached: permille,
  });
  const fail = fc.record({ do: fc.constant("fail" as const), which });
  const lose = fc.record({ do: fc.constant("lose" as const), which });
  const crash = fc.constant({ do: "crash" as const });
  return fc.array(
    fc.oneof(
      { weight: 10, arbitrary: reserve },
      { weight: 6, arbitrary: settle },
      { weight: 2, arbitrary: fail },
      { weight: 2, arbitrary: lose },
      { weight: 1, arbitrary: crash },
    ),
    { maxLength: 120 },
  );
}

export class LedgerWorld {
  readonly wrong: string[] = [];
  ledger: Ledger;
  open: Reservation[] = [];
  /** What was booked, by our own sums: of the run, and of each account. */
  readonly booked = new Map<string, Amounts>();
  /** By how much reports passed what was reserved for them at the end, in all. */
  excess: Amounts = { steps: 0, tokens: 0, usd: 0 };
  readonly #caps: Caps;
  readonly #heldBack: Amounts;
  readonly #lines: JournalLine[] = [];
  #ids = 0;

  constructor(caps: Caps, heldBack: Amounts) {
    this.#caps = caps;
    this.#heldBack = heldBack;
    this.ledger = new Ledger(caps, heldBack);
  }

  run(command: Command): void {
    if (command.do === "reserve") return this.#reserve(command);
    if (command.do === "crash") return this.#crash();
    if (this.open.length === 0) return;
    const [reservation] = this.open.splice(command.which % this.open.length, 1) as [Reservation];
    if (command.do === "fail") return this.#settle(reservation, usageOf({ modelCalls: 1 }), false);
    if (command.do === "lose") return this.#settle(reservation, lostUsageOf(reservation), false);
    this.#settle(reservation, reportOf(reservation, command), true);
  }

  spentOn(account: string): Amounts {
    return this.booked.get(account) ?? { steps: 0, tokens: 0, usd: 0 };
  }

  #reserve(command: Command & { do: "reserve" }): void {
    const { share, model, accounts } = command;
    const least = Math.min(command.least, command.output);
    const lefts = [this.ledger.left(share), ...accounts.map((account) => this.ledger.accounts.left(account))];
    const id = `r${(this.#ids += 1)}`;
    const grant = this.ledger.reserve({
      ...{ id, share, model, accounts, price: PRICE, steps: command.steps },
      ...{ inputTokens: command.input, outputTokens: command.output, leastOutputTokens: least },
    });
    const holders = grant.kind !== "granted" && grant.account !== undefined ? this.#openOn(grant.account) : this.open;
    if (grant.kind === "wait" && holders.length === 0) this.wrong.push("waits for nobody");
    if (grant.kind === "refused" && holders.length > 0) this.wrong.push("refused while another may free something");
    if (grant.kind !== "granted") return;
    const { steps, inputTokens, outputTokens, usd, asked } = grant.reservation;
    const mostSteps = Math.max(1, Math.min(command.steps, ...lefts.map((left) => left.steps)));
    if (steps !== mostSteps) this.wrong.push("other steps than it would like, or than are left");
    if (asked.outputTokens > command.output || asked.outputTokens < least) this.wrong.push("output out of range");
    if (inputTokens < command.input || outputTokens < asked.outputTokens) this.wrong.push("less than asked for");
    for (const left of lefts) {
      if (left.steps < steps || inputTokens + outputTokens > left.tokens || usd > left.usd + 1e-9)
        this.wrong.push("granted beyond what is left");
    }
    this.#write("reserve", reserveData(grant.reservation));
    this.open.push(grant.reservation);
  }

  #openOn(account: string): Reservation[] {
    return this.open.filter(({ accounts }) => accounts.includes(account));
  }

  #settle(reservation: Reservation, usage: Usage, isReported: boolean): void {
    const { reserved } = this.ledger.accounts.standing("run");
    if (!this.ledger.settle(reservation.id, usage, isReported)) this.wrong.push("settled twice");
    const freed = reserved.tokens - this.ledger.accounts.standing("run").reserved.tokens;
    if (!isReported && freed < reservation.inputTokens + reservation.outputTokens) this.wrong.push("leaked");
    this.#write("settle", settleData(reservation.id, usage, isReported));
    this.#book(reservation, usage);
  }

  #book(reservation: Reservation, usage: Usage): void {
    const { steps, inputTokens, outputTokens, usd } = usage;
    const used = { steps, tokens: inputTokens + outputTokens, usd };
    for (const name of ["run", ...reservation.accounts]) {
      const { steps, tokens, usd } = this.spentOn(name);
      this.booked.set(name, { steps: steps + used.steps, tokens: tokens + used.tokens, usd: usd + used.usd });
    }
    const { tokens, usd: money } = this.excess;
    this.excess = {
      steps: 0,
      tokens: tokens + Math.max(0, used.tokens - reservation.inputTokens - reservation.outputTokens),
      usd: money + Math.max(0, used.usd - reservation.usd),
    };
  }

  /** The next process: a ledger from the lines, and what was in flight booked at all that it can have cost. */
  #crash(): void {
    const lines = [...this.#lines];
    const { spending } = foldRun(lines);
    this.ledger = new Ledger(this.#caps, this.#heldBack, spending);
    const lost = [...spending.open.values()];
    if (
      lost.map(({ id }) => id).join() !==
      this.open
        .map(({ id }) => id)
        .toSorted(byNumber)
        .join()
    )
      this.wrong.push("other calls are lost than were open");
    for (const each of lost) {
      const usage = lostUsage(each);
      this.ledger.book({ usage, accounts: each.accounts });
      this.#write("settle", { id: each.id, usage, lost: true });
      this.#book(this.open.find(({ id }) => id === each.id) as Reservation, usage);
    }
    this.open = [];
  }

  #write(kind: JournalKind, data: Record<string, unknown>): void {
    // As the file keeps them: what JSON does not hold is gone.
    const line = {
      kind,
      data,
      seq: this.#lines.length + 1,
      at: "2026-01-01T00:00:00.000Z",
      run: "r",
      prev: "",
      hash: "",
    };
    this.#lines.push(JSON.parse(JSON.stringify(line)) as JournalLine);
  }
}

function byNumber(one: string, other: string): number {
  return Number(one.slice(1)) - Number(other.slice(1));
}

function lostUsageOf({ steps, inputTokens, outputTokens, usd }: Reservation): Usage {
  return usageOf({ steps, modelCalls: 1, inputTokens, outputTokens, usd });
}

function reportOf({ steps: most, asked }: Reservation, command: Command & { do: "settle" }): Usage {
  const inputTokens = Math.floor((asked.inputTokens * command.input) / 1000);
  const outputTokens = Math.floor((asked.outputTokens * command.output) / 1000);
  const cachedInputTokens = Math.floor((inputTokens * command.cached) / 1000);
  const usd =
    (inputTokens - cachedInputTokens) * PRICE.input +
    cachedInputTokens * PRICE.cachedInput +
    outputTokens * PRICE.output;
  const steps = Math.max(1, Math.floor((most * command.cached) / 1000));
  return usageOf({ steps, modelCalls: 1, inputTokens, cachedInputTokens, outputTokens, usd });
}
