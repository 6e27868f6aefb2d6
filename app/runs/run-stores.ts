/**
 * Where a run is kept: in the swarm's own, else in that of its host, else in memory. With a checkpointer in memory as long as the swarm lives, since
 * a thread can go on; without one each run for itself, until it is closed. A checkpointer that outlives the process is refused.
 */
import type { RunnableConfig } from "@langchain/core/runnables";
import { InMemoryStore, type BaseStore } from "@langchain/langgraph";
import { guardedStore, lastingStore } from "../../adapters/storage/run-in-store.ts";
import { SwarmError } from "../../state/errors.ts";
import { RunStore } from "./run-store.ts";
import { checkpointerIn } from "../../engine/runtime/langgraph/host-config.ts";

export class RunStores {
  readonly #own: { home: string | undefined; store: BaseStore | undefined };
  readonly #ofRuns = new Map<string, BaseStore>();
  /** Runs that are gone: their ids are not given again. Those of runs without a thread are never asked for. */
  readonly #gone = new Set<string>();
  #lasting: BaseStore | undefined;

  constructor({ home, store }: { home: string | undefined; store: BaseStore | undefined }) {
    this.#own = { home, store };
  }

  /** Throws SwarmError CONFIG_INVALID. */
  runOf(id: string, config: RunnableConfig & { store?: BaseStore } = {}): RunStore {
    const { home, store } = this.#own;
    const hosts = config.store && guardedStore(lastingStore(config.store));
    return new RunStore(id, { home, store: store ?? hosts ?? this.#inMemory(id, config) });
  }

  #inMemory(runId: string, { configurable = {} }: RunnableConfig): BaseStore {
    const { thread_id: thread }: Record<string, unknown> = configurable;
    const saver = checkpointerIn(configurable);
    refuseLoneSaver(saver);
    if (saver !== undefined) return (this.#lasting ??= new InMemoryStore());
    let store = this.#ofRuns.get(runId);
    if (store === undefined) {
      this.#ofRuns.set(runId, (store = new InMemoryStore()));
      if (typeof thread === "string") this.#gone.add(runId);
    }
    return store;
  }

  /** Whether a run of this id was here, and is gone. */
  hadRun(runId: string): boolean {
    return this.#gone.has(runId) && !this.#ofRuns.has(runId);
  }

  drop(runId: string): void {
    this.#ofRuns.delete(runId);
  }

  /** As if it had never been here. */
  forget(runId: string): void {
    this.drop(runId);
    this.#gone.delete(runId);
  }

  clear(): void {
    this.#ofRuns.clear();
    this.#gone.clear();
    this.#lasting = undefined;
  }
}

/** Throws SwarmError CONFIG_INVALID: after the process it would have threads whose results and journals are gone. */
export function refuseLoneSaver(saver: unknown): void {
  if (!outlivesProcess(saver)) return;
  throw new SwarmError("CONFIG_INVALID", "a checkpointer that outlives the process needs a store that does so too", {
    next: "give `store`, or `home` in place of both; results, journal and board are kept there",
  });
}

/** By name, since a host may have a copy of LangGraph of its own. */
export function outlivesProcess(saver: unknown): boolean {
  if (typeof saver !== "object" || saver === null) return false;
  for (let type: object | null = saver; type !== null; type = Object.getPrototypeOf(type)) {
    if (/^(In)?MemorySaver$/.test(type.constructor.name)) return false;
  }
  return true;
}
