/** What a `Command`, and a thread's name, mean to the swarm; what they do not mean is refused before anything has happened. */
import { HumanMessage } from "@langchain/core/messages";
import { Command, END, isInterrupted, Send } from "@langchain/langgraph";
import { describe, expect, test } from "vitest";
import { createSwarm } from "../../app/create-swarm.ts";
import { planOf, scriptedSwarm, thread } from "../support/scripted-swarm.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const PLAN = JSON.stringify(planOf({ a: {} }));
type Place = "new" | "waiting" | "ended";

/** A thread without a run, with one that waits for a human, or with one that has ended. */
async function swarmAt(place: Place) {
  const { swarm } = scriptedSwarm(
    { planner: [PLAN, PLAN], a: ["first answer", "second answer"] },
    { approve: ["plan"] },
  );
  if (place !== "new") await swarm.invoke({ task: "One." }, thread("t"));
  if (place === "ended") await swarm.invoke(new Command({ resume: "approve" }), thread("t"));
  return swarm;
}

const said = (text: string) => ({ messages: [new HumanMessage(text)] });
const REFUSED: [string, Place, Command, string][] = [
  ["that says nothing", "waiting", new Command({}), "it says nothing: expected resume, update or goto"],
  ["that resumes where there is no run", "new", new Command({ resume: "approve" }), "the thread has no run"],
  ["that asks by an update", "new", new Command({ update: { task: "Two." } }), "the thread has no run"],
  ["that asks an ended run by an update", "ended", new Command({ update: { task: "Two." } }), "run is over"],
  ["that changes the question", "waiting", new Command({ update: { task: "Two." } }), 'expected messages, got "task"'],
  [
    "that changes what nodes keep",
    "waiting",
    new Command({ resume: "approve", update: { planned: null } }),
    'expected messages, got "planned"',
  ],
  [
    "whose update is no object",
    "waiting",
    new Command({ update: "x" as never }),
    'update: expected an object, got "x"',
  ],
  ["that jumps past the work", "waiting", new Command({ goto: "synthesizer" }), 'goto: expected "intake"'],
  ["that jumps to nowhere", "ended", new Command({ goto: "nowhere" }), 'goto: expected "intake"'],
  ["that jumps to the end", "waiting", new Command({ goto: END }), 'goto: expected "intake"'],
  ["that sends", "waiting", new Command({ goto: new Send("lane", {}) }), 'goto: expected "intake"'],
  ["that asks beside a run", "waiting", new Command({ goto: "intake", update: { task: "Two." } }), "is not over"],
  [
    "that asks in another shape",
    "new",
    new Command({ goto: "intake", update: { task: 5 } as never }),
    "task: expected a text, got 5",
  ],
  ["to a parent", "waiting", new Command({ graph: Command.PARENT, update: {} }), "the swarm has no parent here"],
];

describe("a command", () => {
  test.each(REFUSED)("%s is refused in one line and changes nothing", async (_, place, command, problem) => {
    const swarm = await swarmAt(place);
    const before = await swarm.getState(thread("t"));
    await expect(swarm.invoke(command as never, thread("t"))).rejects.toMatchObject({
      code: expect.stringMatching(/^(USAGE|CONFIG_INVALID)$/),
      message: expect.stringContaining(problem),
    });
    const after = await swarm.getState(thread("t"));
    expect([after.config, after.next, after.values]).toEqual([before.config, before.next, before.values]);
    if (place !== "waiting") return;
    expect(await swarm.invoke(new Command({ resume: "approve" }), thread("t"))).toMatchObject({
      status: "complete",
      answer: expect.stringContaining("first answer"),
    });
  });

  test("may bring messages with an answer, and without one", async () => {
    const swarm = await swarmAt("waiting");
    expect(isInterrupted(await swarm.invoke(new Command({ update: said("By the way.") }), thread("t")))).toBe(true);
    const state = await swarm.invoke(new Command({ resume: "approve", update: said("Go on.") }), thread("t"));
    expect(state.messages.map(({ text }) => text)).toEqual(["One.", "By the way.", "Go on.", state.answer]);
  });

  test("to intake begins a question where none is open", async () => {
    const swarm = await swarmAt("ended");
    const ask = new Command<unknown, { task: string }, "intake">({ goto: "intake", update: { task: "Two." } });
    expect(isInterrupted(await swarm.invoke(ask, thread("t")))).toBe(true);
    const state = await swarm.invoke(new Command({ resume: "approve" }), thread("t"));
    expect(state).toMatchObject({ runId: "t~2", task: "Two.", answer: expect.stringContaining("second answer") });
  });

  test("needs a checkpointer, and a thread", async () => {
    const { swarm } = scriptedSwarm({}, { checkpointer: undefined });
    const command = new Command<unknown, never, never>({ resume: "approve" });
    await expect(swarm.invoke(command, thread("t"))).rejects.toMatchObject({ code: "USAGE" });
    await expect((await swarmAt("new")).invoke(command)).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringContaining("it needs a thread"),
    });
  });
});

describe("a thread", () => {
  test.each([[null], [5], [{}], [[]], [true], [""]])(
    "that is named by %j is refused wherever it is named",
    async (id) => {
      await using swarm = createSwarm({ home: temporaryFolder() });
      const place = { configurable: { thread_id: id as string } };
      const ways: (() => Promise<unknown>)[] = [
        () => swarm.invoke({ task: "One." }, place),
        () => swarm.withConfig(place).invoke({ task: "One." }),
        async () => (await swarm.stream({ task: "One." }, place)).getReader().read(),
        () => swarm.getState(place),
        () => swarm.updateState(place, { task: "One." }),
        () => swarm.getStateHistory(place).next(),
      ];
      for (const way of ways)
        await expect(way()).rejects.toMatchObject({
          code: "USAGE",
          message: expect.stringMatching(/^thread_id: expected a text that is not empty, got /),
        });
    },
  );
});
