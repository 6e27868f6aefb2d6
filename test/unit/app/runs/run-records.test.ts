import { InMemoryStore } from "@langchain/langgraph";
import { expect, it } from "vitest";
import { RunRecords } from "../../../../app/runs/run-records.ts";
import { RunStore } from "../../../../app/runs/run-store.ts";
import { openJournal } from "../../../../engine/journal/open-journal.ts";
import { entryOf } from "../../../support/journal-lines.ts";

/** A record whose appends are kept waiting, each until it is let go or refused. */
async function slowRecord() {
  const appends: (PromiseWithResolvers<void> & { kinds: string[] })[] = [];
  const storage = {
    read: () => Promise.resolve([]),
    append: (lines: string[]) => {
      const kinds = lines.map((line) => (JSON.parse(line) as { kind: string }).kind);
      const append = { ...Promise.withResolvers<void>(), kinds };
      appends.push(append);
      return append.promise;
    },
    close: () => Promise.resolve(),
  };
  const clock = { now: () => 0, sleep: () => Promise.resolve() };
  const journal = await openJournal({ storage, run: "r", clock });
  const run = new RunStore("r", { store: new InMemoryStore() });
  const opened = { journal, setup: { host: {} } } as ConstructorParameters<typeof RunRecords>[1];
  return { record: new RunRecords(run, opened), appends };
}

it("what is put on record by one key is written once, and who asks a second time waits for that line", async () => {
  const { record, appends } = await slowRecord();
  let ended = 0;
  const asked = [1, 2].map(() => record.once("k", entryOf("check")).then(() => (ended += 1)));
  await new Promise(setImmediate);
  expect([ended, record.recorded("check", "k")]).toEqual([0, undefined]);
  appends[0]!.resolve();
  await Promise.all(asked);
  await record.once("k", entryOf("check"));
  expect(appends.map(({ kinds }) => kinds)).toEqual([["check"]]);
  expect(record.recorded("check", "k")).toMatchObject({ check: "c" });
});

it("what could not be written is not on record: it is written when it is asked for again", async () => {
  const { record, appends } = await slowRecord();
  const asked = [1, 2].map(() => record.once("k", entryOf("check")));
  appends[0]!.reject(new Error("no room"));
  expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  const again = record.once("k", entryOf("check"));
  expect(appends).toHaveLength(2);
  appends[1]!.resolve();
  await again;
  for (const place of [2, 3]) {
    const sealed = record.seal("end", entryOf("run-end"));
    appends[place]!.reject(new Error("no room"));
    await expect(sealed).rejects.toThrow("no room");
    expect(appends[place]!.kinds).toEqual(["run-end", "run-close"]);
  }
});
