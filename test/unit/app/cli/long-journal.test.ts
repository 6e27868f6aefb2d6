/** G5: of a journal that is long the lines are checked beside their taking in, and it is shown or named as a short one. */
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { readRunRecord } from "../../../../app/cli/run-record.ts";
import { readJournal } from "../../../../app/runs/run-journal.ts";
import { link, type ChainHead } from "../../../../engine/journal/chain.ts";
import { entryOf } from "../../../support/journal-lines.ts";
import { readJournalFile } from "../../../support/read-journal.ts";
import { planOf, scriptedSwarm, thread, WORKER } from "../../../support/scripted-swarm.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

const RUN = "long";
const MEGABYTE = "word ".repeat(200_000);
const LINES = 10;

let home: string;
let file: string;

beforeEach(async () => {
  home = join(temporaryFolder(), "home");
  file = join(home, "runs", RUN, "journal.jsonl");
  const { swarm } = scriptedSwarm(
    { a: "Result of a.", synthesizer: "The answer." },
    { agents: [WORKER], checkpointer: undefined, home },
  );
  await swarm.invoke({ task: "t", plan: planOf({ a: {} }) }, thread(RUN));
  await swarm.close();
  let head: ChainHead = readJournal(home, RUN).head;
  for (let line = 0; line < LINES; line += 1) {
    const signal = entryOf("signal", { kind: "server", evidence: MEGABYTE }, { subtask: "a", attempt: 1 });
    const linked = link(signal, head, { run: RUN, at: new Date(2026, 0, 1, 0, 0, line).toISOString() });
    appendFileSync(file, `${JSON.stringify(linked)}\n`);
    head = linked;
  }
});

/** Of the line that many before the end, another text in place of one that is in it. */
function altered(fromEnd: number, text: string, by: string): number {
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  const at = lines.length - 1 - fromEnd;
  lines[at] = lines[at]?.replace(text, by) ?? "";
  writeFileSync(file, `${lines.join("\n")}\n`);
  return at + 1;
}

it("its lines are told in order, each once, and come to the same view", async () => {
  const told: number[] = [];
  const answers: unknown[] = [];
  process.once("worker", (thread) => thread.once("message", (answer) => answers.push(answer)));
  const { view } = await readRunRecord(home, RUN, { each: ({ seq }) => void told.push(seq) });
  expect(told).toEqual(readJournalFile(home, RUN).map(({ seq }) => seq));
  expect(view).toEqual(readJournal(home, RUN));
  expect(answers).toEqual([view.head.hash]);
});

it.each([
  ["words of it", "word ", "work ", "was changed: its hash does not match"],
  ["what every line has", '"data":{', '"data":null,"other":{', "was changed: its hash does not match"],
  ["its form", '"attempt"', "attempt", "is not JSON"],
])("a line of which somebody changed %s is named", async (_, text, by, problem) => {
  const line = altered(3, text, by);
  await expect(readRunRecord(home, RUN)).rejects.toMatchObject({
    code: "JOURNAL_BROKEN",
    message: `the journal of run ${RUN} does not hold: line ${line} ${problem}`,
  });
});

it("who is told of the lines fails as with a short one", async () => {
  const each = (): void => {
    throw new Error("cannot be told");
  };
  await expect(readRunRecord(home, RUN, { each })).rejects.toThrow("cannot be told");
});
