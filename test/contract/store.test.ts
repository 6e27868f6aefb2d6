/** LangGraph's `BaseStore`, as Glasshive relies on it: one suite, every store. */
import { InMemoryStore, type BaseStore } from "@langchain/langgraph-checkpoint";
import { describe, expect, it, onTestFinished } from "vitest";
import { openHomeStorage } from "../../adapters/storage/home-storage.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

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

const keysOf = (items: { key: string }[]): string[] => items.map(({ key }) => key).sort();

describe.each(STORES)("$name", ({ open }) => {
  it("gives back what was put, and null for what was not", async () => {
    const store = open();
    await store.put(["a", "b"], "k", { text: "Grüße \u{1f41d}", list: [1, null, { deep: true }] });
    expect(await store.get(["a", "b"], "k")).toMatchObject({
      ...{ namespace: ["a", "b"], key: "k", value: { text: "Grüße \u{1f41d}", list: [1, null, { deep: true }] } },
      ...{ createdAt: expect.any(Date), updatedAt: expect.any(Date) },
    });
    expect(await store.get(["a", "b"], "other")).toBeNull();
    expect(await store.get(["a"], "k")).toBeNull();
  });

  it("replaces a value and keeps the time of its creation", async () => {
    const store = open();
    await store.put(["a"], "k", { version: 1, more: "gone later" });
    const first = await store.get(["a"], "k");
    await store.put(["a"], "k", { version: 2 });
    const second = await store.get(["a"], "k");
    expect(second?.value).toEqual({ version: 2 });
    expect(second?.createdAt).toEqual(first?.createdAt);
    expect(second!.updatedAt.getTime()).toBeGreaterThanOrEqual(second!.createdAt.getTime());
  });

  it("deletes, also what is not there", async () => {
    const store = open();
    await store.put(["a"], "k", { x: 1 });
    await store.delete(["a"], "k");
    await store.delete(["a"], "never");
    expect(await store.get(["a"], "k")).toBeNull();
    expect(await store.search(["a"])).toEqual([]);
  });

  it("searches below a prefix, whose labels are whole", async () => {
    const store = open();
    for (const namespace of [["run", "r1"], ["run", "r1", "x"], ["run", "r10"], ["run", "r1%"], ["runs"]]) {
      await store.put(namespace, namespace.join("/"), { ok: true });
    }
    expect(keysOf(await store.search(["run", "r1"]))).toEqual(["run/r1", "run/r1/x"]);
    expect(keysOf(await store.search(["run"]))).toEqual(["run/r1", "run/r1%", "run/r1/x", "run/r10"]);
    expect(await store.search(["ru"])).toEqual([]);
    expect(keysOf(await store.search([]))).toHaveLength(5);
  });

  it("pages through all items, each once; without a limit it gives ten", async () => {
    const store = open();
    const keys = Array.from({ length: 23 }, (_, index) => String(index).padStart(3, "0"));
    await Promise.all(keys.map((key) => store.put(["p"], key, { key })));
    expect(await store.search(["p"])).toHaveLength(10);
    const pages = await Promise.all([0, 9, 18, 27].map((offset) => store.search(["p"], { limit: 9, offset })));
    expect(pages.map(({ length }) => length)).toEqual([9, 9, 5, 0]);
    expect(keysOf(pages.flat())).toEqual(keys);
  });

  it.each([
    { filter: { kind: "odd" }, found: ["1", "3"] },
    { filter: { kind: { $eq: "even" }, n: { $gt: 2 } }, found: ["4"] },
    { filter: { n: { $gte: 2, $lte: 3 } }, found: ["2", "3"] },
    { filter: { n: { $lt: 2 } }, found: ["1"] },
    { filter: { n: { $ne: 2 } }, found: ["1", "3", "4"] },
    { filter: { n: { $in: [1, 4, 9] } }, found: ["1", "4"] },
    { filter: { n: { $nin: [1, 4, 9] } }, found: ["2", "3"] },
    { filter: { absent: "x" }, found: [] },
  ])("filters by $filter before it pages", async ({ filter, found }) => {
    const store = open();
    for (const n of [1, 2, 3, 4]) await store.put(["f"], String(n), { n, kind: n % 2 === 0 ? "even" : "odd" });
    expect(keysOf(await store.search(["f"], { filter }))).toEqual(found);
    expect(await store.search(["f"], { filter, limit: 1 })).toHaveLength(Math.min(1, found.length));
  });

  it("lists namespaces by prefix, suffix, wildcard and depth", async () => {
    const store = open();
    for (const namespace of [
      ["a", "x", "1"],
      ["a", "x", "2"],
      ["a", "y", "1"],
      ["b", "x", "1"],
    ])
      await store.put(namespace, "k", { ok: true });
    expect(await store.listNamespaces({ prefix: ["a"] })).toHaveLength(3);
    expect(await store.listNamespaces({ suffix: ["1"] })).toHaveLength(3);
    expect(await store.listNamespaces({ prefix: ["*", "x"] })).toHaveLength(3);
    expect(await store.listNamespaces({ prefix: ["a"], suffix: ["1"] })).toHaveLength(2);
    const short = await store.listNamespaces({ maxDepth: 2 });
    expect(short.map((namespace) => namespace.join("/")).sort()).toEqual(["a/x", "a/y", "b/x"]);
    expect(await store.listNamespaces({ maxDepth: 2, limit: 2, offset: 2 })).toHaveLength(1);
  });

  it("takes several operations at once, and answers each in its place", async () => {
    const store = open();
    await store.put(["m"], "old", { n: 1 });
    const results = await store.batch([
      { namespace: ["m"], key: "old" },
      { namespace: ["m"], key: "new", value: { n: 2 } },
      { namespace: ["m"], key: "never" },
    ] as const as never);
    expect(results as unknown[]).toMatchObject([{ value: { n: 1 } }, null, null]);
    expect((await store.get(["m"], "new"))?.value).toEqual({ n: 2 });
  });

  it.each([[[]], [["a.b"]], [["a", ""]], [["langgraph"]]])(
    "refuses to write to the namespace %j",
    async (namespace) => {
      await expect(open().put(namespace, "k", { x: 1 })).rejects.toThrow();
    },
  );
});

it("the store of a home lists namespaces whatever their labels hold", async () => {
  const store = STORES[1]!.open();
  const namespaces = [
    ["a:b", "c"],
    ["a", "b.c"],
  ];
  await store.batch(namespaces.map((namespace) => ({ namespace, key: "k", value: {} })) as never);
  const listed = await store.listNamespaces({});
  expect(listed).toHaveLength(2);
  expect(listed).toEqual(expect.arrayContaining(namespaces));
});
