/**
 * The records of a run that this process has open: its journal, what its lanes share, and the head outside. By a key a line is put on
 * record once: a step that runs again after a crash or an interrupt writes nothing twice. What is written, and in which order, is the
 * open run's affair.
 */
import { join } from "node:path";
import { openContents, withRoom } from "../../adapters/storage/content-store.ts";
import { openJournalFile } from "../../adapters/storage/journal-file.ts";
import { memoryInStore } from "../../adapters/storage/memory-in-store.ts";
import {
  artifactsInStore,
  journalInStore,
  runNamespace,
  toolResultsInStore,
} from "../../adapters/storage/run-in-store.ts";
import { openBoard } from "../../adapters/storage/store-board.ts";
import type { DataOf, JournalEntry } from "../../engine/journal/events.ts";
import { openJournal, type Journal } from "../../engine/journal/open-journal.ts";
import { isKept, type KeptKind } from "../../engine/journal/run-view.ts";
import type { RunHistory } from "../../engine/policy/budget/run-history.ts";
import { resultWith } from "../../engine/policy/output/kept-output.ts";
import type { ArtifactStorage, Contents } from "../../engine/ports/board.ts";
import type { JournalStorage } from "../../engine/ports/journal.ts";
import type { RunRecord } from "../../engine/runtime/run/run.ts";
import type { Fork } from "../../state/fork.ts";
import type { RunResult } from "../../state/run-result.ts";
import { publishHead } from "./heads.ts";
import { readHistory } from "./home-history.ts";
import { JOURNAL_FILE } from "./run-folder.ts";
import { keepHead } from "./run-journal.ts";
import { RunStore } from "./run-store.ts";
import type { SwarmSetup } from "./swarm-setup.ts";

/** The key of what is written to prove that there is room, and deleted. */
const ROOM = "room";

/** `replay`: with contents in place of those of its folder. */
type Setup = Pick<SwarmSetup, "heads" | "host" | "replay">;

interface Opened {
  setup: Setup;
  journal: Journal;
  contents: Contents;
  shared: Awaited<ReturnType<typeof readShared>>;
}

export class RunRecords extends RunStore implements RunRecord {
  readonly journal: Journal;
  readonly contents: Contents;
  readonly shared: Opened["shared"];
  /** Whether it had no line yet when it was opened. */
  readonly isNew: boolean;
  readonly saved: () => Promise<void>;
  readonly #setup: Setup;
  readonly #headIsKept: (() => Promise<void>) | undefined;
  /** What is on record under a key: of some kinds (`isKept`) all that it says, of other things only that it is there. */
  readonly #keys: Map<string, JournalEntry | undefined>;
  /** Keys that were on record when the run was opened. */
  readonly #earlier: ReadonlySet<string>;
  readonly #writing = new Map<string, Promise<void>>();

  /** Throws SwarmError JOURNAL_BROKEN, and DATABASE_CORRUPT where the store knows nothing of a run that has a journal; then nothing is open. */
  static async open(run: RunStore, setup: Setup): Promise<RunRecords> {
    const contents = setup.replay?.contents ?? openContents(run.folder);
    let storage: JournalStorage | undefined;
    try {
      storage =
        run.folder === undefined
          ? journalInStore(run.store, run.id)
          : await openJournalFile(join(run.folder, JOURNAL_FILE), () => contents.flush());
      const journal = await openJournal({ storage, run: run.id, clock: setup.host.clock });
      await run.check(journal.view);
      return new RunRecords(run, { setup, journal, contents, shared: await readShared(run, contents) });
    } catch (error) {
      await Promise.allSettled([storage?.close(), contents.close()]);
      throw error;
    }
  }

  constructor(run: RunStore, { setup, journal, contents, shared }: Opened) {
    super(run.id, run);
    this.#setup = setup;
    this.journal = journal;
    this.contents = contents;
    this.shared = shared;
    this.saved = setup.host.saved;
    this.isNew = journal.view.head.seq === 0;
    this.#keys = new Map(journal.view.keys);
    this.#earlier = new Set(this.#keys.keys());
    // Without a home the journal is in the store itself.
    if (this.folder !== undefined) this.#headIsKept = keepHead(journal, (head) => this.keep("head", head));
  }

  recorded<Kind extends KeptKind>(kind: Kind, key: string): DataOf<Kind> | undefined {
    const entry = this.#keys.get(key);
    return entry?.kind === kind ? (entry.data as DataOf<Kind>) : undefined;
  }

  wasOnRecord(key: string): boolean {
    return this.#earlier.has(key);
  }

  /** Resolves when the entry is durable, whoever writes it; one that could not be written is not on record. */
  async once(key: string, entry: JournalEntry): Promise<void> {
    if (this.#keys.has(key)) return;
    const writing = this.#writing.get(key) ?? this.#write(key, entry);
    this.#writing.set(key, writing);
    await writing;
  }

  /** The journal's last lines: the entry, where it is not on record yet, and the end. Resolves with the head. */
  async seal(key: string, entry: JournalEntry): Promise<string> {
    if (this.#keys.has(key)) return this.journal.seal();
    const head = await this.journal.seal(withKey(key, entry));
    this.#note(key, entry);
    return head;
  }

  async #write(key: string, entry: JournalEntry): Promise<void> {
    try {
      await this.journal.append(withKey(key, entry));
      this.#note(key, entry);
    } finally {
      this.#writing.delete(key);
    }
  }

  #note(key: string, entry: JournalEntry): void {
    this.#keys.set(key, isKept(entry.kind) ? entry : undefined);
  }

  /** What the run takes from the one that it forks from; undefined: it is no fork. */
  async fork(): Promise<Fork | undefined> {
    const fork = await this.read("fork");
    if (fork === undefined) return undefined;
    const results = fork.results.map((each) =>
      each.kept === undefined ? each : resultWith(each, each.kept, this.contents),
    );
    return { ...fork, results };
  }

  end(): Promise<RunResult | undefined> {
    return this.endOf(this.shared.board);
  }

  /** What earlier runs of the same home took. */
  history(): Promise<RunHistory> {
    return readHistory(this.home, { except: this.id, clock: this.#setup.host.clock });
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

  /** Keeps the journal's head outside of it. */
  publishHead(): void {
    const { heads, host } = this.#setup;
    const { head, first } = this.journal.view;
    const at = new Date(host.clock.now()).toISOString();
    publishHead(heads, {
      run: this.id,
      at,
      lines: head.seq,
      head: head.hash,
      ...(first === undefined ? {} : { first }),
    });
  }

  /** Ends the journal, once the store knows its head. */
  async close(): Promise<void> {
    await this.#headIsKept?.();
    try {
      await this.journal.close();
    } finally {
      await this.contents.close();
    }
  }
}

/** What the lanes share, as it is on record. */
async function readShared({ store, id }: RunStore, contents: Contents) {
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
    toolResults: toolResultsInStore(store, id),
    memory: memoryInStore(store),
    artifacts: { storage, events: await storage.read() },
  };
}

function withKey(key: string, entry: JournalEntry): JournalEntry {
  return { ...entry, data: { ...entry.data, key } } as JournalEntry;
}
