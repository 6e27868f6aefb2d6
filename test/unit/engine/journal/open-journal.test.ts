import { expect, it } from "vitest";
import { readLines } from "../../../support/read-journal.ts";
import { entryOf } from "../../../support/journal-lines.ts";
import { workedMs } from "../../../../engine/journal/run-view.ts";
import { openJournal } from "../../../../engine/journal/open-journal.ts";
import type { JournalStorage } from "../../../../engine/ports/journal.ts";

it("time never runs backwards in a journal, whatever the clocks of its processes say", async () => {
  const kept: string[] = [];
  const storage = {
    read: () => Promise.resolve([...kept]),
    append: (lines: string[]) => Promise.resolve(void kept.push(...lines)),
    close: () => Promise.resolve(),
  } as unknown as JournalStorage;
  const process = async (...times: number[]): Promise<void> => {
    const clock = { now: () => times.shift() ?? 0, sleep: () => Promise.resolve() };
    const journal = await openJournal({ storage, run: "r", clock });
    while (times.length > 0) await journal.append(entryOf("process-start"));
  };
  await process(5000, 9000, 1000);
  await process(2000, 9500);
  const { view } = await openJournal({ storage, run: "r", clock: { now: () => 0, sleep: () => Promise.resolve() } });
  const lines = readLines(kept, "r");
  expect(lines.map(({ at }) => Date.parse(at))).toEqual([5000, 9000, 9000, 9000, 9500]);
  expect(workedMs(view)).toBeGreaterThanOrEqual(0);
});

/** In memory; `kept` is what is durable. */
function memory(kept: string[] = []) {
  const storage: JournalStorage = {
    read: () => Promise.resolve([...kept]),
    append: (lines) => Promise.resolve(void kept.push(...lines)),
    close: () => Promise.resolve(),
  };
  return { kept, facts: { storage, run: "r", clock: { now: () => 0, sleep: () => Promise.resolve() } } };
}

/** More levels than the stack has room for. */
function deep(): object {
  let value = {};
  for (let level = 0; level < 100_000; level += 1) value = { value };
  return value;
}

it("an entry that cannot be linked leaves no gap, nor do those appended with it", async () => {
  const { kept, facts } = memory();
  const journal = await openJournal(facts);
  await journal.append(entryOf("process-start"));
  const refused = journal.append(entryOf("process-start"), entryOf("tool-call", { args: deep() }));
  await expect(refused).rejects.toThrow(RangeError);
  await journal.append(entryOf("process-end"));
  expect(readLines(kept, "r").map(({ seq, kind }) => [seq, kind])).toEqual([
    [1, "process-start"],
    [2, "process-end"],
  ]);
});

it("a listener that throws fails neither who appends nor the other listeners nor the view", async () => {
  const journal = await openJournal(memory().facts);
  const heard: number[] = [];
  journal.subscribe(() => {
    throw new Error("boom");
  });
  journal.subscribe(({ seq }) => heard.push(seq));
  await journal.append(entryOf("process-start"), entryOf("process-end"));
  expect([heard, journal.view.head.seq]).toEqual([[1, 2], 2]);
});
