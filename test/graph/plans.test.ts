/** What a plan may ask for: a schema of the output, dependents of what failed, many items, a named agent. */
import { describe, expect, test } from "vitest";
import { planOf, scriptedSwarm, thread, WORKER } from "../support/scripted-swarm.ts";

const NUMBER = { type: "object", properties: { n: { type: "number" } }, required: ["n"], additionalProperties: false };

describe("expects", () => {
  test("takes JSON that fits its schema, out of a fence too", async () => {
    const { swarm, model } = scriptedSwarm({
      a: '```json\n{ "n": 1 }\n```',
      b: ({ messages }) => messages[1]!.text,
      synthesizer: "S",
    });
    const plan = planOf({ a: { expects: NUMBER }, b: { dependsOn: ["a"] } });
    await swarm.invoke({ task: "Numbers.", plan }, thread("t1"));
    expect(model.callsOf("b")[0]!.messages[1]!.text).toMatch(/\{\s*"n":\s*1\s*\}/);
    model.expectUsedUp();
  });

  test("sends back what does not fit, with the problem, in the same conversation", async () => {
    const { swarm, model } = scriptedSwarm({ a: ["one", '{ "n": "one" }', '{ "n": 1 }'] });
    const state = await swarm.invoke({ task: "Numbers.", plan: planOf({ a: { expects: NUMBER } }) }, thread("t1"));
    expect(state).toMatchObject({ status: "complete", lanes: { a: { attempt: 1, steps: 3 } } });
    const [, second, third] = model.callsOf("a");
    expect(second!.messages.map(({ type }) => type)).toEqual(["system", "human", "ai", "human"]);
    expect(third!.messages.at(-1)!.text).toMatch(/refused.*n/s);
    model.expectUsedUp();
  });

  test("that is never met goes to another agent with a fresh conversation, then ends as `invalid`", async () => {
    const { swarm, model } = scriptedSwarm(
      { a: ["one", "two", "three", "four"] },
      { agents: [WORKER, { ...WORKER, name: "stand-in" }] },
    );
    const state = await swarm.invoke({ task: "Numbers.", plan: planOf({ a: { expects: NUMBER } }) }, thread("t1"));
    expect(state.lanes["a"]).toMatchObject({ outcome: "invalid", attempt: 2, steps: 4 });
    const agents = model.callsOf("a").map(({ agent }) => agent);
    expect(new Set(agents.slice(0, 3)).size).toBe(1);
    expect(agents[3]).not.toBe(agents[0]);
    expect(model.callsOf("a")[3]!.messages).toHaveLength(2);
    model.expectUsedUp();
  });
});

describe("a subtask whose input failed", () => {
  const failing = { a: "CANNOT: no idea", good: "G", synthesizer: "S" };

  test("is skipped without a model call, and so is what depends on it", async () => {
    const { swarm, model } = scriptedSwarm(failing);
    const plan = planOf({ a: {}, b: { dependsOn: ["a", "good"] }, c: { dependsOn: ["b"] }, good: {} });
    const state = await swarm.invoke({ task: "Chain.", plan }, thread("t1"));
    expect(state).toMatchObject({ status: "partial", coverage: { total: 4, done: 1, failed: 1, skipped: 2 } });
    expect(state.lanes["b"]).toMatchObject({ outcome: "skipped", cause: "its input a was not done" });
    expect(state.answer).toContain("1 of 4 done, 1 failed, 2 skipped");
    model.expectUsedUp();
  });

  test("runs where the plan says that it can do without, and is told what is missing", async () => {
    const { swarm, model } = scriptedSwarm({ ...failing, b: ({ messages }) => messages[1]!.text });
    const plan = planOf({ a: {}, good: {}, b: { dependsOn: ["a", "good"], allowMissingInputs: true } });
    const state = await swarm.invoke({ task: "Chain.", plan }, thread("t1"));
    expect(state).toMatchObject({ status: "partial", lanes: { b: { outcome: "done" } } });
    const told = model.callsOf("b")[0]!.messages[1]!.text;
    expect(told).toContain('<input subtask="a" agent="worker" outcome="failed">\nagent-failed: no idea');
    expect(told).toContain('<input subtask="good" agent="worker" outcome="done">\nG');
    model.expectUsedUp();
  });
});

describe("forEach", () => {
  test("makes one lane of each item without a model call, and who depends on it gets all of them", async () => {
    const { swarm, model } = scriptedSwarm({
      ...{ "each-1": "red", "each-2": "green", "each-3": "blue", synthesizer: "S" },
      all: ({ messages }) => ["red", "green", "blue"].filter((word) => messages[1]!.text.includes(word)).join(),
    });
    const plan = planOf({
      each: {
        forEach: ["r", "g", "b"],
        title: "Look up {{item}}",
        instructions: "What is {{item}}, number {{index}}?",
      },
      all: { dependsOn: ["each"] },
    });
    const state = await swarm.invoke({ task: "Colours.", plan }, thread("t1"));
    expect(state).toMatchObject({ status: "complete", coverage: { total: 4 } });
    expect(Object.values(state.lanes).map(({ title }) => title)).toContain("Look up g");
    expect(model.callsOf("each-2")[0]!.messages[1]!.text).toContain("What is g, number 2?");
    expect(model.callsOf("all")).toHaveLength(1);
    model.expectUsedUp();
  });
});

describe("the router", () => {
  const agents = [
    { name: "historian", description: "knows the past of cities", skills: ["history"], tools: [] },
    { name: "chemist", description: "knows substances and reactions", skills: ["chemistry"], tools: [] },
  ];

  test("gives each subtask to the agent with its skill", async () => {
    const { swarm, model } = scriptedSwarm({ a: "A", b: "B", synthesizer: "S" }, { agents });
    const plan = planOf({ a: { skills: ["chemistry"] }, b: { skills: ["history"] } });
    const state = await swarm.invoke({ task: "Both.", plan }, thread("t1"));
    expect(state.lanes).toMatchObject({ a: { agent: "chemist" }, b: { agent: "historian" } });
    model.expectUsedUp();
  });

  test("gives a pinned subtask to its agent, whatever the skills", async () => {
    const { swarm, model } = scriptedSwarm({ a: ({ agent }) => `by ${agent}` }, { agents });
    const plan = planOf({ a: { skills: ["chemistry"], agent: "historian" } });
    expect((await swarm.invoke({ task: "One.", plan }, thread("t1"))).lanes).toMatchObject({
      a: { agent: "historian" },
    });
    model.expectUsedUp();
  });

  const away = { name: "nobody", description: "looks at pictures", modalities: ["image" as const] };

  test("drops a pin to an agent that takes no work here before a lane is lost, and says so", async () => {
    const { swarm, model } = scriptedSwarm({ a: "A" }, { agents: [...agents, away] });
    const state = await swarm.invoke({ task: "One.", plan: planOf({ a: { agent: "nobody" } }) }, thread("t1"));
    expect(state).toMatchObject({ status: "complete", lanes: { a: { outcome: "done" } } });
    model.expectUsedUp();
  });

  test("has nobody where no agent can take the work, and says so", async () => {
    const { swarm, model } = scriptedSwarm({ b: "B", synthesizer: "S" }, { agents: [...agents, away] });
    const plan = planOf({ a: { agent: "nobody", writes: ["a.md"] }, b: {} });
    const state = await swarm.invoke({ task: "Both.", plan }, thread("t1"));
    expect(state.lanes["a"]).toMatchObject({
      outcome: "failed",
      cause: expect.stringMatching(/no agent fits.*nobody/),
    });
    expect(state.answer).toContain("1 of 2 done, 1 failed");
    model.expectUsedUp();
  });
});
