/** The port `Board`: one suite, on every store. Duplicate and late results are its business. */
import { InMemoryStore, type BaseStore } from "@langchain/langgraph-checkpoint";
import { describe, expect, it, onTestFinished } from "vitest";
import { openHomeStorage } from "../../adapters/storage/home-storage.ts";
import { openBoard } from "../../adapters/storage/store-board.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { planOf, resultOf, subtaskOf } from "../unit/engine/builders.ts";

const NEVER = new AbortController().signal;

const STORES: { name: string; open: () => BaseStore }[] = [
  { name: "InMemoryStore", open: () => new InMemoryStore() },
  {
    name: "SqliteStore",
    open: () => {
      const storage = openHomeStorage(temporaryFolder());
      onTestFinished(() => storage.close());
      return storage.store;
    },
  },
];

describe.each(STORES)("the board on $name", ({ open }) => {
  it("has the plan and the results after it was opened again, and those of no other run", async () => {
    const store = open();
    const board = await openBoard(store, "run.1");
    const plan = planOf(subtaskOf("a"), subtaskOf("b"));
    await board.savePlan(plan);
    await board.commit(resultOf("a", { output: "Grüße" }));
    const again = await openBoard(store, "run.1");
    expect(again.plan()).toEqual(plan);
    expect(again.subtask("b")).toEqual(subtaskOf("b"));
    expect(again.results()).toEqual([resultOf("a", { output: "Grüße" })]);
    expect((await openBoard(store, "run.10")).results()).toEqual([]);
    expect((await openBoard(store, "run")).plan()).toBeUndefined();
  });

  it("reads all results of a plan of thousands", async () => {
    const store = open();
    const board = await openBoard(store, "r");
    const ids = Array.from({ length: 2500 }, (_, index) => `s${index}`);
    await Promise.all(ids.map((id) => board.commit(resultOf(id))));
    expect(
      (await openBoard(store, "r"))
        .results()
        .map(({ subtask }) => subtask)
        .sort(),
    ).toEqual(ids.sort());
  });

  it("takes a result once: the same attempt again, and an older one, change nothing, in this process and the next", async () => {
    const store = open();
    const board = await openBoard(store, "r");
    await board.commit(resultOf("a", { attempt: 2, output: "newest" }));
    for (const each of [board, await openBoard(store, "r")]) {
      expect([1, 2, 3].map((attempt) => each.accepts("a", attempt))).toEqual([false, false, true]);
      await each.commit(resultOf("a", { attempt: 2, output: "twice" }));
      await each.commit(resultOf("a", { attempt: 1, output: "late" }));
      expect(each.result("a")?.output).toBe("newest");
    }
    expect((await openBoard(store, "r")).result("a")?.output).toBe("newest");
  });

  it("takes one of two results that come at the same time", async () => {
    const store = open();
    const board = await openBoard(store, "r");
    await Promise.all(["first", "second"].map((output) => board.commit(resultOf("a", { output }))));
    expect(board.result("a")?.output).toBe("first");
    expect((await openBoard(store, "r")).result("a")?.output).toBe("first");
  });

  it("lets a newer attempt win over an older one that comes while it is written", async () => {
    const board = await openBoard(open(), "r");
    const newer = board.commit(resultOf("a", { attempt: 2, output: "newer" }));
    await Promise.all([newer, board.commit(resultOf("a", { attempt: 1, output: "older" }))]);
    expect(board.result("a")).toMatchObject({ attempt: 2, output: "newer" });
  });

  it("takes back what is not done, so that it can run again; a late result of what was taken back stays out", async () => {
    const store = open();
    const board = await openBoard(store, "r");
    await board.commit(resultOf("a"));
    await board.commit(resultOf("b", { outcome: "infra", cause: "network", output: "" }));
    await board.reopen(["b", "c"]);
    for (const each of [board, await openBoard(store, "r")]) {
      expect(each.results().map(({ subtask }) => subtask)).toEqual(["a"]);
      expect([1, 2].map((attempt) => each.accepts("b", attempt))).toEqual([false, true]);
      await each.commit(resultOf("b", { output: "late" }));
      expect(each.result("b")).toBeUndefined();
    }
    await board.commit(resultOf("b", { attempt: 2 }));
    expect((await openBoard(store, "r")).result("b")?.attempt).toBe(2);
  });

  it("wakes who waits when the last input is committed or suspended, and only then", async () => {
    const board = await openBoard(open(), "r");
    let isAwake = false;
    const waiting = board.settled(["a", "b"], NEVER).then(() => (isAwake = true));
    await board.commit(resultOf("a"));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isAwake).toBe(false);
    board.setSuspended("b", true);
    await waiting;
    expect(board.isSuspended("b")).toBe(true);
    await board.commit(resultOf("b"));
    expect(board.isSuspended("b")).toBe(false);
    await board.settled(["a", "b"], NEVER);
  });

  it("gives up waiting with the signal's reason", async () => {
    const board = await openBoard(open(), "r");
    const stop = new AbortController();
    const waiting = board.settled(["a"], stop.signal);
    stop.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
  });
});

describe("the board on a store that refuses a write", () => {
  it("does not have the result, says so, and takes it when it is tried again", async () => {
    const store = new InMemoryStore();
    const board = await openBoard(store, "r");
    const put = store.put.bind(store);
    store.put = () => Promise.reject(new Error("no room"));
    await expect(board.commit(resultOf("a"))).rejects.toThrow("no room");
    expect([board.result("a"), board.accepts("a", 1)]).toEqual([undefined, true]);
    store.put = put;
    await board.commit(resultOf("a"));
    expect((await openBoard(store, "r")).result("a")).toEqual(resultOf("a"));
  });
});
