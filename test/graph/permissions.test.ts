/** What a caller may ask of a compiled swarm, whichever way he asks: less than the embedder allows, never more. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command, INTERRUPT, isInterrupted, InMemoryStore, MemorySaver } from "@langchain/langgraph";
import { describe, expect, it, onTestFinished } from "vitest";
import { createSwarm, type SwarmOptions } from "../../app/create-swarm.ts";
import type { HumanRequest } from "../../state/review.ts";
import { byRole, startModelServer, synthesizerAnswer } from "../support/model-server/index.ts";
import { readJournalFile } from "../support/read-journal.ts";
import { commandHere } from "../support/run-command.ts";
import { planOf, scriptedSwarm, thread, WORKER } from "../support/scripted-swarm.ts";
import { ScriptedChatModel } from "../support/scripted-chat-model.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const READER = { ...WORKER, tools: ["list_documents"] };
const PLAN = planOf({ a: {} });

/** A folder with public and private files, and a swarm that lists what it may read. */
function library(options: Omit<SwarmOptions, "model"> = {}) {
  const folder = temporaryFolder();
  for (const name of ["public", "public/part", "private"]) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "page.md"), `# ${name}\n`);
  }
  const allowed = { agents: [READER], documents: ["public"], cwd: folder, ...options };
  const listed = (input: Record<string, unknown>, config: Record<string, unknown> = {}) => {
    const list = { calls: [{ name: "list_documents", args: {} }] };
    const { swarm } = scriptedSwarm({ a: [list, ({ messages }) => messages.at(-1)!.text] }, allowed);
    return swarm.invoke({ task: "List.", plan: PLAN, ...input }, { ...thread("t1"), ...config });
  };
  return { folder, listed };
}

describe("documents", () => {
  it("are all that is allowed, or the part that the caller names", async () => {
    const { folder, listed } = library();
    expect((await listed({})).answer).toMatch(/public\/page\.md[^]*public\/part\/page\.md/);
    for (const documents of [["public/part"], [join(folder, "public/part")], ["./public/../public/part/page.md"]]) {
      const { answer } = await listed({ documents });
      expect(answer).toContain("public/part/page.md");
      expect(answer).not.toMatch(/public\/page\.md|private/);
    }
  });

  it.each([["private"], ["/etc/passwd"], ["public/../private"], ["."], ["public", "private/page.md"]])(
    "outside are refused: %s %s",
    async (...paths) => {
      const documents = paths.filter((path) => path !== undefined);
      const refused = { code: "NOT_ALLOWED", message: expect.stringContaining("is not allowed here; allowed:") };
      const { listed } = library();
      await expect(listed({ documents })).rejects.toMatchObject(refused);
      await expect(listed({}, { context: { documents } })).rejects.toMatchObject(refused);
      const configurable = { thread_id: "t2", documents };
      await expect(listed({}, { configurable })).rejects.toMatchObject(refused);
    },
  );

  it("that were refused are not asked for by the next question of the thread", async () => {
    const model = new ScriptedChatModel({ a: "A" });
    const cwd = temporaryFolder();
    const swarm = createSwarm({ model, agents: [WORKER], checkpointer: new MemorySaver(), cwd });
    onTestFinished(() => swarm.close());
    const asked = { task: "What?", plan: PLAN };
    await expect(swarm.invoke({ ...asked, documents: [cwd], approve: ["plan"] }, thread("t1"))).rejects.toMatchObject({
      code: "NOT_ALLOWED",
    });
    expect(await swarm.invoke(asked, thread("t1"))).toMatchObject({ status: "complete", runId: "t1" });
  });

  it("are none where the embedder names none", async () => {
    const { folder, listed } = library({ documents: [] });
    const refused = /^documents: .*public is not allowed here; allowed: none$/;
    await expect(listed({ documents: [join(folder, "public")] })).rejects.toThrow(refused);
  });

  it("of an input lie in those of the caller's configuration too", async () => {
    const { listed } = library();
    const configurable = { thread_id: "t1", documents: ["public/part"] };
    await expect(listed({ documents: ["public"] }, { configurable })).rejects.toThrow(/public is not allowed here/);
  });

  it("that a run began with are looked at again when it is opened", async () => {
    const { folder } = library();
    const [store, checkpointer] = [new InMemoryStore(), new MemorySaver()];
    const shared = { agents: [READER], cwd: folder, approve: ["plan" as const], store, checkpointer };
    const model = new ScriptedChatModel({});
    const before = createSwarm({ ...shared, model, documents: ["private", "public"] });
    await before.invoke({ task: "List.", plan: PLAN }, thread("t1"));
    const after = createSwarm({ ...shared, model, documents: ["public"] });
    await expect(after.invoke(new Command({ resume: "approve" }), thread("t1"))).rejects.toThrow(
      /private is not allowed here/,
    );
  });
});

describe("approvals", () => {
  it.each([
    [{ approve: [] }, {}],
    [{ approve: ["answer"] }, {}],
    [{}, { approve: [] }],
  ])("of the embedder stand, whatever is asked: %j %j", async (input, more) => {
    const { swarm } = scriptedSwarm({}, { approve: ["plan"] });
    const config = { configurable: { thread_id: "t1", ...more } };
    const state: unknown = await swarm.invoke({ task: "T", plan: PLAN, ...input } as never, config);
    expect(isInterrupted<HumanRequest>(state) && state[INTERRUPT][0]?.value?.kind).toBe("plan");
  });

  it("are added by who asks", async () => {
    const { swarm } = scriptedSwarm({ a: "A" });
    const state: unknown = await swarm.invoke({ task: "T", plan: PLAN, approve: ["answer"] }, thread("t1"));
    expect(isInterrupted<HumanRequest>(state) && state[INTERRUPT][0]?.value?.kind).toBe("answer");
  });
});

describe("caps", () => {
  const three = planOf({ a: {}, b: { dependsOn: ["a"] }, c: { dependsOn: ["b"] } });
  const script = { a: "A", b: "B", c: "C", synthesizer: "S" };

  it("go down by an input or a configuration", async () => {
    for (const asked of [{ input: { budget: { maxSteps: 3 } } }, { configurable: { budget: { maxSteps: 3 } } }]) {
      const { swarm } = scriptedSwarm(script, { budget: { maxSteps: 50 } });
      const input = { task: "T", plan: three, ...asked.input };
      const state = await swarm.invoke(input, { configurable: { thread_id: "t1", ...asked.configurable } });
      expect(state).toMatchObject({ status: "partial", coverage: { done: 2, budget: 1 } });
    }
  });

  it("do not go up", async () => {
    const { swarm } = scriptedSwarm(script, { budget: { maxSteps: 3 } });
    await expect(
      swarm.invoke({ task: "T", plan: three, budget: { maxSteps: 50 } }, thread("t1")),
    ).rejects.toMatchObject({
      code: "NOT_ALLOWED",
      message: "budget.maxSteps: 50 is above 3, the most that is allowed here",
    });
    const unpriced = swarm.invoke({ task: "T", plan: three, budget: { maxUsd: 1 } }, thread("t2"));
    await expect(unpriced).rejects.toMatchObject({ code: "PRICE_UNKNOWN" });
  });

  it("are raised by an answer to where the embedder's are, where it was the caller who wanted to be asked", async () => {
    const { swarm, model } = scriptedSwarm(script, { budget: { maxSteps: 6 } });
    const input = { task: "T", plan: three, approve: ["budget" as const], budget: { maxSteps: 3 } };
    await swarm.invoke(input, thread("t1"));
    const raise = (maxSteps: number) =>
      swarm.invoke(new Command({ resume: { type: "edit", args: { maxSteps } } }), thread("t1"));
    const again: unknown = await raise(4000);
    expect(isInterrupted<HumanRequest>(again) && again[INTERRUPT][0]?.value?.problem).toBe(
      "maxSteps: 4000 is above 6, the most that is allowed here",
    );
    expect(await raise(6)).toMatchObject({ status: "complete" });
    model.expectUsedUp();
  });
});

describe("a plan", () => {
  it.each([
    [{ agent: "root" }, 'subtask "a" names agent "root", which the run does not have: worker'],
    [{ tools: ["shell"] }, 'subtask "a" names tool "shell", which the run does not have: '],
    [
      { recovery: { server: [{ do: "switch-model" as const, models: ["dear-one"] }] } },
      'subtask "a": the model "dear-one" is not allowed here',
    ],
    [{ budget: { maxUsd: 0.01 } }, 'subtask "a": budget.maxUsd needs a price, and none is known for the model '],
  ])("names what the run has: %j", async (more, message) => {
    const { swarm } = scriptedSwarm({});
    await expect(swarm.invoke({ task: "T", plan: planOf({ a: more }) }, thread("t1"))).rejects.toMatchObject({
      ...{ code: "PLAN_INVALID", message: expect.stringContaining(message) },
    });
  });

  it("of the planner goes back to it where it names what is not there", async () => {
    const { swarm, model } = scriptedSwarm({
      planner: [
        JSON.stringify(planOf({ a: { agent: "root", budget: { maxUsd: 1 } }, b: { budget: { maxUsd: 1 } } })),
        JSON.stringify(PLAN),
      ],
      a: "A",
    });
    expect(await swarm.invoke({ task: "T" }, thread("t1"))).toMatchObject({ status: "complete" });
    const { text } = model.callsOf("planner")[1]!.messages.at(-1)!;
    expect(text).toContain('names agent "root"');
    expect(text).toContain('subtask "b": budget.maxUsd needs a price');
    model.expectUsedUp();
  });

  it("may name a model that the embedder names for it", async () => {
    const { swarm } = scriptedSwarm({ a: "A" }, { models: ["dear-one"], apiKey: "k" });
    const plan = planOf({ a: { recovery: { server: [{ do: "switch-model", models: ["dear-one"] }] } } });
    expect(await swarm.invoke({ task: "T", plan }, thread("t1"))).toMatchObject({ status: "complete" });
  });

  it("that a human edits is held to the same", async () => {
    const { swarm } = scriptedSwarm({}, { approve: ["plan"] });
    await swarm.invoke({ task: "T", plan: PLAN }, thread("t1"));
    const edit = { type: "edit", args: { plan: planOf({ a: { tools: ["shell"] } }) } };
    const again: unknown = await swarm.invoke(new Command({ resume: edit }), thread("t1"));
    expect(isInterrupted<HumanRequest>(again) && again[INTERRUPT][0]?.value?.problem).toContain('names tool "shell"');
  });
});

describe("an input of another shape", () => {
  it.each([
    [{ task: 5 }, "task: expected a text, got 5"],
    [{ plan: "x" }, 'plan: expected an object, got "x"'],
    [{ approve: ["plans"] }, 'approve 1: expected plan, tools, conflicts, budget, answer or tool:NAME, got "plans"'],
    [{ budget: { maxSteps: 0 } }, "budget maxSteps: expected at least 1, got 0"],
  ])("is refused in our own words: %j", async (input, message) => {
    const { listed } = library();
    await expect(listed(input)).rejects.toMatchObject({ code: "CONFIG_INVALID", message });
  });
});

describe("three configurations of one swarm", () => {
  it("work side by side with their own models, agents, caps and documents", async () => {
    const folder = temporaryFolder();
    const roles = { planner: () => ({ content: "{}" }), agent: () => ({ content: "Done." }) };
    const server = await startModelServer({
      behaviour: byRole({ ...roles, synthesizer: synthesizerAnswer() }),
      keepBodies: true,
    });
    for (const name of ["a", "b", "c"]) writeFileSync(join(folder, `${name}.md`), `# ${name}\n`);
    await using swarm = createSwarm({
      ...{ model: "own", models: ["small", "large"], baseUrl: server.url, apiKey: "k", cwd: folder },
      ...{ documents: ["."], home: join(folder, "home"), budget: { maxSteps: 90 } },
      agents: ["a", "b", "c"].map((name) => ({ ...WORKER, name })),
    });
    onTestFinished(() => server.close());
    const contexts = {
      a: { model: "small", agents: ["a"], documents: ["a.md"], budget: { maxSteps: 10 } },
      b: { model: "large", agents: ["b"], documents: ["b.md"], budget: { maxSteps: 20 } },
      c: { agents: ["c"], documents: ["c.md"] },
    };
    const plan = planOf({ one: {}, two: {} });
    const states = await Promise.all(
      Object.entries(contexts).map(([name, context]) =>
        swarm.invoke({ task: `Of ${name}.`, plan }, { ...thread(name), context }),
      ),
    );
    expect(states.map(({ status, lanes }) => [status, ...Object.values(lanes).map(({ agent }) => agent)])).toEqual([
      ["complete", "a", "a"],
      ["complete", "b", "b"],
      ["complete", "c", "c"],
    ]);
    const asked = server.bodies().map((body) => JSON.parse(body) as { model: string; messages: unknown });
    const models = { a: "small", b: "large", c: "own" };
    for (const [name, model] of Object.entries(models)) {
      const own = asked.filter(({ messages }) => JSON.stringify(messages).includes(`Of ${name}.`));
      expect(own.map((body) => body.model)).toEqual([model, model, model]);
    }
    const home = join(folder, "home");
    const chosen = readJournalFile(home, "b")[0]?.data["options"];
    expect(chosen).toMatchObject({ model: "large", agents: ["b"], caps: { maxSteps: 20 } });
    for (const name of Object.keys(contexts))
      expect((await commandHere(["replay", name, "--home", home])).code).toBe(0);
    const refused = { code: "NOT_ALLOWED" };
    for (const context of [
      { model: "other" },
      { agents: ["boss"] },
      { budget: { maxSteps: 91 } },
      { documents: [".."] },
    ])
      await expect(swarm.invoke({ task: "No.", plan }, { ...thread("no"), context })).rejects.toMatchObject(refused);
  });
});
