/** A cap in money needs prices: refused before anything is spent. */
import type { ModelProvider } from "../../engine/ports.ts";
import { SwarmError } from "../../state/errors.ts";
import type { RunSettings } from "../config/run-settings.ts";

/** Throws SwarmError PRICE_UNKNOWN for a model without a price, and as `resolve` does for one that cannot be used. */
export function refuseUnpriced(settings: Pick<RunSettings, "agents" | "run">, models: ModelProvider): void {
  const used = new Set([undefined, ...settings.agents.map(({ model }) => model)]);
  for (const spec of used) {
    const model = models.resolve(spec);
    if (settings.run.caps.maxUsd === undefined || model.price !== undefined) continue;
    throw new SwarmError("PRICE_UNKNOWN", `--max-usd needs a price, and none is known for the model ${model.id}`, {
      next: `give one in --config: prices: { "${model.id}": { input: 1, output: 4 } } (USD per million tokens)`,
    });
  }
}
