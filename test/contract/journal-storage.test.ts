/** The port `JournalStorage`: one suite, every place where a journal is kept. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { InMemoryStore, type BaseStore } from "@langchain/langgraph-checkpoint";
import { describe, expect, it } from "vitest";
import { openJournalFile } from "../../adapters/storage/journal-file.ts";
import { journalInStore } from "../../adapters/storage/run-in-store.ts";
import type { JournalStorage } from "../../engine/ports/journal.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** A place that can be opened again and again. */
type Place = () => Promise<JournalStorage>;

/** A store that gives what it finds newest first, as some servers do. */
function newestFirst(): BaseStore {
  const store = new InMemoryStore();
  const search: BaseStore["search"] = store.search.bind(store);
  store.search = async (namespace, { limit = 10, offset = 0 } = {}) =>
    (await search(namespace, { limit: 1_000_000 })).toReversed().slice(offset, offset + limit);
  return store;
}

const PLACES: { name: string; place: () => Place }[] = [
  {
    name: "a file",
    place: () => {
      const file = join(temporaryFolder(), "deep", "journal.jsonl");
      return () => openJournalFile(file);
    },
  },
  ...[
    { name: "a store", store: () => new InMemoryStore() as BaseStore },
    { name: "a store that answers newest first", store: newestFirst },
  ].map(({ name, store }) => ({
    name,
    place: (): Place => {
      const kept = store();
      return async () => journalInStore(kept, "a.run:1");
    },
  })),
];

async function linesIn(open: Place): Promise<string[]> {
  const storage = await open();
  const lines = await storage.read();
  await storage.close();
  return lines;
}

describe.each(PLACES)("a journal in $name", ({ place }) => {
  it("is empty before anything was written", async () => {
    expect(await linesIn(place())).toEqual([]);
  });

  it("keeps lines in the order of the calls, though nobody waited in between", async () => {
    const open = place();
    const storage = await open();
    await storage.read();
    const texts = Array.from({ length: 200 }, (_, index) => `{"line":${index},"text":"ä\u{1f41d}"}`);
    await Promise.all(texts.map((text, index) => storage.append(index % 7 === 0 ? [text, `${text}b`] : [text])));
    await storage.close();
    expect(await linesIn(open)).toEqual(
      texts.flatMap((text, index) => (index % 7 === 0 ? [text, `${text}b`] : [text])),
    );
  });

  it("goes on where the last process ended", async () => {
    const open = place();
    for (const text of ["one", "two", "three"]) {
      const storage = await open();
      await storage.read();
      await storage.append([text]);
      await storage.close();
    }
    expect(await linesIn(open)).toEqual(["one", "two", "three"]);
  });

  it("has written what `append` resolved, also without being closed", async () => {
    const open = place();
    const storage = await open();
    await storage.read();
    await storage.append(["kept"]);
    expect(await linesIn(open)).toEqual(["kept"]);
    await storage.close();
  });
});

describe("a journal in a file", () => {
  it("loses a torn last line for good, once it goes on, and nothing else", async () => {
    const file = join(temporaryFolder(), "journal.jsonl");
    // Longer than is read at once, and not all of it is UTF-8.
    const long = "ä\u{1f41d}".repeat(500_000);
    appendFileSync(file, `whole\n${long}\n`);
    appendFileSync(file, Buffer.from([0xff, 0xfe, 0x0a]));
    appendFileSync(file, `{"torn":"${long}`);
    appendFileSync(file, Buffer.from([0xf0, 0x9f]));
    const storage = await openJournalFile(file);
    const whole = ["whole", long, "\u00ff\u00fe"];
    expect(await storage.read()).toEqual(whole);
    await storage.append(["next"]);
    await storage.close();
    expect(await linesIn(() => openJournalFile(file))).toEqual([...whole, "next"]);
  });
});

describe("a journal in a store that refuses a write", () => {
  it("writes nothing after it: it ends, it has no gap; and it can be closed", async () => {
    const store = new InMemoryStore();
    const storage = journalInStore(store, "r");
    const put = store.put.bind(store);
    await storage.append(["one"]);
    store.put = () => Promise.reject(new Error("no room"));
    await expect(storage.append(["two"])).rejects.toThrow("no room");
    store.put = put;
    await expect(storage.append(["three"])).rejects.toThrow("no room");
    await storage.close();
    expect(await journalInStore(store, "r").read()).toEqual(["one"]);
  });
});
