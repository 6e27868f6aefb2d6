/** Tools of the caller: what goes wrong with them is the model's to mend, and nobody gets one that his profile does not grant. */
import { StructuredTool, tool, type StructuredToolInterface } from "@langchain/core/tools";
import { GraphInterrupt } from "@langchain/langgraph";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { ToolMessage } from "@langchain/core/messages";
import { planOf, scriptedSwarm, thread } from "../support/scripted-swarm.ts";
import type { ScriptedStep, ToolRequest } from "../support/scripted-chat-model.ts";

const divide = tool(
  ({ by }) => {
    if (by === 0) throw new Error("division by zero");
    return String(12 / by);
  },
  { name: "divide", description: "divides twelve", schema: z.object({ by: z.number() }) },
);
const erase = tool(() => "erased", { name: "erase", description: "erases all", schema: z.object({}) });

const AGENTS = [{ name: "worker", description: "calculates", tools: ["divide", "read_result"] }];

/** A lane that makes one call and then repeats what came back, beside a lane that makes none. */
async function answerTo(call: ToolRequest) {
  const steps: ScriptedStep[] = [{ calls: [call] }, ({ messages }) => messages.at(-1)!.text];
  const { swarm, model } = scriptedSwarm(
    { a: steps, b: "B", synthesizer: ({ messages }) => messages[1]!.text },
    { tools: [divide, erase], agents: AGENTS },
  );
  const state = await swarm.invoke({ task: "Calculate.", plan: planOf({ a: {}, b: {} }) }, thread("t1"));
  expect(state).toMatchObject({ status: "complete", coverage: { total: 2, done: 2 } });
  model.expectUsedUp();
  return { answer: state.answer, model };
}

describe("a tool call", () => {
  test("that works gives its result to the model", async () => {
    const { answer } = await answerTo({ name: "divide", args: { by: 4 } });
    expect(answer).toMatch(/^3$/m);
  });

  test("that throws comes back as a value, and the lane goes on", async () => {
    const { answer } = await answerTo({ name: "divide", args: { by: 0 } });
    expect(answer).toContain("The tool failed: division by zero");
  });

  test.each([{ by: "4" }, { by: 4, more: null }])("with arguments that mean what fits is run: %j", async (args) => {
    const { answer } = await answerTo({ name: "divide", args });
    expect(answer).toMatch(/^3$/m);
  });

  test("of a name that can only mean one tool is run", async () => {
    const { answer } = await answerTo({ name: "functions.Divide:0", args: { by: 4 } });
    expect(answer).toMatch(/^3$/m);
  });

  test("with arguments that do not fit comes back with what is wrong", async () => {
    const { answer } = await answerTo({ name: "divide", args: { by: "four" } });
    expect(answer).toContain('The arguments do not fit: by: expected a number, got "four". divide takes by (needed).');
  });

  test("of a tool that does not exist comes back with those that do", async () => {
    const { answer } = await answerTo({ name: "multiply" });
    expect(answer).toContain('You have no tool "multiply". Your tools: divide, read_result.');
  });

  test("of a tool that the profile does not grant is not carried out, and the model is not even shown it", async () => {
    const { answer, model } = await answerTo({ name: "erase" });
    expect(answer).toContain('You have no tool "erase"');
    expect(model.callsOf("a")[0]!.tools).toEqual(["divide", "read_result"]);
  });
});

/** Never returns, and does not listen to its signal. */
class Deaf extends StructuredTool {
  override name = "deaf";
  override description = "waits for ever";
  override schema = z.object({});
  readonly signals: AbortSignal[] = [];
  protected override _call(_: object, __: unknown, config?: { signal?: AbortSignal }): Promise<string> {
    if (config?.signal !== undefined) this.signals.push(config.signal);
    return new Promise(() => undefined);
  }
}

const noArgs = z.object({});

/** What the lane `a` is told of its one call, and how it and its sibling end. */
async function useOf(
  own: StructuredToolInterface,
  more: { options?: object; caps?: object; deadlineMs?: number } = {},
) {
  const heard: string[] = [];
  const { swarm } = scriptedSwarm(
    {
      a: [
        { calls: [{ name: own.name, args: {} }] },
        ({ messages }) => {
          heard.push(messages.at(-1)!.text);
          return "went on";
        },
      ],
      b: [{ calls: [{ name: "divide", args: { by: 4 } }] }, "B"],
      synthesizer: "answer",
    },
    {
      tools: [divide, own],
      agents: [{ name: "worker", description: "calculates", tools: ["divide", own.name] }],
      ...more.options,
    },
  );
  const a = more.deadlineMs === undefined ? {} : { deadlineMs: more.deadlineMs };
  const state = await swarm.invoke(
    { task: "Calculate.", plan: planOf({ a, b: {} }), ...(more.caps === undefined ? {} : { caps: more.caps }) },
    thread("t1"),
  );
  return { heard: heard[0], state, lanes: state.lanes as Record<string, { outcome?: string; cause?: string }> };
}

describe("a tool that never returns and does not listen", () => {
  test("is left behind at its limit, told to stop, and the model goes on", async () => {
    const deaf = new Deaf();
    const { heard, state } = await useOf(deaf, { options: { detection: { toolMs: 50 } } });
    expect(heard).toBe("The tool did not answer in time and was left: it took more than 0.1 s.");
    expect(state).toMatchObject({ status: "complete", coverage: { total: 2, done: 2 } });
    expect(deaf.signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  test("has a limit of its own, by the swarm's options or as LangChain's tools have one", async () => {
    const named = await useOf(new Deaf(), { options: { detection: { toolMsOf: { deaf: 50 } } } });
    expect(named.heard).toContain("did not answer in time");
    const own = await useOf(new Deaf({ defaultConfig: { timeout: 50 } }));
    expect(own.heard).toMatch(/did not answer in time|aborted due to timeout/);
  });

  test("ends with its subtask's time, and with the run's; its sibling is done", async () => {
    const subtask = await useOf(new Deaf(), { deadlineMs: 300 });
    expect(subtask.lanes["a"]).toMatchObject({ outcome: "stalled", cause: "deadline: the subtask's time is over" });
    expect(subtask.lanes["b"]).toMatchObject({ outcome: "done" });
    const run = await useOf(new Deaf(), { options: { budget: { deadlineMs: 1500 } } });
    expect(run.lanes["a"]).toMatchObject({ outcome: "stalled", cause: "deadline: the run's deadline passed" });
    expect(run.lanes["b"]).toMatchObject({ outcome: "done" });
  });
});

describe("what a tool of a stranger throws or returns", () => {
  const throwing = (thrown: unknown): StructuredToolInterface =>
    tool(
      () => {
        throw thrown;
      },
      { name: "odd", description: "throws", schema: noArgs },
    );
  const returning = (result: () => unknown): StructuredToolInterface =>
    tool(result as () => string, { name: "odd", description: "returns", schema: noArgs });

  test.each([
    ["undefined", undefined, "The tool failed: undefined"],
    ["an object with a message", { code: 7, message: "no seats" }, "The tool failed: no seats"],
    ["an object without one", { code: 7 }, 'The tool failed: {"code":7}'],
    [
      "several errors",
      new AggregateError([new Error("no IPv4"), new Error("no IPv6")]),
      "The tool failed: no IPv4; no IPv6",
    ],
    [
      "an error whose cause says why",
      new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") }),
      "The tool failed: fetch failed: connect ECONNREFUSED",
    ],
    ["null", null, "The tool failed: null"],
    ["a frozen error", Object.freeze(new Error("frozen")), "The tool failed: frozen"],
    [
      "an error like an interrupt",
      Object.assign(new Error("stop"), { is_bubble_up: true, name: "GraphInterrupt" }),
      "The tool failed: stop",
    ],
    ["an interrupt of nothing", new GraphInterrupt([]), "The tool failed: "],
  ])("%s is a failure of that call alone", async (_, thrown, said) => {
    const { heard, state } = await useOf(throwing(thrown));
    expect(heard).toContain(said);
    expect(state).toMatchObject({ status: "complete", coverage: { total: 2, done: 2 } });
  });

  test("a huge result is cut, and what is beyond the most is not kept", async () => {
    const { heard, state } = await useOf(returning(() => "x".repeat(6_000_000)));
    expect(heard!.length).toBeLessThan(200_000);
    expect(heard).toMatch(/\[cut: 3[\d]{6} more characters/);
    expect(state).toMatchObject({ status: "complete" });
  });

  test("a stream is read to its end; one without an end as far as is kept", async () => {
    const pieces = returning(async () => new Response("in pieces").body);
    expect((await useOf(pieces)).heard).toBe("in pieces");
    let closed = 0;
    const endless = {
      async *[Symbol.asyncIterator]() {
        try {
          for (;;) yield "y".repeat(1_000_000);
        } finally {
          closed += 1;
        }
      },
    };
    expect((await useOf(returning(async () => endless))).heard).toMatch(/^y{1000}/);
    expect(closed).toBe(1);
  });

  test("events without an end stop nobody else, and are read no more once the limit is over", async () => {
    let events = 0;
    const streaming = returning(async function* () {
      for (;;) yield (events += 1);
    });
    const { heard, state } = await useOf(streaming, { options: { detection: { toolMs: 100 } } });
    expect(heard).toContain("did not answer in time");
    expect(state).toMatchObject({ status: "complete", coverage: { total: 2, done: 2 } });
    const seen = events;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(events).toBe(seen);
  });
});

test("of more calls than one turn may have the rest are told to the model, and few run at once", async () => {
  let [running, most, ran] = [0, 0, 0];
  const look = tool(
    async () => {
      ran += 1;
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return "seen";
    },
    { name: "look", description: "looks", schema: z.object({ at: z.number() }) },
  );
  const calls = Array.from({ length: 130 }, (_, at) => ({ name: "look", args: { at } }));
  const answered: string[] = [];
  const { swarm, model } = scriptedSwarm(
    {
      a: [
        { calls },
        ({ messages }) => {
          answered.push(...messages.filter((each) => each.type === "tool").map((each) => each.text));
          return "Done.";
        },
      ],
    },
    { tools: [look], agents: [{ name: "worker", description: "looks", tools: ["look"] }] },
  );
  const state = await swarm.invoke({ task: "Look.", plan: planOf({ a: {} }) }, thread("many"));
  expect(state).toMatchObject({ status: "complete", coverage: { done: 1 } });
  expect(answered.slice(0, -1)).toEqual(Array<string>(128).fill("seen"));
  expect(answered.at(-1)).toContain('Not carried out: look({"at":128}), look({"at":129}). Make again');
  expect({ ran, most }).toEqual({ ran: 128, most: 16 });
  model.expectUsedUp();
});

describe("a tool call as text", () => {
  const plan = { task: "Calculate.", plan: planOf({ a: {} }) };
  const options = { tools: [divide, erase], agents: AGENTS };

  test("is run as a call, and is no result", async () => {
    const written = 'I divide.\n<tool_call>{"name": "divide", "arguments": {"by": 4}}</tool_call>';
    const { swarm, model } = scriptedSwarm({ a: [written, ({ messages }) => messages.at(-1)!.text] }, options);
    const { answer } = await swarm.invoke(plan, thread("t1"));
    expect(answer).toMatch(/^3$/m);
    expect(answer).not.toContain("tool_call");
    const [, , said] = model.callsOf("a")[1]!.messages;
    expect(said).toMatchObject({ content: "I divide.", tool_calls: [{ name: "divide", args: { by: 4 } }] });
  });

  test("that cannot be read goes back as it was, and never into a result", async () => {
    const unread = "<|python_tag|>divide.call(by=";
    const { swarm, model } = scriptedSwarm({ a: [unread, "Three."] }, options);
    expect(await swarm.invoke(plan, thread("t2"))).toMatchObject({ status: "complete", coverage: { done: 1 } });
    const { messages } = model.callsOf("a")[1]!;
    expect(messages.at(-2)?.text).toBe(unread);
    expect(messages.at(-1)?.text).toContain("a tool call as text, which cannot be read");
  });

  test("again and again is not done", async () => {
    const unread = "<|python_tag|>divide.call(by=";
    const { swarm } = scriptedSwarm({ a: Array<string>(3).fill(unread) }, options);
    expect(await swarm.invoke(plan, thread("t3"))).toMatchObject({
      status: "failed",
      coverage: { done: 0, invalid: 1 },
    });
  });

  test("in place of the answer is none: the results stand side by side", async () => {
    const call = '<tool_call>{"name": "divide", "arguments": {"by": 4}}</tool_call>';
    const { swarm } = scriptedSwarm({ a: "Three.", b: "Four.", synthesizer: [call, call] }, options);
    const { answer } = await swarm.invoke({ ...plan, plan: planOf({ a: {}, b: {} }) }, thread("t4"));
    expect(answer).toContain("Three.");
    expect(answer).not.toContain("tool_call");
  });

  test("may be the result that was asked for", async () => {
    const text = '{"name":"divide","arguments":{"by":4}}';
    const expects = { type: "object", required: ["name"], properties: { arguments: { type: "object" } } };
    const { swarm } = scriptedSwarm({ a: text }, options);
    const { answer } = await swarm.invoke({ task: "Say it.", plan: planOf({ a: { expects } }) }, thread("t5"));
    expect(answer).toContain(text);
  });
});

test("calls of two turns with the same id are told apart", async () => {
  const call = { name: "divide", args: { by: 4 }, id: "call_0" };
  const last: ScriptedStep = ({ messages }) =>
    messages
      .filter((each) => each.type === "tool")
      .map((each) => each.text)
      .join();
  const { swarm, model } = scriptedSwarm(
    {
      a: [{ calls: [call] }, { calls: [{ ...call, args: { by: 3 } }] }, last],
    },
    { tools: [divide, erase], agents: AGENTS },
  );
  const { answer } = await swarm.invoke({ task: "Calculate.", plan: planOf({ a: {} }) }, thread("t6"));
  expect(answer).toContain("3,4");
  const answered = model
    .callsOf("a")[2]!
    .messages.flatMap((each) => (ToolMessage.isInstance(each) ? [each.tool_call_id] : []));
  expect(answered).toEqual(["call_0", "call_0_2"]);
});
