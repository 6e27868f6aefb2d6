/** What `doctor` says of prices: of every model that the run, its agents or their recovery may call, and of the user's own table. */
import { createModelProvider } from "../../../adapters/models/model-provider.ts";
import type { Price } from "../../../engine/ports/models.ts";
import type { AgentProfile } from "../../../state/agent-profile.ts";
import { describeError } from "../../../state/errors.ts";
import type { RecoveryPolicy } from "../../../state/recovery-policy.ts";
import type { RunConfig } from "../../config/run-config.ts";
import { pricesOf } from "../../config/run-settings.ts";
import { modelsNamed } from "../../price-check.ts";

export interface Finding {
  what: string;
  is: string;
  problem?: true;
}

export interface Configured {
  config: RunConfig;
  agents: readonly AgentProfile[];
  recovery: RecoveryPolicy;
  endpoint: { baseUrl?: string; apiKey?: string };
}

/** One line a model, and one an entry of the user's own table. A model without a price is a problem only where money is capped. */
export function priceFindings({ config, agents, recovery, endpoint }: Configured): Finding[] {
  const own = pricesOf(config.prices ?? {});
  const models = createModelProvider({ concurrency: 1, prices: own, model: config.model, ...endpoint });
  const isCapped = [config, ...agents.map(({ budget }) => budget)].some((cap) => cap?.maxUsd !== undefined);
  const named = [...modelsNamed({ agents, recovery })].map((spec): Finding => {
    try {
      const { id, price } = models.resolve(spec);
      if (price !== undefined) return { what: "price", is: `${id}: ${priceText(price)}` };
      return { what: "price", is: `${id}: unknown; ${HOW_TO_GIVE_ONE}`, ...(isCapped ? { problem: true } : {}) };
    } catch (error) {
      return { what: "price", is: `${spec ?? "the run's model"}: ${describeError(error)}`, problem: true };
    }
  });
  const table = Object.entries(own).map(([name, price]) => ({ what: "own price", is: `${name}: ${priceText(price)}` }));
  return [...named, ...table];
}

const HOW_TO_GIVE_ONE = "--max-usd needs one in --config (prices: { model: { input: 1, output: 4 } })";

export function priceText({ input, cachedInput, output, source }: Price): string {
  return `USD ${input} in, ${cachedInput} cached in, ${output} out per million tokens (${source})`;
}
