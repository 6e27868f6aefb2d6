/** Agents that are compiled graphs: asked like any agent, counted, capped, recovered from, and run again from the record. */
import { AIMessage, type BaseMessage } from "@langchain/core/messages";
import { Annotation, Command, END, MemorySaver, MessagesAnnotation, START, StateGraph } from "@langchain/langgraph";
import { describe, expect, test } from "vitest";
import type { GraphAgentInput } from "../../app/config/graph-agents.ts";
import { createSwarm, type SwarmOptions } from "../../app/create-swarm.ts";
import { askingModel, graphOf, inner, pending, said, swarmWith, TASK } from "../support/graph-agents.ts";
import { checkInvariants } from "../support/invariants.ts";
import type { ScriptedChatModel } from "../support/scripted-chat-model.ts";
import { planOf, scriptedSwarm, thread, WORKER } from "../support/scripted-swarm.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

describe("a graph as an agent", () => {
  test("is asked for its subtask in a message, and its last message is the output, beside model agents", async () => {
    const { swarm } = swarmWith({ graph: graphOf(({ messages }) => `done: ${said({ messages })}`).compile() });
    const state = await swarm.invoke(TASK, thread("t"));
    expect(state).toMatchObject({ status: "complete", coverage: { total: 2, done: 2 } });
    expect(state.lanes["a"]).toMatchObject({ agent: "other", attempt: 1, outcome: "done" });
    expect(state.lanes["b"]).toMatchObject({ agent: "worker" });
  });

  test("is given by `input` what it takes, and `output` says what it gave", async () => {
    const State = Annotation.Root({
      topic: Annotation<string>,
      given: Annotation<string[]>,
      report: Annotation<object>,
    });
    const graph = new StateGraph(State)
      .addNode("write", ({ topic, given }) => ({ report: { topic, given } }))
      .addEdge(START, "write")
      .addEdge("write", END)
      .compile();
    const agent: GraphAgentInput = {
      ...{ name: "other", description: "d", kind: "graph", graph },
      input: ({ task, subtask, inputs }) => ({
        topic: `${task} ${subtask.instructions}`,
        given: inputs.map(({ subtask: id, output }) => `${id}: ${output}`),
      }),
      output: (state) => state["report"],
    };
    const { swarm, model } = scriptedSwarm({ b: "B", synthesizer: said }, { agents: [WORKER, agent] });
    const plan = planOf({ b: { agent: "worker" }, a: { agent: "other", dependsOn: ["b"] } });
    const state = await swarm.invoke({ task: "Report.", plan }, thread("t"));
    expect(state.answer).toContain(JSON.stringify({ topic: "Report. Do part a.", given: ["b: B"] }));
    model.expectUsedUp();
  });

  test("is waited for where `input` and `output` take their time", async () => {
    const { swarm } = swarmWith({
      graph: graphOf(({ messages }) => `heard: ${said({ messages })}`).compile(),
      input: ({ messages }) => Promise.resolve({ messages }),
      output: ({ messages }: { messages?: BaseMessage[] }) => Promise.resolve(messages?.at(-1)?.text),
    });
    const { answer } = await swarm.invoke({ task: "T", plan: planOf({ a: { agent: "other" } }) }, thread("t"));
    expect(answer).toContain("heard: ");
  });

  test("is told what is wrong with an output that does not fit, and asked again", async () => {
    const asked: number[] = [];
    const graph = graphOf(({ messages }) => {
      asked.push(messages.length);
      return messages.length === 1 ? "no JSON" : '{"n":1}';
    }).compile({ checkpointer: new MemorySaver() });
    const { swarm } = swarmWith({ graph });
    const plan = planOf({ a: { agent: "other", expects: { type: "object", required: ["n"] } } });
    expect((await swarm.invoke({ task: "T", plan }, thread("t"))).lanes["a"]).toMatchObject({ outcome: "done" });
    expect(asked).toEqual([1, 3]);
  });

  test("says by CANNOT that it cannot", async () => {
    const { swarm } = swarmWith({ graph: graphOf(() => "CANNOT: no access").compile(), recovery: {} });
    const plan = planOf({ a: { agent: "other" }, b: { agent: "worker" } });
    const { lanes } = await swarm.invoke({ task: "T", plan }, thread("t"));
    expect(lanes["a"]).toMatchObject({ outcome: "failed", cause: expect.stringContaining("no access") });
  });

  test("may be a swarm", async () => {
    const planner = JSON.stringify(planOf({ n: {} }));
    const nested = scriptedSwarm({ planner, n: "what the nested one found" }, { checkpointer: undefined });
    const { swarm } = swarmWith({ graph: nested.swarm });
    const { answer, lanes } = await swarm.invoke({ task: "T", plan: planOf({ a: { agent: "other" } }) }, thread("t"));
    expect(answer).toContain("what the nested one found");
    expect(lanes["a"]).toMatchObject({ outcome: "done", steps: 2 });
    nested.model.expectUsedUp();
  });

  test("may be a swarm that asks: the question is the lane's, by kind and subtask, and its form that of the nested one", async () => {
    const planner = JSON.stringify(planOf({ n: {} }));
    const nested = scriptedSwarm({ planner, n: "found" }, { checkpointer: undefined, approve: ["plan"] });
    const { swarm } = swarmWith({ graph: nested.swarm });
    const asking = await swarm.invoke({ task: "T", plan: planOf({ a: { agent: "other" } }) }, thread("t"));
    const [{ value } = {}] = pending(asking);
    expect(value).toMatchObject({ kind: "tool", subtask: "a", action_requests: [{ name: "run_plan" }] });
    const { answer } = await swarm.invoke(new Command({ resume: "approve" }), thread("t"));
    expect(answer).toContain("found");
  });
});

describe("what a graph takes", () => {
  /** The run's result, and the lines of lane `a`. */
  const ended = async (agent: Parameters<typeof swarmWith>[0], options: SwarmOptions = {}) => {
    const home = temporaryFolder();
    const { swarm } = swarmWith(agent, { home, checkpointer: undefined, ...options });
    await swarm.invoke({ task: "T", plan: planOf({ a: { agent: "other" }, c: { agent: "worker" } }) }, thread("t"));
    await swarm.close();
    const { result, lines } = await checkInvariants(home, "t");
    return { result, dataOf: (kind: string) => lines.find((line) => line.subtask === "a" && line.kind === kind)?.data };
  };

  test("is what its models report, and is on record", async () => {
    const { result, dataOf } = await ended({ graph: askingModel(inner(["one", "two", "three"]), 3) });
    // Two model turns beside it: of c, and of the synthesizer.
    expect(result.usage).toMatchObject({ steps: 5, inputTokens: 50, outputTokens: 25 });
    expect(dataOf("reserve")).toMatchObject({ model: "graph:other", steps: 20 });
    expect(dataOf("settle")).toMatchObject({ usage: { steps: 3, inputTokens: 30, outputTokens: 15 } });
  });

  test("is what the messages of its state report, where its client is one of its own", async () => {
    const usage_metadata = { input_tokens: 7, output_tokens: 3, total_tokens: 10 };
    const graph = new StateGraph(MessagesAnnotation)
      .addNode("two", () => ({ messages: ["x", "y"].map((content) => new AIMessage({ content, usage_metadata })) }))
      .addEdge(START, "two")
      .addEdge("two", END)
      .compile();
    const { dataOf } = await ended({ graph });
    expect(dataOf("settle")).toMatchObject({ usage: { steps: 2, inputTokens: 14, outputTokens: 6 } });
  });

  test("is never more than its profile allows: its next model call does not go out", async () => {
    const model = inner(Array.from({ length: 50 }, () => "again"));
    const { result } = await ended({ graph: askingModel(model, 20), maxSteps: 4 });
    expect(model.calls).toHaveLength(4);
    expect(result.subtasks).toMatchObject([
      { id: "a", outcome: "budget" },
      { id: "c", outcome: "done" },
    ]);
    expect(result.usage).toMatchObject({ steps: 6, inputTokens: 60 });
  });

  test("is never more than the run has left, and beyond its tokens no model call goes out", async () => {
    const many = (): ScriptedChatModel => inner(Array.from({ length: 50 }, () => "again"));
    const [bySteps, byTokens] = [many(), many()];
    const steps = await ended({ graph: askingModel(bySteps, 20) }, { budget: { maxSteps: 10 } });
    expect(steps.result.usage.steps).toBeLessThanOrEqual(10);
    expect(bySteps.calls.length).toBeGreaterThan(3);
    expect(steps.result.subtasks[0]).toMatchObject({ id: "a", outcome: "budget" });
    const tokens = await ended({ graph: askingModel(byTokens, 20), budget: { maxTokens: 250 } });
    expect(tokens.result.subtasks[0]).toMatchObject({ id: "a", outcome: "budget" });
    const { inputTokens, outputTokens } = tokens.result.usage;
    // Of c and the synthesizer, 15 each; and by one call inside the graph it may pass.
    expect(inputTokens + outputTokens).toBeLessThanOrEqual(250 + 3 * 15);
    expect(byTokens.calls.length).toBeGreaterThan(3);
  });

  test("ends at the graph's own recursion limit, with the subtask alone", async () => {
    const graph = askingModel(inner(Array.from({ length: 50 }, () => "again")), 40).withConfig({ recursionLimit: 3 });
    const { swarm } = swarmWith({ graph });
    const state = await swarm.invoke(
      { task: "T", plan: planOf({ a: { agent: "other" }, b: { agent: "worker" } }) },
      thread("t"),
    );
    expect(state.lanes).toMatchObject({ a: { outcome: "budget", cause: expect.stringMatching(/[Rr]ecursion/) } });
    expect(state.lanes["b"]).toMatchObject({ outcome: "done" });
  });

  test("ends with the subtask's deadline, be the graph done with or not", async () => {
    const { swarm } = swarmWith({ graph: graphOf(() => new Promise(() => undefined)).compile() });
    const plan = planOf({ a: { agent: "other", deadlineMs: 50 }, b: { agent: "worker" } });
    const state = await swarm.invoke({ task: "T", plan }, thread("t"));
    expect(state.lanes).toMatchObject({ a: { outcome: "stalled" }, b: { outcome: "done" } });
  });

  test("needs a price where money is capped", () => {
    const graph = graphOf(() => "x").compile();
    const options = {
      budget: { maxUsd: 1 },
      prices: { scripted: { input: 1, cachedInput: 1, output: 1, source: "" } },
    };
    expect(() => swarmWith({ graph }, options)).toThrow(/graph:other/);
  });
});

describe("a graph that fails", () => {
  test("is a signal of its lane: another agent takes the subtask, the siblings notice nothing", async () => {
    const graph = graphOf(() => {
      throw new Error("its database is away");
    }).compile();
    const { swarm } = swarmWith({ graph });
    const state = await swarm.invoke(
      { task: "T", plan: planOf({ a: { skills: [] }, b: { agent: "worker" } }) },
      thread("t"),
    );
    expect(state).toMatchObject({ status: "complete", coverage: { done: 2 } });
  });

  test("goes on where it failed: what it has finished is not done twice", async () => {
    const did: string[] = [];
    const graph = new StateGraph(MessagesAnnotation)
      .addNode("first", () => (did.push("first"), { messages: [] }))
      .addNode("second", () => {
        did.push("second");
        if (did.length < 4) throw Object.assign(new Error("busy"), { status: 503 });
        return { messages: [new AIMessage("at last")] };
      })
      .addEdge(START, "first")
      .addEdge("first", "second")
      .addEdge("second", END)
      .compile();
    const retry = { do: "retry" as const, max: 5, backoffMs: 0, maxBackoffMs: 0, jitter: 0 };
    const { swarm } = swarmWith({ graph }, { recovery: { server: [retry] } });
    const state = await swarm.invoke(TASK, thread("t"));
    expect(state.lanes["a"]).toMatchObject({ outcome: "done", attempt: 1 });
    expect(did).toEqual(["first", "second", "second", "second"]);
  });
});

describe("a profile of a graph", () => {
  const made = (agent: object) => () => createSwarm({ agents: [agent as never] });
  const named = { name: "x", description: "d" };
  const graph = graphOf(() => "x").compile();

  test.each([
    ["without a graph", { ...named, kind: "graph" }, /agent "x": .*needs url and graphId.*its graph/],
    ["without an address", { ...named, kind: "remote" }, /agent "x": .*needs url and graphId/],
    [
      "with something else",
      { ...named, kind: "graph", graph: {} },
      /agent "x": its graph is neither a compiled graph nor a RemoteGraph/,
    ],
    [
      "with a mapping that is none",
      { ...named, kind: "graph", graph, input: {} },
      /agent "x": its input is not a function/,
    ],
    ["with tools", { ...named, kind: "graph", graph, tools: ["read_result"] }, /agent "x": a graph has its own tools/],
    ["with an address that is none", { ...named, kind: "remote", url: "ftp://x", graphId: "g" }, /url/],
    ["of another kind", { ...named, graph }, /graph/],
    ["of a model with an address", { ...named, url: "http://x", graphId: "g" }, /agent "x": url and graphId are of/],
  ])("%s is refused in one line", (_, agent, problem) => {
    expect(made(agent)).toThrow(problem);
  });
});
