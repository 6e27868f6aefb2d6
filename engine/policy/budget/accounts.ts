/**
 * Sub-budgets: what an agent, or a subtask with its parts, may spend of the run's budget. An account is charged beside the run's
 * own caps, never instead of them. Owned by the ledger.
 */
import type { AgentProfile } from "../../../state/agent-profile.ts";
import type { Subtask } from "../../../state/plan.ts";
import type { SubBudget } from "../../../state/sub-budget.ts";
import { addAmounts, NOTHING, subtractAmounts, type Amounts } from "./amounts.ts";

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
