/** The swarm inside a graph of the host, with the host's saver and store: as on the dev server, and as a node among others. */
import {
  Command,
  END,
  InMemoryStore,
  INTERRUPT,
  isInterrupted,
  MemorySaver,
  START,
  StateGraph,
  StateSchema,
} from "@langchain/langgraph";
import { expect, test } from "vitest";
import { z } from "zod";
import { planOf, scriptedSwarm, thread } from "../support/scripted-swarm.ts";

const HostState = new StateSchema({
  task: z.string(),
  plan: z.any(),
  answer: z.string().default(""),
});

test("a swarm as a node of another graph keeps its board there, and goes on there after an interrupt", async () => {
  const { swarm, model } = scriptedSwarm(
    { planner: JSON.stringify(planOf({ a: {}, b: {} })), a: "A", b: "B", synthesizer: "AB" },
    { checkpointer: undefined, approve: ["plan"] },
  );
  const store = new InMemoryStore();
  const host = new StateGraph(HostState)
    .addNode("swarm", swarm)
    .addEdge(START, "swarm")
    .addEdge("swarm", END)
    .compile({ checkpointer: new MemorySaver(), store });
  const waiting = await host.invoke({ task: "Both." }, thread("t1"));
  expect(isInterrupted(waiting) && waiting[INTERRUPT]).toMatchObject([{ value: { kind: "plan" } }]);
  const state = await host.invoke(new Command({ resume: "approve" }), thread("t1"));
  expect(state.answer).toContain("AB");
  const namespaces = await store.listNamespaces();
  expect(namespaces.some((namespace) => namespace.includes("t1"))).toBe(true);
  model.expectUsedUp();
});
