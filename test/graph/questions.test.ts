/** A run is one question: whatever way a question comes to a swarm, its answer is never that to another one. */
import { HumanMessage } from "@langchain/core/messages";
import {
  Command,
  END,
  InMemoryStore,
  MemorySaver,
  MessagesAnnotation,
  ReducedValue,
  Send,
  START,
  StateGraph,
  StateSchema,
} from "@langchain/langgraph";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { SwarmOptions } from "../../app/create-swarm.ts";
import type { ScriptedStep } from "../support/scripted-chat-model.ts";
import { planOf, scriptedSwarm, thread } from "../support/scripted-swarm.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const question = (n: number): string => `What is number-${n}?`;
const numberIn = (text: string): string => /number-\d+/.exec(text)?.[0] ?? "nothing";
const ONE = planOf({ s1: {} });
const TWENTY = Array.from({ length: 20 }, (_, index) => index + 1);

/** A swarm whose every plan has one subtask `s1`, and whose every answer names the number that was asked for. */
function asked(options: Omit<SwarmOptions, "model"> = {}) {
  const echo: ScriptedStep = ({ messages }) => `about ${numberIn(messages.map(({ text }) => text).join("\n"))}`;
  const many = Array.from({ length: 20 }, () => echo);
  const script = { planner: many.map(() => JSON.stringify(ONE)), s1: many, synthesizer: many };
  return scriptedSwarm(script, { checkpointer: undefined, ...options });
}

const historyOf = async (swarm: ReturnType<typeof asked>["swarm"], id: string) => {
  const states = [];
  for await (const state of swarm.getStateHistory(thread(id))) states.push(state);
  return states;
};

describe("a question that comes second", () => {
  test.each([
    ["without a checkpointer", () => ({})],
    ["with a checkpointer in memory", () => ({ checkpointer: new MemorySaver() })],
    ["with a checkpointer and a store", () => ({ checkpointer: new MemorySaver(), store: new InMemoryStore() })],
    ["with a home", () => ({ home: temporaryFolder() })],
  ])("on one thread %s is a run of its own", async (_, options) => {
    const { swarm } = asked(options());
    const ids: string[] = [];
    for (const n of [1, 2, 3]) {
      const state = await swarm.invoke({ task: question(n) }, thread("t"));
      expect(state.answer).toContain(`about number-${n}`);
      expect(state).toMatchObject({ status: "complete", coverage: { done: 1 }, lanes: { s1: { runId: state.runId } } });
      ids.push(state.runId);
    }
    expect(ids).toEqual(["t", "t~2", "t~3"]);
  });

  test("in another swarm on the same home is a run of its own", async () => {
    const home = temporaryFolder();
    for (const n of [1, 2]) {
      const { swarm } = asked({ home });
      expect((await swarm.invoke({ task: question(n) }, thread("t"))).answer).toContain(`about number-${n}`);
    }
  });

  test("in a chat graph with the swarm as a node is answered by the last message", async () => {
    const { swarm } = asked();
    const chat = new StateGraph(MessagesAnnotation)
      .addNode("swarm", swarm)
      .addEdge(START, "swarm")
      .addEdge("swarm", END)
      .compile({ checkpointer: new MemorySaver() });
    for (const n of [1, 2, 3]) {
      const { messages } = await chat.invoke({ messages: [new HumanMessage(question(n))] }, thread("chat"));
      expect(messages).toHaveLength(2 * n);
      expect([messages.at(-1)?.type, messages.at(-1)?.text]).toEqual(["ai", expect.stringContaining(`number-${n}`)]);
    }
  });

  test("in a chat graph that makes a swarm anew for each turn is answered by the last message", async () => {
    const chat = new StateGraph(MessagesAnnotation)
      .addNode("ask", async ({ messages }, config) => {
        const state = await asked().swarm.invoke({ messages }, config);
        return { messages: state.messages.slice(-1) };
      })
      .addEdge(START, "ask")
      .addEdge("ask", END)
      .compile({ checkpointer: new MemorySaver() });
    for (const n of [1, 2]) {
      const { messages } = await chat.invoke({ messages: [new HumanMessage(question(n))] }, thread("chat"));
      expect(messages).toHaveLength(2 * n);
      expect([messages.at(-1)?.type, messages.at(-1)?.text]).toEqual(["ai", expect.stringContaining(`number-${n}`)]);
    }
  });

  test("shows nothing of the first while it is planned", async () => {
    const { swarm } = asked({ checkpointer: new MemorySaver() });
    await swarm.invoke({ task: question(1) }, thread("t"));
    await swarm.invoke({ task: question(2) }, { ...thread("t"), interruptBefore: ["planner"] });
    const { values } = await swarm.getState(thread("t"));
    expect(values).toMatchObject({ runId: "t~2", answer: "", coverage: {}, lanes: {}, artifacts: {}, planned: null });
    expect(values.messages.map(({ type }: { type: string }) => type)).toEqual(["human", "ai", "human"]);
    expect((await swarm.invoke(null, thread("t"))).answer).toContain("about number-2");
  });
});

const Answers = new StateSchema({
  task: z.string().default(""),
  turn: z.int().default(0),
  answer: z.string().default(""),
  log: new ReducedValue(
    z.array(z.string()).default(() => []),
    {
      inputSchema: z.array(z.string()),
      reducer: (all, more) => [...all, ...more],
    },
  ),
});

describe("questions on one thread of a parent graph", () => {
  test.each([
    ["with a checkpointer", true],
    ["without", false],
  ])(
    "twenty at once in a map-reduce %s are answered each",
    async (_, isKept) => {
      const { swarm } = asked();
      const graph = new StateGraph(Answers)
        .addNode("ask", async ({ task }, config) => {
          const { answer, runId } = await swarm.invoke({ task }, config);
          return { log: [`${task} ${/about number-\d+/.exec(answer)?.[0]} ${runId}`] };
        })
        .addConditionalEdges(START, () => TWENTY.map((n) => new Send("ask", { task: question(n) })), ["ask"])
        .addEdge("ask", END)
        .compile(isKept ? { checkpointer: new MemorySaver() } : {});
      const { log } = await graph.invoke({}, thread("map"));
      expect(log.map((line) => line.replace(/ map.*/, "")).toSorted()).toEqual(
        TWENTY.map((n) => `${question(n)} about number-${n}`).toSorted(),
      );
      expect(new Set(log.map((line) => line.split(" ").at(-1))).size).toBe(20);
    },
    60_000,
  );

  test("one after the other in a loop, and twice in one node, are answered each", async () => {
    const { swarm } = asked();
    const graph = new StateGraph(Answers)
      .addNode("pick", ({ turn }) => ({ turn: turn + 1, task: question(turn + 1) }))
      .addNode("swarm", swarm)
      .addNode("note", async ({ answer, turn }, config) => {
        const both = await Promise.all([10, 20].map((more) => swarm.invoke({ task: question(turn + more) }, config)));
        return { log: [answer, ...both.map((state) => state.answer)].map(numberIn) };
      })
      .addEdge(START, "pick")
      .addEdge("pick", "swarm")
      .addEdge("swarm", "note")
      .addConditionalEdges("note", ({ turn }) => (turn < 2 ? "pick" : END), ["pick", END])
      .compile({ checkpointer: new MemorySaver() });
    const { log } = await graph.invoke({}, thread("loop"));
    expect(log).toEqual(["number-1", "number-11", "number-21", "number-2", "number-12", "number-22"]);
  });
});

describe("a fork", () => {
  const finished = async () => {
    const { swarm } = asked({ checkpointer: new MemorySaver() });
    await swarm.invoke({ task: question(1) }, thread("t"));
    const states = await historyOf(swarm, "t");
    return { swarm, at: (node: string) => states.find(({ next }) => next.includes(node))!.config };
  };

  test.each(["intake", "planner", "synthesizer"])(
    "with new input at the checkpoint before %s is a run of its own",
    async (node) => {
      const { swarm, at } = await finished();
      const state = await swarm.invoke({ task: question(2) }, at(node));
      expect(state).toMatchObject({ runId: "t~2", answer: expect.stringContaining("about number-2") });
    },
  );

  test.each([
    ["another task", { task: question(2) }],
    ["another task and its plan", { task: question(2), plan: ONE }],
    ["another message", { messages: [new HumanMessage(question(2))] }],
  ])("whose state was given %s before the planner answers that", async (_, values) => {
    const { swarm, at } = await finished();
    const fork = await swarm.updateState(at("planner"), values);
    const state = await swarm.invoke(null, fork);
    expect(state).toMatchObject({ runId: "t~2", answer: expect.stringContaining("about number-2") });
  });

  test("before the planner with nothing changed plans and answers anew", async () => {
    const { swarm, at } = await finished();
    const state = await swarm.invoke(null, at("planner"));
    expect(state).toMatchObject({ runId: "t~2", answer: expect.stringContaining("about number-1") });
  });

  test.each(["plan-review", "skill-router", "lane"])(
    "whose task was changed before %s answers that, as a run of its own",
    async (node) => {
      const { swarm, at } = await finished();
      const fork = await swarm.updateState(at(node), { task: question(2) });
      const state = await swarm.invoke(null, fork);
      expect(state).toMatchObject({ runId: "t~2", answer: expect.stringContaining("about number-2") });
    },
  );

  test("of a thread that was never asked, by updateState as intake, is asked", async () => {
    const { swarm } = asked({ checkpointer: new MemorySaver() });
    await swarm.updateState(thread("t"), { task: question(1) }, "intake");
    expect((await swarm.invoke(null, thread("t"))).answer).toContain("about number-1");
  });
});

describe("going on", () => {
  test("by the same input, where the run was stopped, goes on with that run and plans once", async () => {
    const store = new InMemoryStore();
    const failing = scriptedSwarm({ planner: new Error("boom") }, { checkpointer: new MemorySaver(), store });
    await expect(failing.swarm.invoke({ task: question(1) }, thread("t"))).rejects.toThrow("boom");
    const { swarm, model } = asked({ checkpointer: new MemorySaver(), store });
    const state = await swarm.invoke({ task: question(1) }, thread("t"));
    expect(state).toMatchObject({ runId: "t", answer: expect.stringContaining("about number-1") });
    expect(model.callsOf("planner")).toHaveLength(1);
  });

  test("by another question, where the run was stopped, is a run of its own", async () => {
    const { swarm } = asked({ checkpointer: new MemorySaver(), approve: ["plan"] });
    await swarm.invoke({ task: question(1) }, thread("t"));
    await swarm.invoke({ task: question(2) }, thread("t"));
    const state = await swarm.invoke(new Command({ resume: "approve" }), thread("t"));
    expect(state).toMatchObject({ runId: "t~2", answer: expect.stringContaining("about number-2") });
  });
});

describe("two calls at once on one thread", () => {
  test.each([
    ["with a checkpointer", { checkpointer: new MemorySaver() }],
    ["without", {}],
  ])("%s: the second is told so, the first is unharmed, and a third may follow", async (_, options) => {
    const { swarm } = asked(options);
    const [first, second] = await Promise.allSettled(
      [1, 2].map((n) => swarm.invoke({ task: question(n) }, thread("t"))),
    );
    expect(first).toMatchObject({ value: { answer: expect.stringContaining("about number-1") } });
    expect(second).toMatchObject({ reason: { code: "RUN_HELD", message: expect.stringContaining("run t ") } });
    expect((await swarm.invoke({ task: question(3) }, thread("t"))).answer).toContain("about number-3");
  });

  test.each([
    ["with one checkpointer", () => ({ checkpointer: new MemorySaver(), store: new InMemoryStore() })],
    ["on one home", () => ({ home: temporaryFolder() })],
  ])("of two swarms %s: the second is told so", async (_, options) => {
    const shared = options();
    const both = [1, 2].map((n) => asked(shared).swarm.invoke({ task: question(n) }, thread("t")));
    const [first, second] = await Promise.allSettled(both);
    expect(first).toMatchObject({ value: { answer: expect.stringContaining("about number-1") } });
    expect(second).toMatchObject({ reason: { code: "RUN_HELD" } });
  });

  test("of swarms with configuration of their own: the second is told so", async () => {
    const { swarm } = asked();
    const derived = swarm.withConfig({ tags: ["own"] });
    const [first, second] = await Promise.allSettled([
      derived.invoke({ task: question(1) }, thread("t")),
      swarm.invoke({ task: question(2) }, thread("t")),
    ]);
    expect(first.status).toBe("fulfilled");
    expect(second).toMatchObject({ reason: { code: "RUN_HELD" } });
  });
});
