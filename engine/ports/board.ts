/** The shared space of one run: plans, results, artifacts and long texts. Owns no behaviour. */
import type { ArtifactEvent } from "../../state/artifact.ts";
import type { SubtaskResult, TextOrKept } from "../../state/lane-record.ts";
import type { Plan, Subtask } from "../../state/plan.ts";

/**
 * The shared operational space of one run, on LangGraph's `BaseStore`: plans and results.
 * 1. A result is committed at most once per (subtask, attempt), and only for the newest attempt (fencing).
 * 2. What `result` returns has been committed to the store.
 */
export interface Board {
  /** Keeps this version of the plan; it becomes the current one. */
  savePlan(plan: Plan): Promise<void>;
  /** Makes a new version of the current plan; one change after the other. Resolves with the version. */
  extendPlan(change: (plan: Plan) => Plan): Promise<number>;
  /** The current plan; undefined before there is one. From memory: the store is read when the board is opened. */
  plan(): Plan | undefined;
  subtask(id: string): Subtask | undefined;
  /** Whether `commit` would apply a result of this attempt: none of the same or a newer one is there. */
  accepts(subtask: string, attempt: number): boolean;
  /** Commits the result and wakes who waits for it; does nothing where `accepts` says no. */
  commit(result: SubtaskResult): Promise<void>;
  result(subtask: string): SubtaskResult | undefined;
  results(): SubtaskResult[];
  /** Resolves when each subtask named has a committed result or is suspended; rejects when the signal aborts. */
  settled(subtasks: readonly string[], signal: AbortSignal): Promise<void>;
  /** Takes back results, so that the subtasks can run again: those that wait for them wait anew. */
  reopen(subtasks: readonly string[]): Promise<void>;
  /** Whether a subtask waits for something outside the run (a human), or for such a one. Where it does, those that wait for it are woken. */
  setSuspended(subtask: string, isSuspended: boolean): void;
  isSuspended(subtask: string): boolean;
}

/**
 * The contents of one run, once each, by the SHA-256 of what they say: what models and tools were asked and have answered, and long
 * texts, to which journal, state and board refer.
 */
export interface Contents {
  /** Takes the text over and returns its digest at once; it is durable before any line of the journal that is appended later. */
  add(text: string): string;
  /** Resolves when all that was added so far is durable. Rejects with SwarmError STORAGE_FAILED, then and ever after. */
  flush(): Promise<void>;
  /** The text itself where it is short, or where there is no place to keep it; else its reference, once it is durable. */
  keep(text: string): Promise<TextOrKept>;
  has(digest: string): boolean;
  /** The text, or no more than so many characters of its beginning. Throws SwarmError STORAGE_FAILED where it is lost. */
  text(given: TextOrKept, characters?: number): string;
  close(): Promise<void>;
}

/** Whole tool results of one run, and other long texts, that conversations only refer to (engine/policy/context/compact.ts). */
export interface ToolResults {
  /** Keeps the text and returns its reference; resolves when it is durable. The same text again changes nothing. */
  put(text: string): Promise<string>;
  /** Undefined where nothing was kept under it. */
  get(reference: string): Promise<string | undefined>;
}

/**
 * Where the artifacts of a run are kept: an append-only log of events, and contents by hash. Both are there for good once the
 * call resolves.
 */
export interface ArtifactStorage {
  read(): Promise<ArtifactEvent[]>;
  append(event: ArtifactEvent): Promise<void>;
  putContent(hash: string, content: string): Promise<void>;
  /** Throws SwarmError STORAGE_FAILED where there is none of this hash. */
  content(hash: string): Promise<string>;
}
