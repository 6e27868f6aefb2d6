/**
 * The records of a run that this process has open: its journal, what its lanes share, and the head outside. What is written, and in which
 * order, is the open run's affair.
 */
import { basename, join } from "node:path";
import { readdir, stat } from "node:fs/promises";
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
import type { ArtifactStorage, Contents } from "../../engine/ports/board.ts";
import type { Clock } from "../../engine/ports/clock.ts";
import type { JournalStorage } from "../../engine/ports/journal.ts";
import type { Fork } from "../../state/fork.ts";
import { firstHash, publishHead, type HeadPlaces } from "./heads.ts";
import { JOURNAL_FILE, runFolder, RUNS_FOLDER } from "./run-folder.ts";
import { keepHead } from "./run-journal.ts";
import { RunStore } from "./run-store.ts";

/** The key of what is written to prove that there is room, and deleted. */
const ROOM = "room";

interface Place {
  clock: Clock;
  heads: HeadPlaces;
  /** Default: those of its folder. */
  contents?: Contents | undefined;
}

export class RunRecords extends RunStore {
  readonly #place: Place;
  readonly #contents: Contents;
  #storage: JournalStorage | undefined;
  #headIsKept: (() => Promise<void>) | undefined;
  /** The hash of the journal's first line. */
  #first: string | undefined;

  constructor(run: RunStore, place: Place) {
    super(run.id, run);
    this.#place = place;
    this.#contents = place.contents ?? openContents(this.folder);
  }

  /** Throws SwarmError JOURNAL_BROKEN, and DATABASE_CORRUPT where the store knows nothing of a run that has a journal. */
  async openJournal(): Promise<Journal> {
    const { id: run, folder, store } = this;
    const file = folder === undefined ? undefined : join(folder, JOURNAL_FILE);
    this.#storage =
      file === undefined ? journalInStore(store, run) : await openJournalFile(file, () => this.#contents.flush());
    const journal = await openJournal({ storage: this.#storage, run, clock: this.#place.clock });
    this.#first = firstHash(file === undefined ? await this.#storage.read() : journalLines(file));
    journal.subscribe(({ seq, hash }) => void (seq === 1 && (this.#first = hash)));
    await this.check(journal.view);
    // Without a home the journal is in the store itself.
    if (file !== undefined) this.#headIsKept = keepHead(journal, (head) => this.keep("head", head));
    return journal;
  }

  /** What the lanes share, as it is on record. */
  async openShared() {
    const { store, id } = this;
    const contents = this.#contents;
    const inStore = artifactsInStore(store, id);
    const storage: ArtifactStorage = {
      ...inStore,
      putContent: (hash, content) => {
        contents.add(content);
        return inStore.putContent(hash, content);
      },
    };
    return {
      board: await openBoard(store, id, contents),
      contents,
      toolResults: toolResultsInStore(store, id),
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
    const place = runNamespace(this.id, "run");
    await withRoom(this.folder, async (room) => {
      await this.store.put(place, ROOM, { room });
      await this.store.delete(place, ROOM);
    });
  }

  /** What the run takes from the one that it forks from; undefined: it is no fork. */
  async fork(): Promise<Fork | undefined> {
    const fork = await this.read("fork");
    if (fork === undefined) return undefined;
    const results = fork.results.map((each) =>
      each.kept === undefined ? each : resultWith(each, each.kept, this.#contents),
    );
    return { ...fork, results };
  }

  /** Keeps the journal's head outside of it. */
  publishHead({ head: { hash: head, seq: lines } }: Journal["view"]): void {
    const { heads, clock } = this.#place;
    const first = this.#first === undefined ? {} : { first: this.#first };
    publishHead(heads, { run: this.id, at: new Date(clock.now()).toISOString(), lines, head, ...first });
  }

  /** What earlier runs of the same home took. */
  history(): Promise<RunHistory> {
    return readHistory(this.home, { except: this.id, clock: this.#place.clock });
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
