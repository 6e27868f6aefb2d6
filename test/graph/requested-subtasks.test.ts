/** `request_subtasks`: a lane finds that more work is needed, and asks for it. */
import { describe, expect, test } from "vitest";
import { planOf, scriptedSwarm, thread, WORKER } from "../support/scripted-swarm.ts";
import type { ScriptedCall, ScriptedReply } from "../support/scripted-chat-model.ts";

const ASKING = { ...WORKER, tools: ["request_subtasks", "read_result"] };
const more = (...subtasks: object[]): ScriptedReply => ({ calls: [{ name: "request_subtasks", args: { subtasks } }] });
const work = (instructions: string, rest: object = {}) => ({ title: "More", instructions, ...rest });
const lastOf = ({ messages }: ScriptedCall): string => messages.at(-1)!.text;

describe("a lane that asks for more", () => {
  test("is told their ids and ends; they begin behind it, and the synthesizer has their results", async () => {
    const order: string[] = [];
    const note = (who: string, reply: string) => () => (order.push(who), reply);
    const { swarm, model } = scriptedSwarm(
      {
        a: [more(work("Look further.", { after: ["a"] })), (call) => (order.push("a"), lastOf(call).slice(0, 18))],
        "a.more-1": ({ messages, tools }) => {
          order.push("more");
          expect(messages[1]!.text).toContain('<input subtask="a"');
          expect(tools).toEqual(["read_result"]);
          return "Found further on.";
        },
        b: note("b", "B"),
        synthesizer: ({ messages }) => (messages[1]!.text.includes("Found further on.") ? "all" : "not all"),
      },
      { agents: [ASKING] },
    );
    const state = await swarm.invoke({ task: "T", plan: planOf({ a: {}, b: { dependsOn: ["a"] } }) }, thread("t1"));
    expect(state).toMatchObject({ status: "complete", coverage: { total: 3, done: 3 } });
    expect(state.answer).toMatch(/^all/);
    expect(model.callsOf("a")[1]!.messages.at(-1)!.text).toMatch(/^Added: a\.more-1\./);
    // Neither waits for the other: both have what they need once `a` has ended.
    expect(order.indexOf("a")).toBe(0);
    model.expectUsedUp();
  });

  test("begins it while other lanes still work: there is no wave to wait for", async () => {
    let release: (text: string) => void = () => undefined;
    const slow = new Promise<string>((resolve) => (release = resolve));
    const { swarm, model } = scriptedSwarm(
      {
        a: [more(work("Look further.")), "A"],
        "a.more-1": () => (release("B"), "M"),
        b: () => slow,
        synthesizer: "S",
      },
      { agents: [ASKING] },
    );
    const state = await swarm.invoke({ task: "T", plan: planOf({ a: {}, b: {} }) }, thread("t1"));
    expect(state).toMatchObject({ status: "complete", coverage: { total: 3, done: 3 } });
    model.expectUsedUp();
  });

  test("hears all that is wrong with it, and the same once more adds nothing", async () => {
    const { swarm, model } = scriptedSwarm(
      {
        a: [
          more(work("1", { after: ["ghost", "b"] }), work("2"), work("3"), work("4")),
          (call) => {
            expect(lastOf(call)).toMatch(
              /^Not added: you may ask for 3 more at most; .*"ghost"; .*"b" has not ended\.$/,
            );
            return more(work("1"));
          },
          more(work("1"), work("2")),
          (call) => (expect(lastOf(call)).toMatch(/^Added: a\.more-1, a\.more-2\./), "A"),
        ],
        ...{ "a.more-1": "M", "a.more-2": "M", b: "B", synthesizer: "S" },
      },
      { agents: [ASKING] },
    );
    const state = await swarm.invoke({ task: "T", plan: planOf({ a: {}, b: { dependsOn: ["a"] } }) }, thread("t1"));
    expect(state).toMatchObject({ status: "complete", coverage: { total: 4, done: 4 } });
    model.expectUsedUp();
  });

  test("is offered it neither as one of many equal items nor where its profile does not grant it", async () => {
    const { swarm, model } = scriptedSwarm({ "each-1": "A", plain: "B", synthesizer: "S" }, { agents: [ASKING] });
    const plan = planOf({ each: { forEach: ["x"] }, plain: {} });
    await swarm.invoke({ task: "T", plan }, thread("t1"));
    expect(model.callsOf("each-1")[0]!.tools).not.toContain("request_subtasks");
    expect(model.callsOf("plain")[0]!.tools).toContain("request_subtasks");
  });

  test("gets no more than the caps leave, and what failed is in the coverage", async () => {
    const { swarm, model } = scriptedSwarm(
      {
        a: [
          more(work("1"), work("2"), work("3")),
          (call) => (expect(lastOf(call)).toMatch(/run's steps \d+ are left/), more(work("1"))),
          "A",
        ],
        ...{ "a.more-1": "CANNOT: no way", synthesizer: "S" },
      },
      { agents: [ASKING], budget: { maxSteps: 5 } },
    );
    const state = await swarm.invoke({ task: "T", plan: planOf({ a: {} }) }, thread("t1"));
    expect(state).toMatchObject({ status: "partial", coverage: { total: 2, done: 1, failed: 1 } });
    model.expectUsedUp();
  });
});
