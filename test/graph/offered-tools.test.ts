/** What tools a lane is told of. */
import { describe, expect, test } from "vitest";
import { planOf, scriptedSwarm, thread } from "../support/scripted-swarm.ts";

describe("a lane that is given no results and has nothing to look into", () => {
  const READER = { name: "reader", description: "reads", tools: ["read_result"] };

  test("is not offered read_result, which is answered where it calls it; who builds on it is offered it", async () => {
    const { swarm, model } = scriptedSwarm(
      {
        a: [{ calls: [{ name: "read_result", args: { subtask: "b" } }] }, ({ messages }) => messages.at(-1)!.text],
        b: "B",
        synthesizer: ({ messages }) => messages[1]!.text,
      },
      { agents: [READER] },
    );
    const plan = planOf({ a: {}, b: { dependsOn: ["a"] } });
    const state = await swarm.invoke({ task: "Read.", plan }, thread("t1"));
    expect(state.answer).toContain("No result yet.");
    expect(model.callsOf("a").map(({ tools }) => tools)).toEqual([[], []]);
    expect(model.callsOf("b").map(({ tools }) => tools)).toEqual([["read_result"]]);
    const [alone, behind] = ["a", "b"].map((id) => model.callsOf(id)[0]!.messages[0]!.text);
    expect(alone).not.toMatch(/tools|results that you are given/);
    expect(behind).toMatch(/Call tools until.*results that you are given/s);
    model.expectUsedUp();
  });
});
