/** One lane's failure: the others finish, and the answer says what is missing (G6, G7). */
import { tool } from "@langchain/core/tools";
import { isGraphDrained } from "@langchain/langgraph";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { RecoveryPolicyInput } from "../../state/recovery-policy.ts";
import { planOf, scriptedSwarm, thread, WORKER } from "../support/scripted-swarm.ts";
import type { ScriptedStep } from "../support/scripted-chat-model.ts";

const INPUT = { task: "Three things.", plan: planOf({ bad: { title: "The bad one" }, good: {}, fine: {} }) };
const GOOD = { good: "G", fine: "F", synthesizer: "What there is." };
const note = tool(() => "noted", { name: "note", description: "notes", schema: z.object({}) });

/** The state of a run in which `bad` does as scripted and the two others do well. */
async function besideTwoGoodOnes(
  bad: ScriptedStep[],
  more: { agents?: (typeof WORKER)[]; input?: typeof INPUT; recovery?: RecoveryPolicyInput } = {},
) {
  const { agents = [{ ...WORKER, tools: ["note"], maxSteps: 3 }], input = INPUT } = more;
  const { swarm, model } = scriptedSwarm({ bad, ...GOOD }, { agents, tools: [note], recovery: more.recovery });
  const state = await swarm.invoke(input, thread("t1"));
  model.expectUsedUp();
  expect(state).toMatchObject({ status: "partial", coverage: { total: 3, done: 2 } });
  expect(state.lanes).toMatchObject({ good: { outcome: "done" }, fine: { outcome: "done" } });
  expect(state.answer).toMatch(/^What there is\./);
  expect(state.answer).toContain("The bad one");
  return { state, model };
}

function httpError(status: number, message: string): Error {
  return Object.assign(new Error(message), { status });
}

/** Without a wait between two tries. */
const AT_ONCE: RecoveryPolicyInput = { server: [{ do: "retry", max: 6, backoffMs: 0, maxBackoffMs: 0 }] };

describe("a lane", () => {
  test("whose model throws is `failed`", async () => {
    const { state } = await besideTwoGoodOnes([new Error("the model has a bug")]);
    expect(state.lanes["bad"]).toMatchObject({ outcome: "failed", cause: expect.stringContaining("has a bug") });
    expect(state.answer).toContain("2 of 3 done, 1 failed");
    expect(state.answer).toContain("the model has a bug");
  });

  test("that goes on with a model which cannot be used is `failed`, whatever it has done so far", async () => {
    const recovery: RecoveryPolicyInput = { server: [{ do: "switch-model", models: ["nowhere-to-be-had"] }] };
    const bad = [{ calls: [{ name: "note" }] }, httpError(503, "busy")];
    const { state } = await besideTwoGoodOnes(bad, { recovery });
    expect(state.lanes["bad"]).toMatchObject({ outcome: "failed", cause: expect.stringContaining("needs an API key") });
  });

  test("whose model throws goes to another agent, where one fits", async () => {
    const { swarm, model } = scriptedSwarm(
      { bad: [new Error("a bug"), ({ agent }) => `done by ${agent}`], ...GOOD },
      { agents: [WORKER, { ...WORKER, name: "stand-in" }] },
    );
    const state = await swarm.invoke(INPUT, thread("t1"));
    const [first, second] = model.callsOf("bad");
    expect(first!.agent).not.toBe(second!.agent);
    expect(state).toMatchObject({ status: "complete", lanes: { bad: { attempt: 2, agent: second!.agent } } });
    model.expectUsedUp();
  });

  test("whose provider fails is `infra`, after as many tries as the policy says, and never an answer", async () => {
    const { state, model } = await besideTwoGoodOnes(
      Array.from({ length: 7 }, () => httpError(503, "overloaded")),
      { recovery: AT_ONCE },
    );
    expect(state.lanes["bad"]).toMatchObject({ outcome: "infra", cause: expect.stringContaining("server") });
    expect(state.answer).toContain("2 of 3 done, 1 infra");
    expect(model.callsOf("bad")).toHaveLength(7);
  });

  test("whose provider recovers is `done`", async () => {
    const { swarm, model } = scriptedSwarm(
      { bad: [httpError(500, "oops"), "recovered"], ...GOOD },
      { recovery: AT_ONCE },
    );
    expect(await swarm.invoke(INPUT, thread("t1"))).toMatchObject({ status: "complete", lanes: { bad: { steps: 1 } } });
    model.expectUsedUp();
  });

  test("whose model says nothing is `invalid`", async () => {
    const { state } = await besideTwoGoodOnes(["", "", ""]);
    expect(state.lanes["bad"]).toMatchObject({ outcome: "invalid", cause: expect.stringContaining("empty-answer") });
  });

  test("whose agent says that it cannot is `failed`, with its reason", async () => {
    const { state } = await besideTwoGoodOnes(["CANNOT: the book is lent out"]);
    expect(state.lanes["bad"]).toMatchObject({ outcome: "failed" });
    expect(state.answer).toContain("the book is lent out");
  });

  test("whose agent exceeds its steps is `budget`, after a warning before the last one", async () => {
    const { state, model } = await besideTwoGoodOnes(Array.from({ length: 3 }, () => ({ calls: [{ name: "note" }] })));
    expect(state.lanes["bad"]).toMatchObject({ outcome: "budget", cause: expect.stringContaining("within 3 steps") });
    expect(model.callsOf("bad")[2]!.messages.at(-1)!.text).toContain("last step");
  });

  test("that no agent fits is `failed`, with the reasons of the router", async () => {
    const input = {
      ...INPUT,
      plan: planOf({ bad: { title: "The bad one", tools: ["read_result"] }, good: {}, fine: {} }),
    };
    const { state } = await besideTwoGoodOnes([], { input });
    expect(state.lanes["bad"]).toMatchObject({
      outcome: "failed",
      cause: expect.stringMatching(/^no agent fits \(worker: .*read_result/),
    });
  });
});

describe("when every lane fails for the provider's sake", () => {
  test("the answer says that nothing was examined", async () => {
    const down = [httpError(503, "down")];
    const { swarm, model } = scriptedSwarm(
      { bad: down, good: down, fine: down },
      { recovery: { server: [{ do: "give-up" }] } },
    );
    const state = await swarm.invoke(INPUT, thread("t1"));
    expect(state).toMatchObject({ status: "failed", coverage: { total: 3, done: 0, infra: 3 } });
    expect(state.answer).toContain("nothing was examined, and nothing follows about the question");
    model.expectUsedUp();
  });
});

describe("the coordinator", () => {
  test("that plans nonsense is told what is wrong, and plans again", async () => {
    const { swarm, model } = scriptedSwarm({
      planner: [
        "I would rather not.",
        JSON.stringify(planOf({ a: { dependsOn: ["nobody"] } })),
        ({ messages }) => (messages.at(-1)!.text.includes("nobody") ? JSON.stringify(planOf({ a: {} })) : "?"),
      ],
      a: "A",
    });
    expect(await swarm.invoke({ task: "One." }, thread("t1"))).toMatchObject({ status: "complete" });
    model.expectUsedUp();
  });

  test("that never plans leaves the whole task to one agent", async () => {
    const { swarm, model } = scriptedSwarm({ planner: ["no", "no", "no"], task: "done" });
    const state = await swarm.invoke({ task: "One." }, thread("t1"));
    expect(state).toMatchObject({ status: "complete", planned: { subtasks: [{ id: "task" }] } });
    model.expectUsedUp();
  });

  test("whose key is refused while it plans pauses the run, which goes on once the key is mended", async () => {
    const { swarm, model } = scriptedSwarm({
      planner: [httpError(401, "no such key"), JSON.stringify(planOf({ a: {} }))],
      a: "A",
    });
    await expect(swarm.invoke({ task: "One." }, thread("t1"))).rejects.toSatisfy(isGraphDrained);
    expect(await swarm.invoke(null, thread("t1"))).toMatchObject({ status: "complete" });
    model.expectUsedUp();
  });

  test("that cannot write the answer leaves the results side by side, and says so", async () => {
    const { swarm, model } = scriptedSwarm({ a: "The result of a.", b: "B", synthesizer: [new Error("a bug")] });
    const state = await swarm.invoke({ task: "One.", plan: planOf({ a: {}, b: {} }) }, thread("t1"));
    expect(state.answer).toContain("The result of a.");
    expect(state.answer).toContain("the synthesizer could not be called");
    expect(state.answeredBy).toBe("code");
    model.expectUsedUp();
  });
});
