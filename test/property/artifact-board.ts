/**
 * A board of artifacts whose process may die between any two of its storage operations, and writers that repeat what they have
 * heard no answer to, as a lane does after a crash. What is durable outlives the process: events, contents, journal.
 */
import { rulesOf } from "../../engine/policy/merge/artifact-rules.ts";
import { writeEntries } from "../../engine/policy/merge/journal-entries.ts";
import type { ArtifactStorage } from "../../engine/ports/board.ts";
import { ArtifactLog } from "../../engine/runtime/artifacts/artifact-log.ts";
import {
  ArtifactWriter,
  type ArtifactWrite,
  type WriteOutcome,
} from "../../engine/runtime/artifacts/artifact-writer.ts";
import type { ArtifactEvent, ArtifactType, ConflictPolicy } from "../../state/artifact.ts";
import { KEY } from "./artifact-contents.ts";

export const RUN = "run";

/** The operation after which the process dies, and whether that one still reached the disk. */
export interface Death {
  after: number;
  isDurable: boolean;
}

export class Disk {
  readonly #events: string[] = [];
  readonly #contents = new Map<string, string>();
  /** Keys of the journal's lines, in their order. */
  readonly journal: string[] = [];

  get events(): ArtifactEvent[] {
    return this.#events.map((text) => JSON.parse(text) as ArtifactEvent);
  }

  /** The storage and the journal of one process. */
  process(death: Death | undefined) {
    let operations = 0;
    const step = async (write: () => void): Promise<void> => {
      operations += 1;
      await Promise.resolve();
      if (death !== undefined && operations > death.after) {
        if (operations === death.after + 1 && death.isDurable) write();
        throw new Error("the process has died");
      }
      write();
    };
    const storage: ArtifactStorage = {
      read: async () => this.events,
      append: (event) => step(() => void this.#events.push(JSON.stringify(event))),
      putContent: (hash, content) => step(() => void this.#contents.set(hash, content)),
      content: async (hash) => this.#contents.get(hash) as string,
    };
    // As a run's `journalOnce`: it knows what is on record.
    const known = new Set(this.journal);
    const journal = async (event: ArtifactEvent): Promise<void> => {
      for (const { key } of writeEntries(event, "")) {
        if (known.has(key)) continue;
        known.add(key);
        await step(() => void this.journal.push(key));
      }
    };
    return { storage, journal };
  }
}

export interface Kind {
  type: ArtifactType;
  policy: ConflictPolicy;
}

/** Opens the board as a new process does: what a crash kept from the journal is added. */
export async function openBoard(disk: Disk, kind: Kind, death?: Death): Promise<ArtifactWriter> {
  const { storage, journal } = disk.process(death);
  const rules = (name: string) => ({ ...rulesOf(name, undefined, kind.policy), type: kind.type, key: KEY });
  const turn = (): Promise<void> => Promise.resolve();
  const events = disk.events;
  const log = new ArtifactLog({ runId: RUN, storage, rules }, events);
  const board = new ArtifactWriter(log, { now: () => 0, journal, turn });
  for (const event of events) await journal(event);
  return board;
}

/** Commits all at once, and settles what is left open. Undefined where the process died before the answer. */
export function commitAll(
  board: ArtifactWriter,
  writes: readonly ArtifactWrite[],
  verdict: (write: ArtifactWrite) => "incoming" | "committed",
): Promise<(WriteOutcome | undefined)[]> {
  return Promise.all(
    writes.map(async (write) => {
      try {
        let outcome = await board.commit(write);
        // Contested again by what others have written meanwhile: asked again.
        while (outcome.kind === "pending") {
          const { conflict } = outcome;
          outcome = await board.resolve(conflict, { take: verdict(write) }, { seen: conflict.committed, reason: "so" });
        }
        return outcome;
      } catch {
        return undefined;
      }
    }),
  );
}
