/** `approve: ["plan"]`: the plan waits for a human, who approves, edits or rejects it. */
import { Command, InMemoryStore, INTERRUPT, isInterrupted } from "@langchain/langgraph";
import { describe, expect, test } from "vitest";
import { planOf, scriptedSwarm, thread } from "../support/scripted-swarm.ts";

const FIRST = JSON.stringify(planOf({ a: {} }));
const OPTIONS = { approve: ["plan"] as const };

describe("at plan review", () => {
  test("the run stops before any agent works, with a request that chat front ends render", async () => {
    const { swarm, model } = scriptedSwarm({ planner: FIRST }, OPTIONS);
    const state = await swarm.invoke({ task: "One." }, thread("t1"));
    expect(isInterrupted(state)).toBe(true);
    if (!isInterrupted(state)) return;
    expect(state[INTERRUPT]).toHaveLength(1);
    expect(state[INTERRUPT][0]?.value).toMatchObject({
      kind: "plan",
      action_requests: [
        {
          name: "run_plan",
          args: { plan: { subtasks: [{ id: "a" }] } },
          description: expect.stringMatching(/this plan of 1 subtask\b/),
        },
      ],
      review_configs: [{ action_name: "run_plan", allowed_decisions: ["approve", "edit", "reject"] }],
    });
    model.expectUsedUp();
  });

  test.each([
    ["decisions, as front ends answer", { decisions: [{ type: "approve" }] }],
    ["one decision", { type: "approve" }],
    ["a word", "approve"],
    ["true", true],
  ])("approval by %s lets the plan run", async (_, resume) => {
    const { swarm, model } = scriptedSwarm({ planner: FIRST, a: "the answer" }, OPTIONS);
    await swarm.invoke({ task: "One." }, thread("t1"));
    const state = await swarm.invoke(new Command({ resume }), thread("t1"));
    expect(state).toMatchObject({ status: "complete", planVersion: 1 });
    model.expectUsedUp();
  });

  test("a rejection goes back to the planner with its reason, and the new plan waits too", async () => {
    const { swarm, model } = scriptedSwarm(
      {
        planner: [
          FIRST,
          ({ messages }) => {
            const [, , own, reason] = messages;
            const isTold = own?.type === "ai" && reason?.text.includes("split it in two") === true;
            const isOwn = isTold && JSON.parse(own.text).subtasks[0].id === "a";
            return isOwn ? JSON.stringify(planOf({ b: {}, c: {} })) : "no reason seen";
          },
        ],
        ...{ b: "B", c: "C", synthesizer: "the answer" },
      },
      OPTIONS,
    );
    await swarm.invoke({ task: "One." }, thread("t1"));
    const reject = { decisions: [{ type: "reject", message: "split it in two" }] };
    const again = await swarm.invoke(new Command({ resume: reject }), thread("t1"));
    expect(isInterrupted(again) && again[INTERRUPT][0]?.value).toMatchObject({
      action_requests: [{ args: { plan: { subtasks: [{ id: "b" }, { id: "c" }] } } }],
    });
    const state = await swarm.invoke(new Command({ resume: "approve" }), thread("t1"));
    expect(state).toMatchObject({ status: "complete", planVersion: 2, coverage: { total: 2, done: 2 } });
    model.expectUsedUp();
  });

  test("an edited plan is the plan that runs", async () => {
    const { swarm, model } = scriptedSwarm({ planner: FIRST, mine: "the answer" }, OPTIONS);
    await swarm.invoke({ task: "One." }, thread("t1"));
    const edit = { type: "edit", edited_action: { name: "run_plan", args: { plan: planOf({ mine: {} }) } } };
    const state = await swarm.invoke(new Command({ resume: { decisions: [edit] } }), thread("t1"));
    expect(state).toMatchObject({ status: "complete", planVersion: 2, planned: { subtasks: [{ id: "mine" }] } });
    expect(Object.keys(state.lanes)).toEqual(["mine"]);
    model.expectUsedUp();
  });

  test("an edit at a fork of a run that has results by another plan is the plan of the new run: none of them counts", async () => {
    const { swarm, model } = scriptedSwarm(
      { planner: FIRST, a: ["the answer", "another"] },
      { ...OPTIONS, store: new InMemoryStore() },
    );
    await swarm.invoke({ task: "One." }, thread("t1"));
    await swarm.invoke(new Command({ resume: "approve" }), thread("t1"));
    const history = [];
    for await (const state of swarm.getStateHistory(thread("t1"))) history.push(state);
    const atReview = history.find(({ next }) => next.includes("plan-review"));
    const plan = planOf({ a: { instructions: "Do something else." } });
    const edit = { type: "edit", edited_action: { args: { plan } } };
    const fork = await swarm.updateState(atReview!.config, {}, "planner");
    expect(isInterrupted(await swarm.invoke(null, fork))).toBe(true);
    const state = await swarm.invoke(new Command({ resume: edit }), thread("t1"));
    expect(state).toMatchObject({ runId: "t1~2", status: "complete", answer: expect.stringContaining("another") });
    model.expectUsedUp();
  });

  test.each([
    [
      "an answer of another shape",
      { type: "aprove" },
      expect.stringContaining('expected one of "approve", "edit", "reject", got "aprove"'),
    ],
    [
      "too many decisions",
      { decisions: [{ type: "approve" }, { type: "approve" }] },
      expect.stringContaining("it takes 1 decision"),
    ],
    [
      "an edited plan with a cycle",
      { type: "edit", edited_action: { args: { plan: planOf({ a: { dependsOn: ["a"] } }) } } },
      expect.stringContaining("cycle"),
    ],
  ])("%s is refused, and the question is asked again", async (_, resume, problem) => {
    const { swarm, model } = scriptedSwarm({ planner: FIRST, a: "the answer" }, OPTIONS);
    await swarm.invoke({ task: "One." }, thread("t1"));
    const again = await swarm.invoke(new Command({ resume }), thread("t1"));
    expect(isInterrupted(again) && again[INTERRUPT]).toMatchObject([
      {
        value: {
          problem,
          action_requests: [{ description: expect.stringMatching(/^Your answer could not be used: /) }],
        },
      },
    ]);
    const state = await swarm.invoke(new Command({ resume: "approve" }), thread("t1"));
    expect(state).toMatchObject({ status: "complete" });
    model.expectUsedUp();
  });
});
