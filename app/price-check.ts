/** A cap in money needs prices: refused before anything is spent. */
import type { ModelProvider } from "../engine/ports.ts";
import type { AgentProfile } from "../state/agent-profile.ts";
import { SwarmError } from "../state/errors.ts";
import type { RecoveryPolicy } from "../state/recovery-policy.ts";

interface Spending {
  agents: readonly AgentProfile[];
  /** The run's own. */
  recovery: RecoveryPolicy;
  maxUsd: number | undefined;
}

/**
 * Throws SwarmError PRICE_UNKNOWN for a model without a price where money is capped, and as `resolve` does for one that cannot be
 * used. Looks at the run's model, at those of agents, and at those that recovery may switch to.
 */
export function refuseUnpriced(spending: Spending, models: ModelProvider): void {
  for (const spec of modelsNamed(spending)) {
    const { id, price } = models.resolve(spec);
    if (spending.maxUsd === undefined || price !== undefined) continue;
    throw new SwarmError("PRICE_UNKNOWN", `--max-usd needs a price, and none is known for the model ${id}`, {
      next: `give one in --config: prices: { "${id}": { input: 1, output: 4 } } (USD per million tokens)`,
    });
  }
}

function modelsNamed({ agents, recovery }: Spending): Set<string | undefined> {
  const actions = [recovery, ...agents.map((agent) => agent.recovery)].flatMap((policy) =>
    Object.values(policy ?? {}).flat(),
  );
  const switched = actions.flatMap((action) => (action?.do === "switch-model" ? action.models : []));
  return new Set([undefined, ...agents.map(({ model }) => model), ...switched]);
}
