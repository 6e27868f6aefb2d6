/** A cap in money needs prices: refused before anything is spent. */
import type { ModelProvider } from "../engine/ports/models.ts";
import type { AgentProfile } from "../state/agent-profile.ts";
import { SwarmError } from "../state/errors.ts";
import { switchableModels, type RecoveryPolicy } from "../state/recovery-policy.ts";
import { fieldOf, listOf } from "../state/is-record.ts";

interface Spending {
  agents: readonly AgentProfile[];
  recovery: RecoveryPolicy;
  maxUsd: number | undefined;
  /** Sub-budgets of subtasks count too. */
  plan?: Record<string, unknown> | undefined;
}

/**
 * Throws SwarmError PRICE_UNKNOWN for a model without a price where money is capped, and as `resolve` does for one that cannot be
 * used. Looks at the run's model, at those of agents, and at those that recovery may switch to.
 */
export function refuseUnpriced(spending: Spending, models: ModelProvider): void {
  const cap = capInMoney(spending);
  for (const spec of modelsNamed(spending)) {
    const { id, price } = models.resolve(spec);
    if (cap === undefined || price !== undefined) continue;
    throw new SwarmError("PRICE_UNKNOWN", `${cap} needs a price, and none is known for the model ${id}`, {
      next: `give one in --config: prices: { "${id}": { input: 1, output: 4 } } (USD per million tokens)`,
    });
  }
}

/** The cap as its user wrote it; undefined where money is not capped. */
export function capInMoney({ maxUsd, agents, plan }: Omit<Spending, "recovery">): string | undefined {
  if (maxUsd !== undefined) return "--max-usd";
  const agent = agents.find(({ budget }) => budget?.maxUsd !== undefined);
  if (agent !== undefined) return `the budget.maxUsd of agent ${agent.name}`;
  // The plan has been checked: what is not there is not capped.
  const subtask = listOf(plan?.["subtasks"]).find((one) => fieldOf(fieldOf(one, "budget"), "maxUsd") !== undefined);
  return subtask === undefined ? undefined : `the budget.maxUsd of subtask ${String(fieldOf(subtask, "id"))}`;
}

export function modelsNamed({ agents, recovery }: Pick<Spending, "agents" | "recovery">): Set<string | undefined> {
  const switched = [recovery, ...agents.map((agent) => agent.recovery)].flatMap((policy) => switchableModels(policy));
  return new Set([undefined, ...agents.map(({ model }) => model), ...switched]);
}
