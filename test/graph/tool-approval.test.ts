/** `approve: ["tools"]`: calls of tools that act wait for a human, several lanes at once, and each answer reaches its own. */
import { tool } from "@langchain/core/tools";
import { Command, INTERRUPT, isInterrupted, type Interrupt } from "@langchain/langgraph";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { thread, planOf, scriptedSwarm } from "../support/scripted-swarm.ts";
import type { ScriptedStep } from "../support/scripted-chat-model.ts";

interface Request {
  kind: string;
  subtask: string;
  action_requests: { name: string; args: unknown }[];
}

const PLAN = planOf({ a: {}, b: {}, c: { dependsOn: ["a", "b"] }, free: {} });
const TASK = { task: "Send what has to be sent.", plan: PLAN };

/** Lanes a and b each send a letter; c waits for both; free has no need of anybody. */
function postOffice(more: Record<string, ScriptedStep | ScriptedStep[]> = {}) {
  const sent: string[] = [];
  const send = tool(({ to }) => `sent to ${sent.push(to) && to}`, {
    name: "send",
    description: "sends a letter",
    schema: z.object({ to: z.string() }),
  });
  const letter = (to: string): ScriptedStep[] => [
    { calls: [{ name: "send", args: { to } }] },
    ({ messages }) => `${to}: ${messages.at(-1)!.text}`,
  ];
  const { swarm, model } = scriptedSwarm(
    {
      a: letter("Ann"),
      b: letter("Bob"),
      c: ({ messages }) => messages[1]!.text,
      free: "free",
      synthesizer: "S",
      ...more,
    },
    { approve: ["tools"], tools: [send], agents: [{ name: "clerk", description: "sends letters", tools: ["send"] }] },
  );
  return { swarm, model, sent };
}

function pending(state: unknown): Map<string, Interrupt<Request>> {
  if (!isInterrupted<Request>(state)) return new Map();
  return new Map(state[INTERRUPT].map((one) => [one.value!.subtask, one]));
}

const approve = { decisions: [{ type: "approve" }] };

describe("tool calls that need a human", () => {
  test("wait in their lanes while the other lanes finish; nothing is sent", async () => {
    const { swarm, sent, model } = postOffice();
    const state = await swarm.invoke(TASK, thread("t1"));
    const asked = pending(state);
    expect([...asked.keys()].toSorted()).toEqual(["a", "b"]);
    expect(asked.get("a")?.value).toMatchObject({
      kind: "tool",
      action_requests: [{ name: "send", args: { to: "Ann" } }],
    });
    expect(sent).toEqual([]);
    expect(model.calls.map(({ who }) => who).toSorted()).toEqual(["a", "b", "free"]);
    const { tasks } = await swarm.getState(thread("t1"), { subgraphs: true });
    expect(tasks.filter(({ interrupts }) => interrupts.length > 0)).toHaveLength(2);
  });

  test.each([
    ["a first", ["a", "b"]],
    ["b first", ["b", "a"]],
  ])("are answered one by one, %s", async (_, order) => {
    const { swarm, sent, model } = postOffice();
    let state: unknown = await swarm.invoke(TASK, thread("t1"));
    for (const subtask of order) {
      const { id } = pending(state).get(subtask)!;
      state = await swarm.invoke(new Command({ resume: { [id!]: approve } }), thread("t1"));
    }
    expect(sent).toEqual(order.map((subtask) => (subtask === "a" ? "Ann" : "Bob")));
    expect(state).toMatchObject({ status: "complete", coverage: { total: 4, done: 4 } });
    const inputs = model.callsOf("c")[0]!.messages[1]!.text;
    expect(inputs).toContain("Ann: sent to Ann");
    expect(inputs).toContain("Bob: sent to Bob");
    model.expectUsedUp();
  });

  test("are answered all at once, each by its own decision: one approved, one refused", async () => {
    const { swarm, sent, model } = postOffice();
    const asked = pending(await swarm.invoke(TASK, thread("t1")));
    const refuse = { decisions: [{ type: "reject", message: "Bob has moved" }] };
    const resume = { [asked.get("b")!.id!]: refuse, [asked.get("a")!.id!]: approve };
    const state = await swarm.invoke(new Command({ resume }), thread("t1"));
    expect(sent).toEqual(["Ann"]);
    expect(state).toMatchObject({ status: "complete" });
    expect(model.callsOf("b")[1]!.messages.at(-1)!.text).toBe("A human did not allow this call: Bob has moved");
    model.expectUsedUp();
  });

  test("run with the arguments that the human has put right", async () => {
    const { swarm, sent } = postOffice();
    const asked = pending(await swarm.invoke(TASK, thread("t1")));
    const edit = { decisions: [{ type: "edit", edited_action: { name: "send", args: { to: "Anna" } } }] };
    const resume = { [asked.get("a")!.id!]: edit, [asked.get("b")!.id!]: approve };
    await swarm.invoke(new Command({ resume }), thread("t1"));
    expect(sent.toSorted()).toEqual(["Anna", "Bob"]);
  });

  test("of one turn are one request with one decision each", async () => {
    const calls = [
      { name: "send", args: { to: "Ann" } },
      { name: "send", args: { to: "Amy" } },
    ];
    const { swarm, sent, model } = postOffice({ a: [{ calls }, "sent"], b: "nothing to send" });
    const asked = pending(await swarm.invoke(TASK, thread("t1")));
    expect(asked.get("a")?.value?.action_requests).toHaveLength(2);
    const decisions = [{ type: "reject" }, { type: "approve" }];
    await swarm.invoke(new Command({ resume: { decisions } }), thread("t1"));
    expect(sent).toEqual(["Amy"]);
    model.expectUsedUp();
  });

  test("answered in a wrong shape are asked again", async () => {
    const { swarm, sent, model } = postOffice();
    const asked = pending(await swarm.invoke(TASK, thread("t1")));
    const wrong = { [asked.get("a")!.id!]: { decisions: [] } };
    const again = pending(await swarm.invoke(new Command({ resume: wrong }), thread("t1")));
    expect(again.get("a")?.value).toMatchObject({ problem: expect.stringContaining("takes 1 decision") });
    expect(sent).toEqual([]);
    const resume = Object.fromEntries([...again.values()].map(({ id }) => [id!, approve]));
    const state = await swarm.invoke(new Command({ resume }), thread("t1"));
    expect(state).toMatchObject({ status: "complete" });
    expect(sent.toSorted()).toEqual(["Ann", "Bob"]);
    model.expectUsedUp();
  });

  test("of a tool that the agent does not have are nobody's to allow", async () => {
    const { swarm, sent, model } = postOffice({ a: [{ calls: [{ name: "erase_disk" }] }, "A"], b: "B" });
    const state = await swarm.invoke(TASK, thread("t1"));
    expect(pending(state).size).toBe(0);
    expect(state).toMatchObject({ status: "complete" });
    expect(model.callsOf("a")[1]!.messages.at(-1)!.text).toContain('You have no tool "erase_disk"');
    expect(sent).toEqual([]);
    model.expectUsedUp();
  });
});
