/**
 * The journal of a run: chains entries and hands them to a storage, in the order of the calls. Owns the chain's head; where
 * lines are kept, and when they are safe, is the storage's affair.
 *
 * 1. Entries are linked in the order of the calls, and a promise resolves when its line is durable.
 * 2. Listeners hear of a line only after it is durable, in order; what one throws is its own affair.
 */
import type { JournalEntry, JournalLine } from "./events.ts";
import type { Clock } from "../ports/clock.ts";
import type { JournalStorage } from "../ports/journal.ts";
import { link } from "./chain.ts";
import { JournalReader } from "./read-journal.ts";
import { applyEvent, newRunView, type RunView } from "./run-view.ts";

type Listener = (line: JournalLine) => void;

export interface Journal {
  /** Chains and stores entries, together; resolves when they are durable. They are stored in the order of the calls. */
  append(...entries: JournalEntry[]): Promise<void>;
  /** As `append`, and a `run-close` line behind the entries: the count of the lines before it. Resolves with its hash, the head. */
  seal(...entries: JournalEntry[]): Promise<string>;
  /** What the durable lines say, those of earlier processes first. */
  readonly view: RunView;
  /** Calls `listener` with each line once it is durable; returns the way to stop. */
  subscribe(listener: Listener): () => void;
  close(): Promise<void>;
}

/** Reads and checks what is there. Throws SwarmError JOURNAL_BROKEN where the chain does not hold. */
export async function openJournal(facts: { storage: JournalStorage; run: string; clock: Clock }): Promise<Journal> {
  const { storage, run, clock } = facts;
  const reader = new JournalReader(run);
  const view = newRunView();
  for (const text of await storage.read()) applyEvent(view, reader.read(text));
  let { head } = view;
  let latest = view.clock.lastMs;
  const listeners = new Set<Listener>();
  const journal: Journal = {
    view,
    async seal(...entries: JournalEntry[]) {
      const close: JournalEntry = { kind: "run-close", data: { lines: head.seq + entries.length } };
      const appended = journal.append(...entries, close);
      const { hash } = head;
      await appended;
      return hash;
    },
    async append(...entries: JournalEntry[]) {
      // A process whose clock is behind that of the one before must not make time run backwards.
      latest = Math.max(latest, clock.now());
      const at = new Date(latest).toISOString();
      let end = head;
      const lines = entries.map((entry) => (end = link(entry, end, { run, at })));
      const texts = lines.map((line) => JSON.stringify(line));
      // Only once all are linked: where one cannot be, the next entries follow what is there.
      head = { seq: end.seq, hash: end.hash };
      await storage.append(texts);
      for (const line of lines) {
        applyEvent(view, line);
        for (const listener of listeners) tell(listener, line);
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => storage.close(),
  };
  return journal;
}

function tell(listener: Listener, line: JournalLine): void {
  try {
    listener(line);
  } catch {
    // The line is durable: neither who appended it nor the other listeners have failed.
  }
}
