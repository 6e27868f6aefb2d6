/**
 * Who works on a run. One process: by a lock in the run's folder where there is a home, for as long as somebody here needs it. And one
 * swarm of it: two may share a store.
 */
import { basename } from "node:path";
import type { BaseStore } from "@langchain/langgraph";
import { isRunLocked, lockRun, type RunLock } from "../../adapters/storage/run-lock.ts";
import { SwarmError } from "../../state/errors.ts";
import { runFolder } from "./run-folder.ts";
import type { RunStore } from "./run-store.ts";

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

  /** The run is opened by this swarm. Throws SwarmError RUN_HELD. */
  enter(run: RunStore): void {
    const { id, store } = run;
    if (isOpen(run)) throw heldRun(id);
    this.take(id, id);
    openIn(store).add(id);
  }

  leave({ id, store }: RunStore): void {
    openIn(store).delete(id);
    this.drop(id, id);
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

/** The runs that this process has open, by their store. */
const OPEN = new WeakMap<BaseStore, Set<string>>();

function openIn(store: BaseStore): Set<string> {
  let open = OPEN.get(store);
  if (open === undefined) OPEN.set(store, (open = new Set()));
  return open;
}

/** Whether a swarm of this process has it open. */
export function isOpen({ id, store }: RunStore): boolean {
  return openIn(store).has(id);
}

/** One that is at work has no end of its record. `isOurs`: this process has it to itself. Throws SwarmError RUN_HELD. */
export function refuseAtWork(run: RunStore, isOurs = false): void {
  if (isOpen(run)) throw heldRun(run.id);
  if (isOurs || run.folder === undefined || !isRunLocked(run.folder)) return;
  throw new SwarmError("RUN_HELD", `run ${run.id} is being worked on by another process`, {
    next: "wait until that has ended or was stopped",
  });
}

export function heldRun(id: string): SwarmError {
  return new SwarmError("RUN_HELD", `run ${id} is being worked on by another call of this program`, {
    next: "wait for its end, or ask on a thread of its own",
    data: { id },
  });
}
