/**
 * Sub-budgets: what an agent, or a subtask with its parts, may spend of the run's budget. An account is charged beside the run's
 * own caps, never instead of them. Owned by the ledger.
 */
import type { AgentProfile } from "../../../state/agent-profile.ts";
import type { Subtask } from "../../../state/plan.ts";
import type { SubBudget } from "../../../state/run-options.ts";
import type { Caps, Usage } from "../../../state/usage.ts";
import type { Overrun } from "../../journal/spending-view.ts";

/** Whose budget it is: `agent researcher`, `subtask s1`. Stands in `reserve` lines, and in the evidence of a refusal. */
export interface Account {
  name: string;
  budget: SubBudget;
}

export interface Spender {
  agent: AgentProfile | undefined;
  subtask: Subtask | undefined;
  lookup: (id: string) => Subtask | undefined;
}

/** What a turn draws on: the agent's over the whole run, the subtask's, and of a part also those of what it was split from. */
export function accountsOf({ agent, subtask, lookup }: Spender): Account[] {
  const accounts: Account[] = [];
  if (agent?.budget !== undefined) accounts.push({ name: `agent ${agent.name}`, budget: agent.budget });
  for (let owner = subtask; owner !== undefined; owner = lookup(owner.partOf ?? "")) {
    if (owner.budget !== undefined) accounts.push({ name: `subtask ${owner.id}`, budget: owner.budget });
  }
  return accounts;
}

interface Entry {
  spent: Amounts;
  reserved: Amounts;
  open: number;
}

export class Accounts {
  readonly #entries = new Map<string, Entry>();

  left({ name, budget }: Account): Amounts {
    const { spent, reserved } = this.#of(name);
    const used = addAmounts(spent, reserved);
    return {
      steps: (budget.maxSteps ?? Infinity) - used.steps,
      tokens: (budget.maxTokens ?? Infinity) - used.tokens,
      usd: (budget.maxUsd ?? Infinity) - used.usd,
    };
  }

  /** What has been spent, and how many reservations are open, on an account. */
  standing(name: string): { spent: Amounts; reserved: Amounts; open: number } {
    return { ...this.#of(name) };
  }

  open(names: readonly string[], amounts: Amounts): void {
    for (const name of names) {
      const entry = this.#of(name);
      entry.open += 1;
      entry.reserved = addAmounts(entry.reserved, amounts);
    }
  }

  /** An open reservation turned out to need more. */
  grow(names: readonly string[], by: Amounts): void {
    for (const name of names) {
      const entry = this.#of(name);
      entry.reserved = addAmounts(entry.reserved, by);
    }
  }

  close(names: readonly string[], amounts: Amounts): void {
    for (const name of names) {
      const entry = this.#of(name);
      entry.open -= 1;
      entry.reserved = entry.open === 0 ? NOTHING : subtractAmounts(entry.reserved, amounts);
    }
  }

  spend(names: readonly string[], amounts: Amounts): void {
    for (const name of names) {
      const entry = this.#of(name);
      entry.spent = addAmounts(entry.spent, amounts);
    }
  }

  #of(name: string): Entry {
    let entry = this.#entries.get(name);
    if (entry === undefined) this.#entries.set(name, (entry = { spent: NOTHING, reserved: NOTHING, open: 0 }));
    return entry;
  }
}

interface TokenPair {
  inputTokens: number;
  outputTokens: number;
}

/** The next call may pass its bound further than the worst one so far: twice as far is reserved for. */
const MARGIN = 2;

/** Of one kind of tokens: the most by which a report passed its bound, in tokens and as a multiple of the bound. */
class Excess {
  #tokens: number;
  #ratio: number;

  constructor(tokens = 0, ratio = 0) {
    this.#tokens = tokens;
    this.#ratio = ratio;
  }

  /** True: something new was learned. */
  learn(bound: number, reported: number): boolean {
    const tokens = reported - bound;
    const ratio = bound > 0 ? tokens / bound : 0;
    if (tokens <= this.#tokens && ratio <= this.#ratio) return false;
    this.#tokens = Math.max(this.#tokens, tokens);
    this.#ratio = Math.max(this.#ratio, ratio);
    return true;
  }

  bound(tokens: number): number {
    return tokens + Math.ceil(MARGIN * Math.max(this.#tokens, tokens * this.#ratio));
  }

  /** The most tokens whose bound is at most `room`; may be negative. */
  within(room: number): number {
    return Math.floor(Math.min(room - Math.ceil(MARGIN * this.#tokens), room / (1 + MARGIN * this.#ratio)));
  }
}

/**
 * How the provider of one model counts, against the bounds that we reserve by: learned from what it reports. A bound that was
 * passed once is not trusted again: every later call of this model, and every one in flight, is taken for larger.
 *
 * Invariants:
 * 1. What is learned never shrinks.
 * 2. `bound` is at least its argument, and grows with it.
 */
export class Counting {
  readonly #input: Excess;
  readonly #output: Excess;
  #isCalibrated: boolean;

  /** `known`: what its reports to earlier processes of the run have shown. */
  constructor(known?: Overrun) {
    this.#input = new Excess(known?.inputTokens, known?.inputShare);
    this.#output = new Excess(known?.outputTokens, known?.outputShare);
    this.#isCalibrated = known !== undefined;
  }

  /** Whether one call has shown how this provider counts, or that it does not say. */
  get isCalibrated(): boolean {
    return this.#isCalibrated;
  }

  /** A reply came without a report: nothing is to be waited for, bounds are what there is. True: it is the first. */
  takeUnreported(): boolean {
    const isFirst = !this.#isCalibrated;
    this.#isCalibrated = true;
    return isFirst;
  }

  /** Compares a report with what the call was asked to keep to. True: bounds are larger from now on. */
  learn(asked: TokenPair, reported: TokenPair): boolean {
    if (reported.inputTokens + reported.outputTokens === 0) return false;
    this.#isCalibrated = true;
    const input = this.#input.learn(asked.inputTokens, reported.inputTokens);
    const output = this.#output.learn(asked.outputTokens, reported.outputTokens);
    return input || output;
  }

  bound({ inputTokens, outputTokens }: TokenPair): TokenPair {
    return { inputTokens: this.#input.bound(inputTokens), outputTokens: this.#output.bound(outputTokens) };
  }

  /** The largest output limit whose bound is at most `room` tokens. */
  outputWithin(room: number): number {
    // Rounding up in the bound may cost the last token.
    const limit = this.#output.within(room);
    return limit > 0 && this.#output.bound(limit) > room ? limit - 1 : limit;
  }
}

/** Amounts of what a run spends: steps, tokens, US dollars. Pure. */
export interface Amounts {
  steps: number;
  tokens: number;
  usd: number;
}

export const NOTHING: Amounts = { steps: 0, tokens: 0, usd: 0 };

export function amountsOf({
  steps,
  inputTokens,
  outputTokens,
  usd,
}: Omit<Usage, "modelCalls" | "cachedInputTokens">): Amounts {
  return { steps, tokens: inputTokens + outputTokens, usd };
}

export function addAmounts(left: Amounts, right: Amounts): Amounts {
  return { steps: left.steps + right.steps, tokens: left.tokens + right.tokens, usd: left.usd + right.usd };
}

export function subtractAmounts(left: Amounts, right: Amounts): Amounts {
  return { steps: left.steps - right.steps, tokens: left.tokens - right.tokens, usd: left.usd - right.usd };
}

/** What stays back for the coordinator: its steps, at most a tenth of all but one at least, a fifth of tokens and money. */
export function holdBack(caps: Caps, coordinatorSteps: number): Amounts {
  return {
    steps: Math.min(coordinatorSteps, caps.maxSteps - 1, Math.max(1, Math.floor(caps.maxSteps / 10))),
    tokens: Math.floor((caps.maxTokens ?? 0) / 5),
    usd: (caps.maxUsd ?? 0) / 5,
  };
}
