/** A fork in a program: what is kept is not asked again, what stands on the change is, also of what lanes share. */
import { InMemoryStore, MemorySaver } from "@langchain/langgraph";
import { describe, expect, test } from "vitest";
import { createSwarm } from "../../app/create-swarm.ts";
import { ScriptedChatModel, type ScriptedStep } from "../support/scripted-chat-model.ts";
import { planOf, thread, WORKER } from "../support/scripted-swarm.ts";

const WRITER = { ...WORKER, tools: ["write_artifact", "append_artifact", "read_artifact"] };
const append = (name: string, content: string): ScriptedStep => ({
  calls: [{ name: "append_artifact", args: { name, content } }],
});

function swarmOf(script: Record<string, ScriptedStep | ScriptedStep[]>) {
  const model = new ScriptedChatModel(script);
  const swarm = createSwarm({ agents: [WRITER], checkpointer: new MemorySaver(), store: new InMemoryStore(), model });
  return { model, swarm };
}

describe("swarm.fork", () => {
  test("keeps what does not stand on the change, asks the rest anew, and names its parent; a fork of it as well", async () => {
    const { model, swarm } = swarmOf({
      ...{ a: "A", b: ["B", ({ messages }) => (/otherwise/.test(messages[1]!.text) ? "B, otherwise" : "wrong")] },
      ...{ c: ["C", ({ messages }) => `C on ${/B, otherwise/.exec(messages[1]!.text)?.[0]}`, "C, again"], d: "D" },
      synthesizer: ["one", "two", "three"],
    });
    const plan = planOf({ a: {}, b: { dependsOn: ["a"] }, c: { dependsOn: ["b"] }, d: {} });
    await swarm.invoke({ task: "All.", plan }, thread("r"));
    const { input, config } = await swarm.fork("r", { at: ["b"], instructions: "Do it otherwise.", id: "f" });
    const state = await swarm.invoke(input, config);
    expect(state).toMatchObject({ status: "complete", runId: "f", coverage: { total: 4, done: 4 } });
    expect(state.answer).toContain("two");
    const again = await swarm.fork("f", { at: ["c"] });
    expect(await swarm.invoke(again.input, again.config)).toMatchObject({ status: "complete", coverage: { done: 4 } });
    model.expectUsedUp();
    await expect(swarm.fork("r", { at: ["b"], id: "f" })).rejects.toMatchObject({ code: "RUN_EXISTS" });
    await expect(swarm.fork("r", { at: ["nobody"] })).rejects.toMatchObject({ code: "USAGE" });
    await expect(swarm.fork("none", { at: ["a"] })).rejects.toMatchObject({ code: "RUN_UNKNOWN" });
  });

  test("keeps an artifact as it was before what is left out, and runs anew who wrote on top of that", async () => {
    const { model, swarm } = swarmOf({
      a: [append("x.md", "from a"), "A"],
      b: [append("x.md", "from b"), "B", append("x.md", "from b, anew"), "B, anew"],
      c: [append("x.md", "from c"), "C", append("x.md", "from c, anew"), "C, anew"],
    });
    const writes = { writes: ["x.md"] };
    // One after the other, without building on each other's results.
    const plan = planOf({ a: writes, b: { ...writes, dependsOn: ["a"] }, c: { ...writes, dependsOn: ["a"] } });
    await swarm.invoke({ task: "All.", plan }, thread("r"));
    const first = await swarm.getState(thread("r"));
    expect(first.values.artifacts["x.md"]).toMatchObject({ version: 3 });
    const last = first.values.artifacts["x.md"]?.by === "c" ? "b" : "c";
    const { input, config } = await swarm.fork("r", { at: [last] });
    const state = await swarm.invoke(input, config);
    expect(state.artifacts["x.md"]).toMatchObject({ runId: config.configurable.thread_id, version: 3 });
    expect(model.callsOf("a")).toHaveLength(2);
    model.expectUsedUp();
  });
});
