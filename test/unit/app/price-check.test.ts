import { describe, expect, it } from "vitest";
import { createModelProvider } from "../../../adapters/models/model-provider.ts";
import { refuseUnpriced } from "../../../app/price-check.ts";
import { createSwarm } from "../../../app/create-swarm.ts";
import { readAgents } from "../../../app/config/read-agents.ts";

const agents = readAgents([{ name: "worker", description: "works" }]);
const price = { input: 1, cachedInput: 1, output: 2, source: "test" };
const models = createModelProvider({
  ...{ model: "known", baseUrl: "http://127.0.0.1:1/v1", concurrency: 1 },
  prices: { known: price },
});

describe("a cap in money", () => {
  it("is refused where the model that recovery may switch to has no price", () => {
    const recovery = { server: [{ do: "switch-model" as const, models: ["known", "never-heard-of"] }] };
    expect(() => refuseUnpriced({ agents, recovery, maxUsd: 1 }, models)).toThrow(/model never-heard-of/);
    const own = readAgents([{ name: "worker", description: "works", recovery }]);
    expect(() => refuseUnpriced({ agents: own, recovery: {}, maxUsd: 1 }, models)).toThrow(/model never-heard-of/);
    expect(() => refuseUnpriced({ agents: own, recovery, maxUsd: undefined }, models)).not.toThrow();
    expect(() => refuseUnpriced({ agents, recovery: {}, maxUsd: 1 }, models)).not.toThrow();
  });

  it("is refused for programs too", () => {
    const options = { model: "never-heard-of", baseUrl: "http://127.0.0.1:1/v1", budget: { maxUsd: 1 } };
    expect(() => createSwarm(options)).toThrow(/no.* price|needs a price/);
    expect(() => createSwarm({ ...options, prices: { "never-heard-of": price } })).not.toThrow();
  });
});
