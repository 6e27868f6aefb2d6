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
