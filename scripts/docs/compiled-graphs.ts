/** The graphs as `createSwarm` compiles them, for pages that are made from them. */
import { createSwarm } from "../../app/create-swarm.ts";

export async function compiledGraphs() {
  const swarm = createSwarm({ model: "offline" });
  for await (const [name, lane] of swarm.getSubgraphsAsync()) if (name === "lane") return { swarm, lane };
  throw new Error("the swarm has no node named lane");
}
