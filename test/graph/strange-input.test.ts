/** Input as strangers hand it in: taken, or refused by its place in one line, before anything is written. */
import { HumanMessage } from "@langchain/core/messages";
import { Annotation, Command, InMemoryStore, START, StateGraph } from "@langchain/langgraph";
import { describe, expect, test } from "vitest";
import { planOf, scriptedSwarm, thread } from "../support/scripted-swarm.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const nested = (levels: number): unknown => JSON.parse(`${"[".repeat(levels)}${"]".repeat(levels)}`);
const TOO_DEEP = /nests deeper than 500 levels/;

describe("an input", () => {
  test.each<[unknown, string, string, RegExp]>([
    ["text", "CONFIG_INVALID", 'the input is not valid: expected an object, got "text"', /ask by \{ task \}/],
    [7, "CONFIG_INVALID", "expected an object, got 7", /ask by/],
    [[{ task: "t" }], "CONFIG_INVALID", "expected an object, got a list", /ask by/],
    [null, "USAGE", "there is nothing to go on with: the thread has no run", /ask by an input of its own/],
    [{ task: "t", document: [] }, "CONFIG_INVALID", 'the input has no "document"', /did you mean "documents"/],
    [{ task: "t", model: "m" }, "CONFIG_INVALID", 'the input has no "model"', /^ask for it in the context/],
    [{ resume: "approve" }, "CONFIG_INVALID", 'the input has no "resume"', /^it has task, documents, plan/],
  ])("%j is refused in one line", async (input, code, message, next) => {
    const { swarm } = scriptedSwarm({});
    await expect(swarm.invoke(input as never, thread("t"))).rejects.toMatchObject({
      ...{ code, message: expect.stringContaining(message), next: expect.stringMatching(next) },
    });
    expect((await swarm.getState(thread("t"))).values).not.toHaveProperty("task");
  });

  test.each<[object]>([
    [{ documents: null, approve: null, budget: null, history: null, messages: null }],
    [{ colour: undefined }],
    [{ answer: "of another run", status: "complete", runId: "x" }],
  ])("may have %j: nothing, or what a swarm says in its turn", async (more) => {
    const { swarm } = scriptedSwarm({ a: "A" });
    const state = await swarm.invoke({ task: "t", plan: planOf({ a: {} }), ...more }, thread("t"));
    expect(state).toMatchObject({ status: "complete", runId: "t", answer: expect.stringMatching(/^A\b/) });
  });

  test("is refused with code and next step in the message to a LangGraph server, which hands on no more", async () => {
    const { swarm } = scriptedSwarm({});
    const served = { configurable: { thread_id: "t", assistant_id: "swarm" } };
    const next = "it has task, documents, plan, approve, budget, history, messages";
    await expect(swarm.invoke({ task: "t", colour: "red" } as never, served)).rejects.toMatchObject({
      ...{ code: "CONFIG_INVALID", message: `CONFIG_INVALID: the input has no "colour". Next: ${next}`, next },
    });
    await expect(swarm.invoke({ messages: [] }, served)).rejects.toThrow(/^USAGE: the task is empty\. Next: give a/);
  });

  test("is what a graph around the swarm has, beside keys of its own", async () => {
    const { swarm } = scriptedSwarm({ planner: JSON.stringify(planOf({ a: {} })), a: "A" });
    const parent = new StateGraph(Annotation.Root({ task: Annotation<string>, colour: Annotation<string> }))
      .addNode("swarm", swarm)
      .addEdge(START, "swarm")
      .compile();
    expect(await parent.invoke({ task: "t", colour: "red" }, thread("t"))).toMatchObject({ colour: "red" });
  });
});

describe("a context", () => {
  test.each<[unknown, string]>([
    ["text", 'context: expected an object, got "text"'],
    [["a"], "context: expected an object, got a list"],
    [{ document: [] }, 'context has no "document"'],
  ])("%j is refused in one line", async (context, message) => {
    const { swarm } = scriptedSwarm({});
    const asking = swarm.invoke({ task: "t" }, { ...thread("t"), context: context as never });
    await expect(asking).rejects.toMatchObject({ code: "CONFIG_INVALID", message: expect.stringContaining(message) });
  });
});

describe("what LangGraph takes with a call", () => {
  test.each([
    [{ maxConcurrency: 0 }, "maxConcurrency: expected at least 1, got 0"],
    [{ maxConcurrency: "two" as unknown as number }, 'maxConcurrency: expected at least 1, got "two"'],
  ])("is refused where nothing would ever come of it: %j", async (config, message) => {
    const { swarm } = scriptedSwarm({});
    const asked = swarm.invoke({ task: "Do.", plan: planOf({ a: {} }) }, { ...thread("t"), ...config });
    await expect(asked).rejects.toMatchObject({ code: "CONFIG_INVALID", message });
  });
});

describe("documents", () => {
  test("of which a caller asks none are none: the task is answered without", async () => {
    const { swarm } = scriptedSwarm({ a: "A" }, { documents: [temporaryFolder()] });
    const state = await swarm.invoke({ task: "t", documents: [], plan: planOf({ a: {} }) }, thread("t"));
    expect(state).toMatchObject({ status: "complete", coverage: { total: 1, done: 1 } });
  });
});

describe("messages", () => {
  test.each<[unknown, string]>([
    [[{ role: "user", content: 42 }], "messages 1 content: expected a text, or a list of parts, got 42"],
    [
      [new HumanMessage("q"), { role: "user" }],
      "messages 2 content: expected a text, or a list of parts, got undefined",
    ],
    [
      [{ role: "user", content: [{ type: "text", text: 42 }] }],
      "messages 1 content: expected a text, or a list of parts",
    ],
    [[["user", null]], "messages 1 content: expected a text, or a list of parts, got null"],
    [
      [{ role: "alien", content: "q" }],
      'messages 1 role: expected user, assistant, system, developer or tool, got "alien"',
    ],
    [[{ content: "q" }], "messages 1 expected a text, or an object with role and content, got an object"],
    [
      [{ lc: 1, type: "secret", id: ["OPENAI_API_KEY"] }],
      "messages 1 expected a text, or an object with role and content, got an object",
    ],
    [42, "messages 1 expected a text, or an object with role and content, got 42"],
    [[{ role: "user", content: nested(600) }], "messages 1 content: it nests deeper than 500 levels"],
  ])("%j are refused by their place", async (messages, problem) => {
    const { swarm } = scriptedSwarm({});
    const refused = await swarm.invoke({ messages: messages as never }, thread("t")).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "CONFIG_INVALID", message: expect.stringContaining(problem) });
  });

  test.each<[unknown]>([
    ["q"],
    [["q"]],
    [[["human", "q"]]],
    [[{ type: "human", content: "q" }]],
    [new HumanMessage("q")],
    [
      [
        { type: "remove", id: "__remove_all__" },
        { role: "user", content: "q" },
      ],
    ],
  ])("%j are a question", async (messages) => {
    const { swarm } = scriptedSwarm({ planner: JSON.stringify(planOf({ a: {} })), a: "A" });
    expect(await swarm.invoke({ messages: messages as never }, thread("t"))).toMatchObject({ status: "complete" });
  });
});

describe("what nests too deep", () => {
  test("is refused as a plan", async () => {
    const { swarm } = scriptedSwarm({});
    const plan = { subtasks: [{ id: "a", instructions: "x", expects: nested(20_000) }] };
    await expect(swarm.invoke({ task: "t", plan }, thread("t"))).rejects.toThrow(TOO_DEEP);
  });

  test("is refused as an answer, and the run still waits for one", async () => {
    const { swarm } = scriptedSwarm({ a: "A" }, { approve: ["plan"], store: new InMemoryStore() });
    await swarm.invoke({ task: "t", plan: planOf({ a: {} }) }, thread("t"));
    const deep = { type: "edit", args: { plan: nested(20_000) } };
    await expect(swarm.invoke(new Command({ resume: deep }), thread("t"))).rejects.toThrow(TOO_DEEP);
    const end = await swarm.invoke(new Command({ resume: { type: "approve" } }), thread("t"));
    expect(end).toMatchObject({ status: "complete" });
  });
});
