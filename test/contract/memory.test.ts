/** The port `Memory` on stores: one law for LangGraph's in memory and for the home's. */
import { InMemoryStore } from "@langchain/langgraph";
import { describe, expect, onTestFinished, test } from "vitest";
import { openHomeStorage } from "../../adapters/storage/home-storage.ts";
import { memoryInStore } from "../../adapters/storage/memory-in-store.ts";
import { MOST_NOTES } from "../../state/memory.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const noteAt = (minute: number, more: object = {}) => ({
  ...{ agent: "keeper", text: `fact ${minute}`, run: "r", subtask: "s", scope: "home" as const },
  at: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString(),
  ...more,
});
const HOME = { agent: "keeper", scope: "home" } as const;

describe.each([
  ["in memory", () => new InMemoryStore()],
  [
    "of a home",
    () => {
      const storage = openHomeStorage(temporaryFolder());
      onTestFinished(() => storage.close());
      return storage.store;
    },
  ],
])("a store %s", (_, open) => {
  test("gives notes of one place, the newest first", async () => {
    const memory = memoryInStore(open());
    for (const given of [noteAt(1), noteAt(3), noteAt(2), noteAt(4, { agent: "other" }), noteAt(5, { scope: "run" })])
      await memory.keep(given);
    expect((await memory.notes(HOME)).map(({ text }) => text)).toEqual(["fact 3", "fact 2", "fact 1"]);
    expect(await memory.notes({ agent: "keeper", scope: "run", run: "r" })).toMatchObject([{ text: "fact 5" }]);
    expect(await memory.notes({ agent: "keeper", scope: "run", run: "other" })).toEqual([]);
    expect((await memory.all()).map(({ text }) => text)).toEqual(["fact 5", "fact 4", "fact 3", "fact 2", "fact 1"]);
  });

  test("keeps no more of a place than its most, and says what made room", async () => {
    const memory = memoryInStore(open());
    for (let minute = 0; minute < MOST_NOTES; minute += 1)
      expect((await memory.keep(noteAt(minute))).removed).toEqual([]);
    await memory.keep(noteAt(0, { agent: "other" }));
    const again = await memory.keep(noteAt(MOST_NOTES, { text: "fact 0" }));
    expect(again.removed, "the same words are the same note").toEqual([]);
    const { removed } = await memory.keep(noteAt(MOST_NOTES + 1));
    expect(removed.map(({ text }) => text)).toEqual(["fact 1"]);
    expect(await memory.notes(HOME)).toHaveLength(MOST_NOTES);
    expect(await memory.all()).toHaveLength(MOST_NOTES + 1);
  });

  test("finds what was removed no more", async () => {
    const memory = memoryInStore(open());
    const { note } = await memory.keep(noteAt(1));
    await memory.keep(noteAt(2));
    await memory.remove(note);
    expect((await memory.all()).map(({ text }) => text)).toEqual(["fact 2"]);
  });
});
