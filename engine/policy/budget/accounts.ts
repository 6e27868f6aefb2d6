/**
 * Budgets: the run's, and beside it what an agent, or a subtask with its parts, may spend of it; and how providers count against
 * what is reserved. An account is charged beside the run's own caps, never instead of them. Owned by the ledger.
 */
import type { AgentProfile } from "../../../state/agent-profile.ts";
import type { Subtask } from "../../../state/plan.ts";
import type { SubBudget } from "../../../state/run-options.ts";
import { addAmounts, CAP_FIELDS, mapAmounts, NOTHING, type Amounts, type Caps } from "../../../state/usage.ts";
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

/** Of one budget: what was spent, what open reservations hold, and how many these are. */
interface Standing {
  spent: Amounts;
  reserved: Amounts;
  open: number;
}

const UNTOUCHED: Standing = { spent: NOTHING, reserved: NOTHING, open: 0 };

export class Accounts {
  readonly #standings = new Map<string, Standing>();

  standing(name: string): Standing {
    return this.#standings.get(name) ?? UNTOUCHED;
  }

  /** Infinity where nothing limits it; negative after an excess. */
  left({ name, budget }: Account): Amounts {
    const { spent, reserved } = this.standing(name);
    return mapAmounts((amount) => (budget[CAP_FIELDS[amount]] ?? Infinity) - spent[amount] - reserved[amount]);
  }

  /** Adds to each of these budgets. Where no reservation is open any more, nothing is reserved. */
  book(names: readonly string[], { spent = NOTHING, reserved = NOTHING, open = 0 }: Partial<Standing>): void {
    for (const name of names) {
      const before = this.standing(name);
      const stillOpen = before.open + open;
      this.#standings.set(name, {
        spent: addAmounts(before.spent, spent),
        reserved: stillOpen === 0 ? NOTHING : addAmounts(before.reserved, reserved),
        open: stillOpen,
      });
    }
  }
}

interface TokenPair {
  inputTokens: number;
  outputTokens: number;
}

/** The next call may pass its bound further than the worst one so far: twice as far is reserved for. */
const MARGIN = 2;

/**
 * The most that a call is expected to be billed, by what reports of its model have shown: a bound that was passed once is not trusted
 * again. At least what was asked for, and grows with it.
 */
export function expectedTokens({ inputTokens, outputTokens }: TokenPair, known: Overrun): TokenPair {
  return {
    inputTokens: enlarged(inputTokens, known.inputTokens, known.inputShare),
    outputTokens: enlarged(outputTokens, known.outputTokens, known.outputShare),
  };
}

function enlarged(tokens: number, over: number, share: number): number {
  return tokens + Math.ceil(MARGIN * Math.max(over, tokens * share));
}

/** The largest output limit of which at most `room` tokens are expected; may be negative. */
export function outputWithin(room: number, { outputTokens, outputShare }: Overrun): number {
  const limit = Math.floor(Math.min(room - Math.ceil(MARGIN * outputTokens), room / (1 + MARGIN * outputShare)));
  // Rounding up may cost the last token.
  return limit > 0 && enlarged(limit, outputTokens, outputShare) > room ? limit - 1 : limit;
}

/** What stays back for the coordinator: its steps, at most a tenth of all but one at least, a fifth of tokens and money. */
export function holdBack(caps: Caps, coordinatorSteps: number): Amounts {
  return {
    steps: Math.min(coordinatorSteps, caps.maxSteps - 1, Math.max(1, Math.floor(caps.maxSteps / 10))),
    tokens: Math.floor((caps.maxTokens ?? 0) / 5),
    usd: (caps.maxUsd ?? 0) / 5,
  };
}
