/** The swarm as a tool of other agents: each call is a run of its own, and what it asks is asked by the host where that can ask. */
import { setTimeout } from "node:timers/promises";
import { AIMessage, HumanMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";
import {
  Command,
  END,
  INTERRUPT,
  isInterrupted,
  MemorySaver,
  MessagesAnnotation,
  Send,
  START,
  StateGraph,
  type Interrupt,
} from "@langchain/langgraph";
import { ToolNode } from "@langchain/langgraph/prebuilt";
import { describe, expect, test } from "vitest";
import type { SwarmOptions } from "../../app/create-swarm.ts";
import { fieldOf } from "../../state/is-record.ts";
import { swarmTool } from "../../app/swarm-tool.ts";
import type { ScriptedStep } from "../support/scripted-chat-model.ts";
import { planOf, scriptedSwarm, thread } from "../support/scripted-swarm.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

type State = { messages: BaseMessage[] };

const numberIn = (text: string): string => /number-\d+/.exec(text)?.[0] ?? "nothing";
const question = (n: number) => ({ task: `What is number-${n}?` });

/** Its answer names the number that was asked for. */
function numbers(options: Omit<SwarmOptions, "model"> = {}) {
  const echo: ScriptedStep = ({ messages }) => `about ${numberIn(messages.map(({ text }) => text).join("\n"))}`;
  const many = Array.from({ length: 60 }, () => echo);
  const script = { planner: many.map(() => JSON.stringify(planOf({ s1: {} }))), s1: many, synthesizer: many };
  return scriptedSwarm(script, { checkpointer: undefined, ...options }).swarm;
}

const calling = (...ns: number[]): AIMessage =>
  new AIMessage({
    content: "",
    tool_calls: ns.map((n) => ({ type: "tool_call", id: `call-${n}`, name: "ask_swarm", args: question(n) })),
  });

/** As agents do it: all calls of a message in one node, or a task for each. */
function host(swarm: ReturnType<typeof numbers>, each: boolean, isKept = true) {
  const tools = new ToolNode([swarmTool(swarm)]);
  const sends = ({ messages }: State) =>
    (messages.at(-1) as AIMessage).tool_calls?.map((call) => new Send("tools", { lg_tool_call: call, messages })) ?? [];
  return new StateGraph(MessagesAnnotation)
    .addNode("tools", tools)
    .addConditionalEdges(START, each ? sends : () => "tools", ["tools"])
    .addEdge("tools", END)
    .compile(isKept ? { checkpointer: new MemorySaver() } : {});
}

const toolMessages = ({ messages }: State) => messages.filter((message) => ToolMessage.isInstance(message));
const answersIn = (state: State) => toolMessages(state).map((message) => `${message.tool_call_id}: ${message.text}`);
const runsIn = (state: State) => toolMessages(state).map(({ artifact }) => fieldOf(artifact, "runId"));
const pending = (state: unknown): Interrupt[] => (isInterrupted(state) ? state[INTERRUPT] : []);

describe("the swarm as a tool", () => {
  test.each([
    ["in one node of a graph with a checkpointer", false, true],
    ["each as a task of a graph with a checkpointer", true, true],
    ["in one node of a graph without", false, false],
    ["each as a task of a graph without", true, false],
  ])(
    "gives twenty calls twenty right answers under twenty ids, %s",
    async (_, each, isKept) => {
      const ns = Array.from({ length: 20 }, (_, index) => index + 1);
      const state = await host(numbers(), each, isKept).invoke({ messages: [calling(...ns)] }, thread("t"));
      expect(answersIn(state).map((line) => line.split("\n")[0])).toEqual(
        ns.map((n) => expect.stringMatching(new RegExp(`^call-${n}: .*number-${n}$`))),
      );
      expect(new Set(runsIn(state)).size).toBe(20);
    },
    60_000,
  );

  test.each([
    ["without a checkpointer", () => ({})],
    ["with a checkpointer", () => ({ checkpointer: new MemorySaver() })],
    ["with a home", () => ({ home: temporaryFolder() })],
  ])("%s is called by whoever has it, side by side", async (_, options) => {
    const tool = swarmTool(numbers(options()), { name: "look_up", description: "looks up" });
    expect([tool.name, tool.description]).toEqual(["look_up", "looks up"]);
    const answers: unknown[] = await Promise.all([1, 2, 3].map((n) => tool.invoke(question(n))));
    expect(answers).toEqual([1, 2, 3].map((n) => expect.stringContaining(`about number-${n}`)));
  });

  test.each([
    ["in one node", false],
    ["each as a task", true],
  ])("asks through its host, and its answer resumes the call that asked: two calls %s", async (_, each) => {
    const graph = host(numbers({ approve: ["plan"] }), each);
    let state: unknown = await graph.invoke({ messages: [calling(1, 2)] }, thread("t"));
    for (let rounds = 0; pending(state).length > 0 && rounds < 5; rounds += 1) {
      const resume = Object.fromEntries(pending(state).map(({ id }) => [String(id), "approve"]));
      state = await graph.invoke(new Command({ resume }), thread("t"));
    }
    const lines = answersIn(state as State);
    expect(lines.map((line) => line.split("\n")[0])).toEqual([
      expect.stringMatching(/^call-1: .*number-1$/),
      expect.stringMatching(/^call-2: .*number-2$/),
    ]);
  });

  test("leaves nothing behind in the host's task: its calls ask together, and what is asked is asked once", async () => {
    const plan = JSON.stringify(planOf({ s1: {} }));
    // Slower than the other call's question.
    const slowly: ScriptedStep = () => setTimeout(300, "A");
    const { swarm, model } = scriptedSwarm(
      { planner: [plan, plan], s1: [slowly, slowly] },
      { checkpointer: undefined, approve: ["plan"] },
    );
    const graph = host(swarm, false);
    const asking = pending(await graph.invoke({ messages: [calling(1, 2)] }, thread("t")));
    expect(new Set(asking.map(({ id }) => id)).size).toBe(2);
    const answered = (index: number): Promise<unknown> =>
      graph.invoke(new Command({ resume: { [String(asking[index]?.id)]: "approve" } }), thread("t"));
    expect(pending(await answered(1)).map(({ id }) => id)).toEqual([asking[0]?.id]);
    expect(answersIn((await answered(0)) as State)).toEqual([
      expect.stringMatching(/^call-1: A/),
      expect.stringMatching(/^call-2: A/),
    ]);
    model.expectUsedUp();
  });

  test("says what it waits for where nobody can be asked", async () => {
    const tool = swarmTool(numbers({ approve: ["plan"], home: temporaryFolder() }));
    expect(await tool.invoke(question(1))).toMatch(
      /^The swarm has not answered: run tool-\S+ waits for a person.*plan/,
    );
  });

  test("ends with the signal of who calls", async () => {
    const tool = swarmTool(numbers());
    await expect(tool.invoke(question(1), { signal: AbortSignal.abort() })).rejects.toThrow(/[Aa]bort/);
    expect(await tool.invoke(question(2))).toContain("number-2");
  });
});

test("the human message of an agent's graph is not its task", async () => {
  const graph = host(numbers(), false);
  const state = await graph.invoke({ messages: [new HumanMessage("What is number-9?"), calling(3)] }, thread("t"));
  expect(answersIn(state)[0]).toContain("number-3");
});
