/** Savers and stores of callers that keep things by less than LangGraph tells them apart by, as those for PostgreSQL do. */
import { InMemoryStore, MemorySaver, type SearchItem } from "@langchain/langgraph-checkpoint";
import { expect, test } from "vitest";
import { branchingSaver } from "../../../../adapters/storage/branching-saver.ts";
import { guardedStore, readAll } from "../../../../adapters/storage/run-in-store.ts";

class PrivateSaver extends MemorySaver {
  readonly #name = "private";
  get title(): string {
    return this.#name;
  }
  nameOf(): string {
    return this.#name;
  }
}

test("versions of two branches from one checkpoint differ, and each is above the one before it", () => {
  const saver = branchingSaver(new MemorySaver());
  const first = saver.getNextVersion(undefined);
  const [one, other] = [saver.getNextVersion(first), saver.getNextVersion(first)];
  expect(one).not.toBe(other);
  expect(Math.min(one, other)).toBeGreaterThan(first);
  expect([first, one, other].map(Math.floor)).toEqual([1, 2, 2]);
});

test("all else is the saver's own, private fields too, and a saver has one such form", () => {
  const saver = new PrivateSaver();
  const branching = branchingSaver(saver);
  expect(branching).toBeInstanceOf(PrivateSaver);
  expect([(branching as PrivateSaver).title, (branching as PrivateSaver).nameOf()]).toEqual(["private", "private"]);
  expect(branchingSaver(saver)).toBe(branching);
  expect(branchingSaver(branching)).toBe(branching);
  expect(saver.getNextVersion(1)).toBe(2);
});

test("a saver that has versions of its own keeps them", () => {
  class Minting extends MemorySaver {
    override getNextVersion(current: number | undefined): number {
      return (current ?? 0) + 1000;
    }
  }
  const saver = new Minting();
  expect(branchingSaver(saver)).toBe(saver);
});

test("a run reads nothing of another's where the store finds by a pattern", async () => {
  class Pattern extends InMemoryStore {
    override async search(prefix: string[], { offset = 0 }: { offset?: number } = {}): Promise<SearchItem[]> {
      const pattern = new RegExp(`^${prefix.join(":").replaceAll("_", ".").replaceAll("%", ".*")}`);
      const all = await super.search([], { limit: 100 });
      return all.filter(({ namespace }) => pattern.test(namespace.join(":"))).slice(offset);
    }
  }
  const store = new Pattern();
  await store.put(["glasshive", "a_1", "results"], "x", { of: "a_1" });
  await store.put(["glasshive", "ab1", "results"], "y", { of: "ab1" });
  expect(await store.search(["glasshive", "a_1", "results"])).toHaveLength(2);
  expect(await readAll(store, ["glasshive", "a_1", "results"])).toEqual([{ of: "a_1" }]);
});

test("a text that a database takes into no JSON is read as it was put", async () => {
  class Refusing extends InMemoryStore {
    override async put(...[namespace, key, value]: Parameters<InMemoryStore["put"]>): Promise<void> {
      const escapes = JSON.stringify(value).replaceAll("\\\\", "");
      if (/\\u(0000|d[89a-f])/.test(escapes)) throw new Error("unsupported Unicode escape sequence");
      await super.put(namespace, key, value);
    }
  }
  const store = guardedStore(new Refusing());
  const values = [{ output: "nul \u0000" }, { output: "half \ud800" }, { output: "all \u{1f41d} \\u0000" }];
  for (const [index, value] of values.entries()) await store.put(["a"], String(index), value);
  expect((await store.get(["a"], "0"))?.value).toEqual(values[0]);
  expect(await readAll(store, ["a"])).toEqual(values);
});
