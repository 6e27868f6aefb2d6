/** What earlier runs of a home took, from their journals: what the next one is expected to take is drawn from it. */
import { basename, join } from "node:path";
import { readdir, stat } from "node:fs/promises";
import { journalLines } from "../../adapters/storage/journal-file.ts";
import type { JournalLine } from "../../engine/journal/events.ts";
import { JournalReader } from "../../engine/journal/read-journal.ts";
import { addRun, noHistory, type RunHistory } from "../../engine/policy/budget/run-history.ts";
import type { Clock } from "../../engine/ports/clock.ts";
import { JOURNAL_FILE, runFolder, RUNS_FOLDER } from "./run-folder.ts";

const MOST_RUNS = 20;
const MOST_BYTES = 64 * 2 ** 20;
const MOST_MS = 2000;

interface JournalOnDisk {
  file: string;
  bytes: number;
  changedMs: number;
}

/** Newest first, until a bound is met; one run at least. `except`: the run that asks. */
export async function readHistory(
  home: string | undefined,
  { except, clock }: { except: string; clock: Clock },
): Promise<RunHistory> {
  const history = noHistory();
  if (home === undefined) return history;
  const until = clock.now() + MOST_MS;
  let bytes = 0;
  for (const journal of await journalsOf(join(home, RUNS_FOLDER), except)) {
    bytes += journal.bytes;
    if (history.runs >= MOST_RUNS || (history.runs > 0 && (bytes > MOST_BYTES || clock.now() > until))) break;
    addRun(history, linesOf(journal.file));
  }
  return history;
}

async function journalsOf(folder: string, except: string): Promise<JournalOnDisk[]> {
  const names = await readdir(folder).catch(() => []);
  const found = await Promise.all(
    names
      .filter((name) => name !== basename(runFolder("", except)))
      .map(async (name) => {
        const file = join(folder, name, JOURNAL_FILE);
        const about = await stat(file).catch(() => undefined);
        return about === undefined ? [] : [{ file, bytes: about.size, changedMs: about.mtimeMs }];
      }),
  );
  return found.flat().toSorted((one, other) => other.changedMs - one.changedMs);
}

/** As far as it can be read: a damaged run must not keep the next one from being forecast. */
function* linesOf(file: string): Generator<JournalLine> {
  const reader = new JournalReader("");
  try {
    for (const text of journalLines(file)) yield reader.read(text);
  } catch {
    // What follows a line that does not hold is not read.
  }
}
