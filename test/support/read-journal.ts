/** The journal of a run in a home, its chain checked. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readLines } from "../../engine/journal/open-journal.ts";
import type { JournalLine } from "../../state/journal-line.ts";

/** Throws where the chain does not hold. */
export function readJournalFile(home: string, runId: string): JournalLine[] {
  const text = readFileSync(join(home, "runs", runId, "journal.jsonl"), "utf8");
  return readLines(text.split("\n").slice(0, -1), runId);
}
