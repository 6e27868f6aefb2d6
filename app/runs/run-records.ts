/**
 * The durable records of one run: its journal, what the store keeps of it, and its folder where there is a home. Owns where each of them
 * is; what is written, and in which order, is the open run's affair.
 */
import { basename, join } from "node:path";
import { readdir, stat } from "node:fs/promises";
import type { BaseStore } from "@langchain/langgraph";
import { openContents, withRoom } from "../../adapters/storage/content-store.ts";
import { journalLines, openJournalFile } from "../../adapters/storage/journal-file.ts";
import { memoryInStore } from "../../adapters/storage/memory-in-store.ts";
import {
  artifactsInStore,
  journalInStore,
  runNamespace,
  toolResultsInStore,
} from "../../adapters/storage/run-in-store.ts";
import { openBoard } from "../../adapters/storage/store-board.ts";
import type { JournalLine } from "../../engine/journal/events.ts";
import { openJournal, type Journal } from "../../engine/journal/open-journal.ts";
import { JournalReader } from "../../engine/journal/read-journal.ts";
import { addRun, noHistory, type RunHistory } from "../../engine/policy/budget/run-history.ts";
import { resultWith } from "../../engine/policy/output/kept-output.ts";
import type { ArtifactStorage, Board, Contents } from "../../engine/ports/board.ts";
import type { Clock } from "../../engine/ports/clock.ts";
import type { JournalStorage } from "../../engine/ports/journal.ts";
import type { Fork } from "../../state/fork.ts";
import type { RunResult } from "../../state/run-result.ts";
import { firstHash, firstHashIn, publishHead, type HeadPlaces } from "./heads.ts";
import { JOURNAL_FILE, keepResult, runFolder, RUNS_FOLDER } from "./run-folder.ts";
import { checkRecords, keepHead } from "./run-journal.ts";
import { amendBegin, endOnRecord, readFork, recordEnd, type RunBegin } from "./run-store.ts";

/** The key of what is written to prove that there is room, and deleted. */
const ROOM = "room";

interface Place {
  home: string | undefined;
  store: BaseStore;
  clock: Clock;
  heads: HeadPlaces;
  /** Default: those of its folder. */
  contents?: Contents | undefined;
}

export class RunRecords {
  readonly id: string;
  /** Undefined: there is no home. */
  readonly folder: string | undefined;
  readonly #place: Place;
  readonly #contents: Contents;
  #storage: JournalStorage | undefined;
  #headIsKept: (() => Promise<void>) | undefined;
  /** The hash of the journal's first line. */
  #first: string | undefined;

  constructor(id: string, place: Place) {
    this.id = id;
    this.folder = place.home === undefined ? undefined : runFolder(place.home, id);
    this.#place = place;
    this.#contents = place.contents ?? openContents(this.folder);
  }

  /** Throws SwarmError JOURNAL_BROKEN, and DATABASE_CORRUPT where the store knows nothing of a run that has a journal. */
  async openJournal(): Promise<Journal> {
    const { id: run, folder } = this;
    const { home, store, clock } = this.#place;
    this.#storage =
      folder === undefined
        ? journalInStore(store, run)
        : await openJournalFile(join(folder, JOURNAL_FILE), () => this.#contents.flush());
    const journal = await openJournal({ storage: this.#storage, run, clock });
    this.#first =
      folder === undefined ? firstHash(await this.#storage.read()) : firstHashIn(join(folder, JOURNAL_FILE));
    journal.subscribe(({ seq, hash }) => void (seq === 1 && (this.#first = hash)));
    if (home !== undefined) await checkRecords({ home, store, runId: run, view: journal.view });
    this.#headIsKept = keepHead(home, journal, { store, runId: run });
    return journal;
  }

  /** What the lanes share, as it is on record. */
  async openShared() {
    const { store } = this.#place;
    const contents = this.#contents;
    const board = await openBoard(store, this.id, contents);
    const inStore = artifactsInStore(store, this.id);
    const storage: ArtifactStorage = {
      ...inStore,
      putContent: (hash, content) => {
        contents.add(content);
        return inStore.putContent(hash, content);
      },
    };
    return {
      board,
      contents,
      toolResults: toolResultsInStore(store, this.id),
      memory: memoryInStore(store),
      artifacts: { storage, events: await storage.read() },
    };
  }

  /**
   * Proves that the run's folder and the store take what the next calls bring, before one is paid for. Throws SwarmError
   * STORAGE_FAILED, and DATABASE_LOCKED where another process holds the database.
   */
  async proveRoom(): Promise<void> {
    if (this.folder === undefined) return;
    const { store } = this.#place;
    const place = runNamespace(this.id, "run");
    await withRoom(this.folder, async (room) => {
      await store.put(place, ROOM, { room });
      await store.delete(place, ROOM);
    });
  }

  /** Throws SwarmError RUN_UNKNOWN. */
  amend(change: (begin: RunBegin) => Partial<RunBegin>): Promise<void> {
    return amendBegin(this.#place.store, this.id, change);
  }

  /** Keeps the end of the run in the store, before anybody is told of it. */
  putEnd(board: Board, result: RunResult): Promise<void> {
    return recordEnd(this.#place.store, board, result);
  }

  /** What the run takes from the one that it forks from; undefined: it is no fork. */
  async fork(): Promise<Fork | undefined> {
    const fork = await readFork(this.#place.store, this.id);
    if (fork === undefined) return undefined;
    const contents = this.#contents;
    const results = fork.results.map((each) =>
      each.kept === undefined ? each : resultWith(each, each.kept, contents),
    );
    return { ...fork, results };
  }

  end(board: Board): Promise<RunResult | undefined> {
    return endOnRecord(this.#place.store, board, this.id);
  }

  /** Keeps the journal's head outside of it: `lines` and the hash of the last one. */
  publishHead(head: string, lines: number): void {
    const { heads, clock } = this.#place;
    const first = this.#first === undefined ? {} : { first: this.#first };
    publishHead(heads, { run: this.id, at: new Date(clock.now()).toISOString(), lines, head, ...first });
  }

  /** Writes the result where people look for it, if there is such a place. Returns it with that place. */
  keepResult(result: RunResult): RunResult {
    return keepResult(this.folder, result);
  }

  /** What earlier runs of the same home took. */
  history(): Promise<RunHistory> {
    return readHistory(this.#place.home, { except: this.id, clock: this.#place.clock });
  }

  /** Ends the journal, once the store knows its head. */
  async close(): Promise<void> {
    await this.#headIsKept?.();
    try {
      await this.#storage?.close();
    } finally {
      await this.#contents.close();
    }
  }
}

const MOST_RUNS = 20;
const MOST_BYTES = 64 * 2 ** 20;
const MOST_MS = 2000;

interface JournalOnDisk {
  file: string;
  bytes: number;
  changedMs: number;
}

/** Newest first, until a bound is met; one run at least. `except`: the run that asks. */
async function readHistory(
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
