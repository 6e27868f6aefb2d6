/** Subtasks of human profiles: the lane asks, waits without a slot or a step, and takes only an output that does. */
import { AIMessage } from "@langchain/core/messages";
import { Command, END, interrupt, MessagesAnnotation, START, StateGraph } from "@langchain/langgraph";
import { describe, expect, onTestFinished, test } from "vitest";
import { createSwarm, type SwarmOptions } from "../../app/create-swarm.ts";
import { pending } from "../support/graph-agents.ts";
import { planOf, scriptedSwarm, thread, WORKER } from "../support/scripted-swarm.ts";
import { ScriptedChatModel, type ScriptedStep } from "../support/scripted-chat-model.ts";

const EDITOR = { name: "editor", description: "has the last word", kind: "human" as const, skills: ["taste"] };

function officeOf(script: Record<string, ScriptedStep | ScriptedStep[]>, options: Omit<SwarmOptions, "model"> = {}) {
  return scriptedSwarm({ synthesizer: "S", ...script }, { agents: [WORKER, EDITOR], ...options });
}

const give = (output: unknown) => ({
  decisions: [{ type: "edit", edited_action: { name: "do_subtask", args: { output } } }],
});

describe("a subtask of a person", () => {
  const PLAN = planOf({
    facts: {},
    judge: { agent: "editor", dependsOn: ["facts"], title: "Judge it" },
    after: { dependsOn: ["judge"] },
    free: {},
  });

  test("is asked in the shape of chat front ends, with its inputs; the others go on, its dependents wait", async () => {
    const { swarm, model } = officeOf({ facts: "the facts", free: "F", after: ({ messages }) => messages[1]!.text });
    const [asked, ...others] = pending(await swarm.invoke({ task: "T", plan: PLAN }, thread("t")));
    expect(others).toEqual([]);
    expect(asked?.value).toEqual({
      kind: "task",
      subtask: "judge",
      action_requests: [
        {
          name: "do_subtask",
          args: { title: "Judge it", instructions: "Do part judge.", inputs: { facts: "the facts" }, output: "" },
          description: expect.stringContaining("editor is asked to do subtask judge"),
        },
      ],
      review_configs: [{ action_name: "do_subtask", allowed_decisions: ["edit", "reject"] }],
    });
    expect(model.calls.map(({ who }) => who).toSorted()).toEqual(["facts", "free"]);
    const state = await swarm.invoke(new Command({ resume: give("it is good") }), thread("t"));
    expect(state).toMatchObject({ status: "complete", coverage: { total: 4, done: 4 } });
    expect(state.lanes["judge"]).toMatchObject({ agent: "editor", attempt: 1, steps: 0, outcome: "done" });
    expect(model.callsOf("after")[0]!.messages[1]!.text).toContain("it is good");
    model.expectUsedUp();
  });

  test("holds no agent slot while it waits", async () => {
    const plan = planOf({ judge: { agent: "editor" }, free: {} });
    const { swarm, model } = officeOf({ free: "F" }, { budget: { maxAgents: 1 } });
    expect(pending(await swarm.invoke({ task: "T", plan }, thread("t")))).toHaveLength(1);
    expect(model.callsOf("free")).toHaveLength(1);
  });

  test.each([
    ["an approval", { decisions: [{ type: "approve" }] }, "an approval gives no output"],
    ["an empty output", give(" "), "args.output is empty"],
    ["an output that does not fit the schema", give('{"n":"x"}'), "it does not fit the schema: /n must be number"],
  ])("%s is asked again with the problem; what fits is taken", async (_, wrong, problem) => {
    const expects = { type: "object", properties: { n: { type: "number" } }, required: ["n"] };
    const { swarm, model } = officeOf({});
    await swarm.invoke({ task: "T", plan: planOf({ judge: { skills: ["taste"], expects } }) }, thread("t"));
    const [again] = pending(await swarm.invoke(new Command({ resume: wrong }), thread("t")));
    expect(again?.value).toMatchObject({ problem: expect.stringContaining(problem), kind: "task" });
    const state = await swarm.invoke(new Command({ resume: give({ n: 1 }) }), thread("t"));
    expect(state).toMatchObject({
      status: "complete",
      answeredBy: "human",
      answer: expect.stringContaining('{"n":1}'),
    });
    expect(model.calls).toEqual([]);
  });

  test("that is rejected ends so, with the reason, and what depends on it is skipped", async () => {
    const { swarm } = officeOf({ facts: "the facts", free: "F" });
    await swarm.invoke({ task: "T", plan: PLAN }, thread("t"));
    const reject = { decisions: [{ type: "reject", message: "not my field" }] };
    const state = await swarm.invoke(new Command({ resume: reject }), thread("t"));
    expect(state).toMatchObject({ status: "partial", coverage: { done: 2, rejected: 1, skipped: 1 } });
    expect(state.lanes["judge"]?.cause).toBe("editor rejected it: not my field");
  });

  test("in an unattended run is rejected at once, and the answer says so", async () => {
    const { swarm } = officeOf({ facts: "the facts", free: "F" }, { unattended: true });
    const state = await swarm.invoke({ task: "T", plan: PLAN }, thread("t"));
    expect(state.lanes["judge"]?.cause).toBe("editor rejected it: nobody was there to answer");
    expect(state.answer).toContain("1 question to a human was denied, since nobody was there to answer.");
  });
});

describe("a swarm that keeps no checkpoints", () => {
  const PUBLISHER = new StateGraph(MessagesAnnotation)
    .addNode("publish", () => ({ messages: [new AIMessage(String(interrupt("Publish where?")))] }))
    .addEdge(START, "publish")
    .addEdge("publish", END)
    .compile();

  test.each([
    ["a person", EDITOR, "a question of kind task"],
    ["a graph that asks", { ...EDITOR, kind: "graph" as const, graph: PUBLISHER }, "what it asks"],
  ])("says that %s could not be answered, and does the rest", async (_, agent, what) => {
    const model = new ScriptedChatModel({ facts: "the facts", synthesizer: "S" });
    const swarm = createSwarm({ agents: [WORKER, agent], model });
    onTestFinished(() => swarm.close());
    const { status, lanes } = await swarm.invoke({
      task: "T",
      plan: planOf({ facts: {}, judge: { agent: "editor" } }),
    });
    expect(status).toBe("partial");
    expect(lanes["facts"]?.outcome).toBe("done");
    expect(lanes["judge"]?.outcome).not.toBe("done");
    expect(JSON.stringify(lanes["judge"])).toContain(
      `nobody could answer: ${what} needs checkpoints, and the swarm keeps none`,
    );
    expect(JSON.stringify(lanes)).not.toMatch(/checkpointer set|Troubleshooting/);
  });
});
