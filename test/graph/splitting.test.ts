/** Splitting where it meets other things: inputs, ids that are taken, a human who is asked, a run that goes on later. */
import { tool } from "@langchain/core/tools";
import { Command, isInterrupted } from "@langchain/langgraph";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { planOf, scriptedSwarm, thread } from "../support/scripted-swarm.ts";

const PARTS = JSON.stringify({
  subtasks: [
    { id: "p", instructions: "first" },
    { id: "q", instructions: "second" },
  ],
});
const SEND = tool(({ to }) => `sent to ${to}`, {
  name: "send",
  description: "sends a letter",
  schema: z.object({ to: z.string() }),
});
const CLERK = { name: "clerk", description: "sends letters", tools: ["send"] };
const approve = { decisions: [{ type: "approve" }] };

function refused(code: string): Error {
  return Object.assign(new Error(code), { status: 400, error: { code, message: code } });
}

describe("a subtask that is split", () => {
  test("by the planner: its parts are given its input", async () => {
    const { swarm, model } = scriptedSwarm({
      a: "the material of a",
      b: [refused("context_length_exceeded"), ({ messages }) => messages[1]!.text],
      planner: PARTS,
      "b.p": "P",
      "b.q": "Q",
      synthesizer: "S",
    });
    await swarm.invoke({ task: "t", plan: planOf({ a: {}, b: { dependsOn: ["a"] } }) }, thread("t1"));
    const seen = ["b.p", "b.q"].map((who) => model.callsOf(who)[0]?.messages[1]?.text ?? "");
    expect([...seen, model.callsOf("b").at(-1)?.messages[1]?.text].some((t) => t?.includes("the material of a"))).toBe(
      true,
    );
  });

  test("into parts whose ids would be another's: they get others", async () => {
    const { swarm, model } = scriptedSwarm({
      a: "A",
      c: "C",
      "b.1": "somebody else's",
      b: [refused("context_length_exceeded"), "B"],
      "b.2_1": "part one",
      "b.2_2": "part two",
      synthesizer: "S",
    });
    const plan = planOf({ a: {}, c: {}, "b.1": {}, b: { dependsOn: ["a", "c", "b.1"].slice(0, 2) } });
    const state = await swarm.invoke({ task: "t", plan }, thread("t13"));
    expect(model.callsOf("b").at(-1)!.messages[1]!.text).not.toContain("somebody else");
    expect(state).toMatchObject({ coverage: { total: 4, done: 4 } });
  });

  test("and asks a human in a part: those that wait for it step back, and the run stops for the answer", async () => {
    const { swarm } = scriptedSwarm(
      {
        b: [refused("context_length_exceeded"), "B"],
        planner: PARTS,
        "b.p": [{ calls: [{ name: "send", args: { to: "Ann" } }] }, "P"],
        "b.q": "Q",
        c: "C",
        synthesizer: "S",
      },
      { approve: ["tools"], tools: [SEND], agents: [CLERK] },
    );
    const state = await swarm.invoke({ task: "t", plan: planOf({ b: {}, c: { dependsOn: ["b"] } }) }, thread("t2"));
    expect(isInterrupted(state)).toBe(true);
    const end = await swarm.invoke(new Command({ resume: approve }), thread("t2"));
    expect(end).toMatchObject({ status: "complete" });
  });

  test("into parts of which one waits for another that asks a human: it is run once the human has answered", async () => {
    const chained = JSON.stringify({
      subtasks: [
        { id: "p", instructions: "first" },
        { id: "q", instructions: "second", dependsOn: ["p"] },
      ],
    });
    const { swarm, model } = scriptedSwarm(
      {
        b: [refused("context_length_exceeded"), "B"],
        planner: chained,
        "b.p": [{ calls: [{ name: "send", args: { to: "Ann" } }] }, "P"],
        "b.q": "Q",
        synthesizer: "S",
      },
      { approve: ["tools"], tools: [SEND], agents: [CLERK] },
    );
    await swarm.invoke({ task: "t", plan: planOf({ b: {} }) }, thread("t14"));
    const end = await swarm.invoke(new Command({ resume: approve }), thread("t14"));
    expect(end).toMatchObject({ status: "complete", coverage: { done: 1 } });
    expect(model.callsOf("b.q")).toHaveLength(1);
    const [rules, opening] = model.callsOf("b").at(-1)!.messages;
    expect(rules!.text).toContain("the results that you are given");
    expect(opening!.text).toContain("Q");
  });

  test("in vain is given its own inputs when it runs again", async () => {
    const bad = refused("invalid_request");
    const { swarm, model } = scriptedSwarm({
      a: "the material of a",
      b: [refused("context_length_exceeded"), "B"],
      planner: PARTS,
      "b.p": bad,
      "b.q": bad,
      synthesizer: ["S", "S"],
    });
    const first = await swarm.invoke({ task: "t", plan: planOf({ a: {}, b: { dependsOn: ["a"] } }) }, thread("t9"));
    expect(first.status).toBe("partial");
    await swarm.updateState(thread("t9"), { parked: ["b"], assignments: [] }, "integrate");
    const second = await swarm.invoke(null, thread("t9"));
    expect(second.status).toBe("complete");
    expect(model.callsOf("b").at(-1)!.messages[1]!.text).toContain("the material of a");
  });
});
