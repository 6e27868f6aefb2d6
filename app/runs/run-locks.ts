/** Which runs this process has to itself: by a lock in the run's folder where there is a home, for as long as somebody here needs it. */
import { basename } from "node:path";
import type { BaseStore } from "@langchain/langgraph";
import { lockRun, type RunLock } from "../../adapters/storage/run-lock.ts";
import { SwarmError } from "../../state/errors.ts";
import { runFolder } from "./run-folder.ts";

/** Of a file's name, on every common file system. */
const MOST_NAME_BYTES = 255;

export class RunLocks {
  readonly #home: string | undefined;
  readonly #locks = new Map<string, { lock: RunLock; holders: Set<unknown> }>();

  constructor(home: string | undefined) {
    this.#home = home;
  }

  /** Throws SwarmError RUN_HELD where another process has it, and USAGE where no folder can have its name. */
  take(runId: string, holder: unknown): void {
    if (this.#home === undefined) return;
    const known = this.#locks.get(runId);
    if (known === undefined) {
      const folder = runFolder(this.#home, runId);
      refuseLong(runId, Buffer.byteLength(basename(folder)));
      this.#locks.set(runId, { lock: lockRun(folder, runId), holders: new Set([holder]) });
    } else known.holders.add(holder);
  }

  has(runId: string): boolean {
    return this.#locks.has(runId);
  }

  drop(runId: string, holder: unknown): void {
    const known = this.#locks.get(runId);
    if (known?.holders.delete(holder) !== true || known.holders.size > 0) return;
    known.lock.release();
    this.#locks.delete(runId);
  }

  dropAll(): void {
    for (const { lock } of this.#locks.values()) lock.release();
    this.#locks.clear();
  }
}

function refuseLong(runId: string, bytes: number): void {
  if (bytes <= MOST_NAME_BYTES) return;
  throw new SwarmError(
    "USAGE",
    `the id "${runId.slice(0, 60).toWellFormed()}…" is too long: as the name of a folder it takes ${bytes} bytes, at most ${MOST_NAME_BYTES} are possible`,
    {
      next: "give a shorter thread_id",
    },
  );
}

/** The runs that this process has open, by their store: two swarms may share one. */
const OPEN = new WeakMap<BaseStore, Set<string>>();

export function openIn(store: BaseStore): Set<string> {
  let open = OPEN.get(store);
  if (open === undefined) OPEN.set(store, (open = new Set()));
  return open;
}
