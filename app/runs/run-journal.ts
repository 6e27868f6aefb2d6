/**
 * What ties a run's journal to the rest of its records: the database knows the head of the journal, so that a journal that was lost,
 * shortened or replaced by an older one is noticed.
 *
 * 1. The database never knows a line that is not durable in the journal.
 * 2. It knows every line with which money was reserved or a result published, some milliseconds later at most.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { journalLines } from "../../adapters/storage/journal-file.ts";
import { DATABASE_FILE, databaseError } from "../../adapters/storage/database.ts";
import type { ChainHead } from "../../engine/journal/chain.ts";
import { JournalReader } from "../../engine/journal/read-journal.ts";
import { applyEvent, newRunView, type RunView } from "../../engine/journal/run-view.ts";
import type { Journal } from "../../engine/journal/open-journal.ts";
import { many } from "../../state/amounts.ts";
import { describeError, SwarmError } from "../../state/errors.ts";
import type { JournalLine } from "../../engine/journal/events.ts";
import { ANSWER_FILE, JOURNAL_FILE, RESULT_FILE, runFolder } from "./run-folder.ts";

const TELLING: ReadonlySet<JournalLine["kind"]> = new Set([
  ...(["run-start", "process-start", "reserve", "publish", "run-close", "process-end"] as const),
]);

/** `view`: of the lines up to this one. */
export type EachLine = (line: JournalLine, view: RunView) => void;

/**
 * What the run's journal says, read from its file piece by piece; `each` is told of every line. A last line without its end is still
 * being written. Throws SwarmError JOURNAL_BROKEN.
 */
export function readJournal(home: string, runId: string, each?: EachLine): RunView {
  return viewOf(runId, linesOf(home, runId), each);
}

/** `isChecked`: as of a JournalReader. */
export function viewOf(runId: string, lines: Iterable<string>, each?: EachLine, { isChecked = false } = {}): RunView {
  const reader = new JournalReader(runId, { isChecked });
  const view = newRunView();
  for (const text of lines) {
    const line = reader.read(text);
    applyEvent(view, line);
    each?.(line, view);
  }
  return view;
}

/** The lines once more, of a journal whose chain has been checked. */
export function readAgain(home: string, runId: string, each: (line: JournalLine) => void): void {
  const reader = new JournalReader(runId, { isChecked: true });
  for (const text of linesOf(home, runId)) each(reader.read(text));
}

/** The hash of a line that is not the last; undefined: there is none. Only asked of a journal that has been read. */
export function hashAt(home: string, runId: string, seq: number): string | undefined {
  let at = 0;
  for (const text of linesOf(home, runId)) if ((at += 1) === seq) return JSON.parse(text).hash;
  return undefined;
}

function linesOf(home: string, runId: string): Iterable<string> {
  return journalLines(join(runFolder(home, runId), JOURNAL_FILE));
}

/** Has the journal's head kept, one write after another. What it returns resolves when all so far is. */
export function keepHead(journal: Journal, keep: (head: ChainHead) => Promise<void>): () => Promise<void> {
  let newest: ChainHead | undefined;
  let writing: Promise<void> | undefined;
  const write = async (): Promise<void> => {
    let head: ChainHead | undefined;
    try {
      while ((head = newest) !== undefined) {
        newest = undefined;
        await keep({ seq: head.seq, hash: head.hash });
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
  const journal = `a journal of ${many(head.seq, "line")} (${many(steps, "step")}, ${many(inputTokens + outputTokens, "token")} spent)`;
  return [journal, ...files].join(", ");
}
