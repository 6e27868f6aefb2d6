/**
 * What ties a run's journal to the rest of its records: the database knows the head of the journal, so that a journal that was lost,
 * shortened or replaced by an older one is noticed.
 *
 * 1. The database never knows a line that is not durable in the journal.
 * 2. It knows every line with which money was reserved or a result published, some milliseconds later at most.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { BaseStore } from "@langchain/langgraph-checkpoint";
import { journalLines } from "../../adapters/storage/journal-file.ts";
import { DATABASE_FILE, databaseError } from "../../adapters/storage/database.ts";
import { runNamespace, readOne } from "../../adapters/storage/run-in-store.ts";
import type { ChainHead } from "../../engine/journal/chain.ts";
import { JournalReader } from "../../engine/journal/read-journal.ts";
import { applyEvent, newRunView, type RunView } from "../../engine/journal/run-view.ts";
import type { Journal } from "../../engine/journal/open-journal.ts";
import { describeError, SwarmError } from "../../state/errors.ts";
import type { JournalLine } from "../../engine/journal/events.ts";
import { ANSWER_FILE, JOURNAL_FILE, RESULT_FILE, runFolder } from "./run-folder.ts";

const TELLING: ReadonlySet<JournalLine["kind"]> = new Set([
  ...(["run-start", "process-start", "reserve", "publish", "run-close", "process-end"] as const),
]);

/**
 * What the run's journal says, read from its file piece by piece; `each` is told of every line. A last line without its end is still
 * being written. Throws SwarmError JOURNAL_BROKEN.
 */
export function readJournal(home: string, runId: string, each?: (line: JournalLine) => void): RunView {
  const reader = new JournalReader(runId);
  const view = newRunView();
  for (const text of journalLines(join(runFolder(home, runId), JOURNAL_FILE))) {
    const line = reader.read(text);
    applyEvent(view, line);
    each?.(line);
  }
  return view;
}

/** The lines once more, of a journal whose chain has been checked. */
export function readAgain(home: string, runId: string, each: (line: JournalLine) => void): void {
  const reader = new JournalReader(runId, { isChecked: true });
  for (const text of journalLines(join(runFolder(home, runId), JOURNAL_FILE))) each(reader.read(text));
}

/** The hash of a line that is not the last; undefined: there is none. Only asked of a journal that has been read. */
function hashAt(home: string, runId: string, seq: number): string | undefined {
  let at = 0;
  for (const text of journalLines(join(runFolder(home, runId), JOURNAL_FILE)))
    if ((at += 1) === seq) return JSON.parse(text).hash;
  return undefined;
}

/** Tells the store of the journal's head, one write after another. What it returns resolves when the store has all so far. */
export function keepHead(
  home: string | undefined,
  journal: Journal,
  { store, runId }: { store: BaseStore; runId: string },
): () => Promise<void> {
  // Without a home the journal is in the store itself.
  if (home === undefined) return () => Promise.resolve();
  let newest: ChainHead | undefined;
  let writing: Promise<void> | undefined;
  const write = async (): Promise<void> => {
    let head: ChainHead | undefined;
    try {
      while ((head = newest) !== undefined) {
        newest = undefined;
        await store.put(runNamespace(runId, "run"), "head", { seq: head.seq, hash: head.hash });
      }
    } catch (error) {
      newest ??= head;
      throw error;
    } finally {
      writing = undefined;
    }
  };
  journal.subscribe((line) => {
    if (!TELLING.has(line.kind)) return;
    newest = line;
    writing ??= write();
    // Who saves before the next call hears of it.
    writing.catch(() => undefined);
  });
  return async () => {
    if (newest !== undefined) writing ??= write();
    await writing?.catch(() => undefined);
  };
}

interface Records {
  home: string;
  store: BaseStore;
  runId: string;
  view: RunView;
}

/** The same by the run's id; without a home there is nothing to hold. Throws as `checkRecords` does. */
export async function checkRun(home: string | undefined, store: BaseStore, runId: string): Promise<void> {
  if (home !== undefined) await checkRecords({ home, store, runId, view: readJournal(home, runId) });
}

/**
 * Holds a run's journal against its database. Throws SwarmError JOURNAL_BROKEN where the database knows lines that the journal has not,
 * DATABASE_CORRUPT where it knows nothing of a run that has a journal.
 */
export async function checkRecords({ home, store, runId, view }: Records): Promise<void> {
  const place = runNamespace(runId, "run");
  if (view.head.seq > 0 && (await store.get(place, "begin")) === null) throw databaseLost(home, runId, view);
  const head = await readOne<ChainHead>(store, place, "head");
  if (head === undefined) return;
  const known = head.seq === view.head.seq ? view.head.hash : hashAt(home, runId, head.seq);
  if (known === head.hash) return;
  const count = view.head.seq;
  const what = count < head.seq ? `has ${count} lines, the database knows of ${head.seq}` : "is another one";
  throw new SwarmError("JOURNAL_BROKEN", `the journal of run ${runId} is not the one that it had: it ${what}`, {
    next: "restore journal.jsonl from a copy as new as the database, or begin again under another --id; what the run has spent is not known without it",
  });
}

/** Of a run with a journal of which the database knows nothing. */
export function databaseLost(home: string, runId: string, view: RunView): SwarmError {
  return new SwarmError(
    "DATABASE_CORRUPT",
    `${join(home, DATABASE_FILE)} has no record of run ${runId}: its results and conversations are lost; left are ${leftOf(home, runId, view)}`,
    { next: RESTORE },
  );
}

const RESTORE = `restore ${DATABASE_FILE} from a copy, with the -wal file beside it, or begin again under another --id`;

/** The error that a damaged database is, with what is left of the run; any other as it is. */
export function namingLeft(thrown: unknown, home: string, runId: string): unknown {
  const isRaw = thrown instanceof Error && "code" in thrown && /^SQLITE_(CORRUPT|NOTADB)/.test(String(thrown.code));
  const error: unknown = isRaw ? databaseError(thrown, join(home, DATABASE_FILE)) : thrown;
  if (!(error instanceof SwarmError) || error.code !== "DATABASE_CORRUPT" || error.next === RESTORE) return error;
  let left: string;
  try {
    left = leftOf(home, runId, readJournal(home, runId));
  } catch (broken) {
    left = `a journal that is damaged too (${describeError(broken)})`;
  }
  return new SwarmError(error.code, `${error.message}; of run ${runId} are left ${left}`, {
    cause: error,
    next: RESTORE,
  });
}

function leftOf(home: string, runId: string, { head, spending }: RunView): string {
  const { steps, inputTokens, outputTokens } = spending.spent;
  const files = [ANSWER_FILE, RESULT_FILE].filter((name) => existsSync(join(runFolder(home, runId), name)));
  const journal = `a journal of ${head.seq} lines (${steps} steps, ${inputTokens + outputTokens} tokens spent)`;
  return [journal, ...files].join(", ");
}
