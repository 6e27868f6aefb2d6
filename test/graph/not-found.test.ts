/** That the documents do not answer is a word of its own, no failure and no result. */
import { describe, expect, test } from "vitest";
import { planOf, scriptedSwarm, thread } from "../support/scripted-swarm.ts";

const TASK = "What does it weigh?";

describe("an agent that has looked and found nothing", () => {
  test("ends its subtask as `not-found`, with what it looked for, and the run as partial", async () => {
    const { swarm, model } = scriptedSwarm({ one: ["**NOT FOUND:** the weight of the pump"] });
    const state = await swarm.invoke({ task: TASK, plan: planOf({ one: {} }) }, thread("t1"));
    expect(state).toMatchObject({ status: "partial", coverage: { total: 1, done: 0, notFound: 1, failed: 0 } });
    expect(state.lanes["one"]).toMatchObject({ outcome: "not-found", cause: "the weight of the pump" });
    expect(state.answer).toMatch(/^The answer was not found\.\n\n---\nCoverage: 0 of 1 done, 1 not found\./);
    model.expectUsedUp();
  });

  test("may tell what comes closest, which is its output and stands in an answer that has nothing else", async () => {
    const { swarm } = scriptedSwarm({ one: ["NOT FOUND: the weight of the pump\n\nIts length is 2 m."] });
    const state = await swarm.invoke({ task: TASK, plan: planOf({ one: {} }) }, thread("t1"));
    expect(state).toMatchObject({ status: "partial", coverage: { total: 1, done: 0, notFound: 1 } });
    expect(state.answer).toMatch(/^The answer was not found\.\n\nIts length is 2 m\.\n\n---\nCoverage: 0 of 1 done/);
  });

  test("says so in place of JSON too, and its dependants are skipped unless they can do without", async () => {
    const { swarm, model } = scriptedSwarm({
      one: ["NOT FOUND: the weight"],
      free: ({ messages }) => (messages.some(({ text }) => text.includes('outcome="not-found"')) ? "Without it." : "?"),
      synthesizer: "An answer.",
    });
    const plan = planOf({
      one: { expects: { type: "object", required: ["weight"] } },
      bound: { dependsOn: ["one"] },
      free: { dependsOn: ["one"], allowMissingInputs: true },
    });
    const state = await swarm.invoke({ task: TASK, plan }, thread("t1"));
    expect(state).toMatchObject({ status: "partial", coverage: { done: 1, notFound: 1, skipped: 1, invalid: 0 } });
    expect(state.answer).toMatch(
      /1 of 3 done, 1 not found, 1 skipped\. What is missing:\n\n.*\(one\): not found, the weight/,
    );
    expect(model.callsOf("free")).toHaveLength(1);
  });

  test("may be asked again by another, where the policy says so", async () => {
    const { swarm, model } = scriptedSwarm(
      { one: ["NOT FOUND: the weight", "It weighs 3 kg."] },
      { recovery: { "not-found": [{ do: "retry", max: 1, backoffMs: 0, maxBackoffMs: 0 }] } },
    );
    expect(await swarm.invoke({ task: TASK, plan: planOf({ one: {} }) }, thread("t1"))).toMatchObject({
      status: "complete",
    });
    model.expectUsedUp();
  });
});

test("a synthesizer whose results answer nothing makes no complete run of it", async () => {
  const { swarm } = scriptedSwarm({
    one: "I read about valves.",
    two: "I read about tanks.",
    synthesizer: "NOT FOUND: the weight of the pump\n\nThe results speak of valves and tanks.",
  });
  const state = await swarm.invoke({ task: TASK, plan: planOf({ one: {}, two: {} }) }, thread("t1"));
  expect(state).toMatchObject({ status: "partial", coverage: { total: 2, done: 2 } });
  expect(state.answer).toMatch(
    /^The answer was not found\. Looked for: the weight of the pump\.\n\nThe results speak of valves and tanks\./,
  );
});
