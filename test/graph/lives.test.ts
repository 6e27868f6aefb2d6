/** What a swarm takes it gives back: at the end of each call, and when it is closed. */
import { readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Command, END, InMemoryStore, MemorySaver, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { SqliteSaver } from "@langchain/langgraph-checkpoint-sqlite";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { SYSTEM_CLOCK } from "../../adapters/clock/system-clock.ts";
import { journalInStore } from "../../adapters/storage/run-in-store.ts";
import { isRunLocked } from "../../adapters/storage/run-lock.ts";
import { createSwarm, type SwarmOptions } from "../../app/create-swarm.ts";
import { OpenRun } from "../../app/runs/open-run.ts";
import { RunRecords } from "../../app/runs/run-records.ts";
import { RunStore } from "../../app/runs/run-store.ts";
import type { Clock } from "../../engine/ports/clock.ts";
import { ScriptedChatModel, type ScriptedStep } from "../support/scripted-chat-model.ts";
import { planOf, thread, WORKER } from "../support/scripted-swarm.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const INPUT = { task: "One.", plan: planOf({ a: {} }) };

const WHOLE = { a: "A" };

const swarmOf = (script: Record<string, ScriptedStep | ScriptedStep[]>, options: SwarmOptions) =>
  createSwarm({ model: new ScriptedChatModel(script), agents: [WORKER], ...options });

/** Files below a folder that this process has open. */
const openFiles = (folder: string): string[] =>
  readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      const file = readlinkSync(join("/proc/self/fd", fd));
      return file.startsWith(folder) ? [file] : [];
    } catch {
      return [];
    }
  });

const isFree = (home: string, id: string): boolean =>
  openFiles(join(home, "runs")).length === 0 && !isRunLocked(join(home, "runs", id));

test("a thread whose name no folder can have is refused before anything is written", async () => {
  const home = temporaryFolder();
  await using swarm = swarmOf({}, { home });
  const refusal = {
    code: "USAGE",
    message: expect.stringMatching(/^the id "x+…" is too long: .* 256 bytes/) as string,
  };
  await expect(swarm.invoke(INPUT, thread("x".repeat(256)))).rejects.toMatchObject(refusal);
  expect(readdirSync(home)).not.toContain("runs");
});

describe("a run that has paused or failed", () => {
  test("is free, though its swarm is not closed: another swarm goes on with it, and then the first one sees its end", async () => {
    const home = temporaryFolder();
    await using first = swarmOf({}, { home, approve: ["plan"] });
    await first.invoke(INPUT, thread("t"));
    expect(isFree(home, "t")).toBe(true);
    await using second = swarmOf(WHOLE, { home });
    expect(await second.invoke(new Command({ resume: "approve" }), thread("t"))).toMatchObject({
      status: "complete",
      runId: "t",
    });
    expect((await first.getState(thread("t"))).values).toMatchObject({ status: "complete" });
    expect(isFree(home, "t")).toBe(true);
  });

  test("goes on in the same swarm", async () => {
    const home = temporaryFolder();
    await using swarm = swarmOf(WHOLE, { home, approve: ["plan", "answer"] });
    await swarm.invoke(INPUT, thread("t"));
    await swarm.invoke(new Command({ resume: "approve" }), thread("t"));
    expect(isFree(home, "t")).toBe(true);
    expect(await swarm.invoke(new Command({ resume: "approve" }), thread("t"))).toMatchObject({ status: "complete" });
  });

  test("by an error is free, and goes on by the same input", async () => {
    const home = temporaryFolder();
    await using swarm = swarmOf({ planner: [new Error("boom"), JSON.stringify(INPUT.plan)], ...WHOLE }, { home });
    await expect(swarm.invoke({ task: "One." }, thread("t"))).rejects.toThrow("boom");
    expect(isFree(home, "t")).toBe(true);
    expect(await swarm.invoke({ task: "One." }, thread("t"))).toMatchObject({ status: "complete", runId: "t" });
  });
});

describe("a call that was called off", () => {
  const slow = () => {
    const begun = Promise.withResolvers<void>();
    const script = { a: [() => (begun.resolve(), new Promise<string>(() => {})), "A"] };
    return { begun: begun.promise, script };
  };

  test.each([
    ["by its signal", { checkpointer: new MemorySaver() }],
    ["by its signal, without a checkpointer", {}],
  ])("%s leaves its thread to the next one", async (_, options) => {
    const { begun, script } = slow();
    await using swarm = swarmOf(script, options);
    const stop = new AbortController();
    const first = swarm.invoke(INPUT, { ...thread("t"), signal: stop.signal }).catch((error: unknown) => error);
    await begun;
    stop.abort(new Error("enough"));
    expect(await swarm.invoke(INPUT, thread("t"))).toMatchObject({
      status: "complete",
      answer: expect.stringMatching(/^A/),
    });
    expect(await first).toBeInstanceOf(Error);
  });

  test("by leaving its stream leaves its thread to the next one", async () => {
    await using swarm = swarmOf({ a: ["A", "A"] }, { checkpointer: new MemorySaver() });
    for await (const _ of await swarm.stream(INPUT, { ...thread("t"), streamMode: "updates" })) break;
    expect(await swarm.invoke(INPUT, thread("t"))).toMatchObject({ status: "complete" });
  });

  test.each([
    ["before it began", (stop: AbortController) => stop.abort(new Error("enough"))],
    ["before it has said anything", (stop: AbortController) => queueMicrotask(() => stop.abort(new Error("enough")))],
  ])("%s leaves its thread to the next one, with what was asked there", async (_, callOff) => {
    await using swarm = swarmOf(WHOLE, { home: temporaryFolder(), approve: ["plan"] });
    await swarm.invoke(INPUT, thread("t"));
    const stop = new AbortController();
    callOff(stop);
    const approved = swarm.invoke(new Command({ resume: "approve" }), { ...thread("t"), signal: stop.signal });
    await expect(approved).rejects.toThrow(/enough|abort/i);
    expect(await swarm.invoke(new Command({ resume: "approve" }), thread("t"))).toMatchObject({
      status: "complete",
      runId: "t",
    });
  });

  test("before its question was taken in leaves no plan for the next one", async () => {
    const script = { planner: JSON.stringify(planOf({ b: {} })), b: "B" };
    await using swarm = swarmOf(script, { checkpointer: new MemorySaver() });
    await swarm.invoke(INPUT, { ...thread("t"), interruptBefore: ["intake"] });
    expect(await swarm.getState(thread("t"))).toMatchObject({ next: ["intake"], values: { plan: INPUT.plan } });
    expect(await swarm.invoke({ task: "Two." }, thread("t"))).toMatchObject({ answer: expect.stringMatching(/^B/) });
  });

  test("while its run is being finished leaves it finished: nothing follows the journal's last line", async () => {
    const stop = new AbortController();
    /** Calls off while the end of the journal is being written, and is slow with it. */
    class SlowEnd extends InMemoryStore {
      override async put(...put: Parameters<InMemoryStore["put"]>): Promise<void> {
        if (JSON.stringify(put[2]).includes("run-close")) {
          stop.abort(new Error("enough"));
          await setTimeout(50);
        }
        await super.put(...put);
      }
    }
    const store = new SlowEnd();
    await using swarm = swarmOf(WHOLE, { store, checkpointer: new MemorySaver() });
    await expect(swarm.invoke(INPUT, { ...thread("t"), signal: stop.signal })).rejects.toThrow(/enough|abort/i);
    await swarm.close();
    const lines = await journalInStore(store, "t").read();
    expect(lines.slice(-2).map((line) => (JSON.parse(line) as { kind: string }).kind)).toEqual([
      "run-end",
      "run-close",
    ]);
    expect((await new RunStore("t", { store }).read("begin"))?.ended).toBe(true);
  });

  test("by close() ends, though its model does not listen, and goes on in another swarm", async () => {
    const home = temporaryFolder();
    const { begun, script } = slow();
    const swarm = swarmOf(script, { home });
    const working = swarm.invoke(INPUT, thread("t")).catch((error: unknown) => error);
    await begun;
    await Promise.all([swarm.close(), swarm.close()]);
    const closed = { code: "USAGE", message: "the swarm is closed" };
    expect(await working).toMatchObject(closed);
    expect(isFree(home, "t")).toBe(true);
    for (const late of [
      () => swarm.invoke(INPUT, thread("u")),
      () => swarm.getState(thread("t")),
      () => swarm.getStateHistory(thread("t")).next(),
      () => swarm.updateState(thread("t"), { task: "Another" }),
      () => swarm.fork("t"),
    ])
      await expect(late()).rejects.toMatchObject(closed);
    await using next = swarmOf(WHOLE, { home });
    expect(await next.invoke(null, thread("t"))).toMatchObject({ status: "complete", runId: "t" });
  });
});

test("a swarm of which a run cannot be closed closes its home all the same, and says so", async () => {
  const home = temporaryFolder();
  const begun = Promise.withResolvers<void>();
  const swarm = swarmOf({ a: [() => (begun.resolve(), new Promise<string>(() => {}))] }, { home });
  const working = swarm.invoke(INPUT, thread("t")).catch((error: unknown) => error);
  await begun.promise;
  const closing = vi.spyOn(OpenRun.prototype, "close").mockImplementation(async function (this: OpenRun, reason) {
    this.release(reason);
    throw new Error("no room on the disk");
  });
  await expect(swarm.close()).rejects.toThrow("no room on the disk");
  closing.mockRestore();
  expect(await working).toBeInstanceOf(Error);
  expect(openFiles(join(home, "glasshive.db"))).toEqual([]);
});

test("a swarm whose store never answers is closed in bounded time all the same, and says so", async () => {
  const began = SYSTEM_CLOCK.now();
  const hurried: Clock = {
    now: () => began + (SYSTEM_CLOCK.now() - began) * 1000,
    sleep: (ms, signal) => SYSTEM_CLOCK.sleep(ms / 1000, signal),
  };
  const begun = Promise.withResolvers<void>();
  const store = new InMemoryStore();
  const hanging = (): Promise<string> => {
    vi.spyOn(store, "batch").mockReturnValue(new Promise(() => undefined));
    vi.spyOn(store, "put").mockReturnValue(new Promise(() => undefined));
    begun.resolve();
    return new Promise(() => undefined);
  };
  const swarm = swarmOf({ a: [hanging] }, { store, clock: hurried, checkpointer: new MemorySaver() });
  const working = swarm.invoke(INPUT, thread("t")).catch((error: unknown) => error);
  await begun.promise;
  await expect(swarm.close()).rejects.toMatchObject({
    code: "STORAGE_FAILED",
    message: "closing a run took more than 30.0 s: what keeps it does not answer",
  });
  expect(await working).toMatchObject({ code: "USAGE", message: "the swarm is closed" });
});

test("a run that cannot be opened says why, though giving back what it held fails too, and is free", async () => {
  const home = temporaryFolder();
  await using swarm = swarmOf(WHOLE, { home });
  const failing = [
    vi.spyOn(OpenRun.prototype, "start").mockRejectedValue(new Error("the cause")),
    vi.spyOn(RunRecords.prototype, "close").mockRejectedValue(new Error("the consequence")),
  ];
  await expect(swarm.invoke(INPUT, thread("t"))).rejects.toThrow("the cause");
  for (const mock of failing) mock.mockRestore();
  expect(await swarm.invoke(INPUT, thread("t"))).toMatchObject({ status: "complete", runId: "t" });
});

describe("a checkpointer that outlives the process, without a store", () => {
  const saver = () => SqliteSaver.fromConnString(join(temporaryFolder(), "saver.db"));

  test("is refused at once, with the reason", () => {
    expect(() => swarmOf({}, { checkpointer: saver() })).toThrow(/checkpointer.*needs a store/);
  });

  test("is refused of a parent graph too, before anything is spent", async () => {
    await using swarm = swarmOf({}, {});
    const parent = new StateGraph(new StateSchema({ task: z.string(), answer: z.string().default("") }))
      .addNode("swarm", swarm)
      .addEdge(START, "swarm")
      .addEdge("swarm", END)
      .compile({ checkpointer: saver() });
    await expect(parent.invoke({ task: "One." }, thread("t"))).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });

  test("with one works, and a run goes on in another swarm", async () => {
    const kept = { checkpointer: saver(), store: new InMemoryStore() };
    await using first = swarmOf({}, { ...kept, approve: ["plan"] });
    await first.invoke(INPUT, thread("t"));
    await using second = swarmOf(WHOLE, kept);
    expect(await second.invoke(new Command({ resume: "approve" }), thread("t"))).toMatchObject({
      status: "complete",
      runId: "t",
    });
  });
});
