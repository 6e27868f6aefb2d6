/** The memory of a program's swarms is in the store that they are given. */
import { InMemoryStore } from "@langchain/langgraph";
import { expect, it } from "vitest";
import { planOf, scriptedSwarm, thread } from "../support/scripted-swarm.ts";

const AGENTS = [{ name: "keeper", description: "keeps notes", memory: "home" as const }];
const ONE = JSON.stringify(planOf({ s1: {} }));

it("another swarm on the same store is told what one has kept, one on another store is not", async () => {
  const store = new InMemoryStore();
  const ask = async (call: { name: string; args: Record<string, unknown> }, own = store) => {
    const { swarm, model } = scriptedSwarm(
      { planner: ONE, s1: [{ calls: [call] }, "It is so."], synthesizer: "So it is." },
      { agents: AGENTS, store: own },
    );
    await swarm.invoke({ task: "Go on." }, thread(call.name));
    await swarm.close();
    return model.calls.findLast(({ who }) => who === "s1")?.messages.at(-1)?.text ?? "";
  };
  expect(await ask({ name: "remember", args: { text: "Doors open inwards." } })).toMatch(/^Kept as note \w+\.$/);
  expect(await ask({ name: "recall", args: {} })).toContain("Doors open inwards.");
  expect(await ask({ name: "recall", args: {} }, new InMemoryStore())).toBe("You have kept no notes yet.");
});
