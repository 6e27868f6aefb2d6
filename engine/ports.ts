/**
 * Ports: what the engine, the tools and the nodes need of the outside world, as interfaces. `adapters/` implements them,
 * `app/` wires them. Owns no behaviour.
 */
import type { AIMessage, BaseMessage } from "@langchain/core/messages";
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { RunnableConfig } from "@langchain/core/runnables";
import type { StructuredToolInterface } from "@langchain/core/tools";
import type { AgentProfile } from "../state/agent-profile.ts";
import type { JournalEntry, JournalLine } from "../state/journal-line.ts";
import type { SubtaskResult } from "../state/lane-record.ts";
import type { Plan } from "../state/plan.ts";
import type { RunOptions } from "../state/run-options.ts";
import type { Signal } from "../state/signal.ts";
import type { Usage } from "../state/usage.ts";
import type { Ledger } from "./budget/ledger.ts";
import type { RecoveryPolicy } from "./recovery/policy.ts";

/** Time. Milliseconds since the epoch; tests hand in their own. */
export interface Clock {
  now(): number;
  /** Resolves after `ms`, or rejects with the signal's reason as soon as it aborts; leaves no timer behind. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

// ── Journal ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Where journal lines are kept: an append-only sequence of text lines. */
export interface JournalStorage {
  /** All whole lines, oldest first. A torn last line (a crash in the middle of a write) is dropped for good. */
  read(): Promise<string[]>;
  /** Appends lines (no line ends in them); resolves when they survive a crash of this process and of the machine. */
  append(lines: string[]): Promise<void>;
  close(): Promise<void>;
}

export interface Journal {
  /** Chains and stores one entry; resolves when it is durable. Entries are stored in the order of the calls. */
  append(entry: JournalEntry): Promise<void>;
  /** The lines of earlier processes of this run (read when the journal was opened). */
  readonly past: readonly JournalLine[];
  /** Calls `listener` with each line once it is durable; returns the way to stop. */
  subscribe(listener: (line: JournalLine) => void): () => void;
  close(): Promise<void>;
}

// ── Board ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * The shared operational space of one run, on LangGraph's `BaseStore`: plans and results.
 * 1. A result is committed at most once per (subtask, attempt), and only for the current attempt (fencing).
 * 2. What `result` returns has been committed to the store.
 */
export interface Board {
  savePlan(plan: Plan): Promise<void>;
  /** The newest plan, or undefined before there is one. */
  plan(): Promise<Plan | undefined>;
  /** Commits the result, unless one of the same or of a newer attempt is there: `accepted` says which. */
  commit(result: SubtaskResult): Promise<{ accepted: boolean }>;
  /** The committed result, from memory: reads of the store happen when the board is opened. */
  result(subtask: string): SubtaskResult | undefined;
  results(): SubtaskResult[];
  /** Resolves when every subtask named has a committed result or is suspended; rejects when the signal aborts. */
  settled(subtasks: string[], signal: AbortSignal): Promise<void>;
  /** Marks a subtask as waiting for something outside the run (a human), which wakes the lanes that wait for it. */
  suspend(subtask: string): void;
  resume(subtask: string): void;
  isSuspended(subtask: string): boolean;
}

// ── Documents ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** Consecutive lines of one document. `path` is what a citation shows: `path:line` opens from where the user stands. */
export interface Passage {
  path: string;
  /** 1-based, inclusive. */
  firstLine: number;
  lines: string[];
  /** bm25 as a positive number: higher is better. 0 for a plain read. */
  score: number;
}

export interface DocumentSummary {
  path: string;
  lines: number;
  bytes: number;
}

/** Folders that hold the same manifest file: what "for each package" means in this collection. */
export interface DocumentCollection {
  /** A glob for `forEach`, e.g. `*\/package.json`. */
  glob: string;
  /** The manifest's file name. */
  manifest: string;
  folders: number;
  /** The first few folders, relative to their root. */
  examples: string[];
}

export interface DocumentOverview {
  files: number;
  bytes: number;
  /** Files that were left out, by reason. */
  leftOut: Record<string, number>;
  collections: DocumentCollection[];
  /** Some of the files (the most central first), at most as many as asked for. */
  sample: (DocumentSummary & { heading: string | null })[];
}

export interface SearchOptions {
  /** Only documents whose path begins with this folder or equals this file. */
  path?: string;
  /** Passages, 1 to 50. */
  limit?: number;
}

/** The documents of a run: indexed once, then read-only. Reads never leave the given roots. */
export interface DocumentLibrary {
  overview(sample: number): DocumentOverview;
  /** Passages for free text (user words are quoted for the index: no query syntax), best first. */
  search(query: string, options?: SearchOptions): Passage[];
  /** Lines of one document; undefined where there is no such document. */
  read(path: string, fromLine?: number, lineCount?: number): (Passage & { totalLines: number }) | undefined;
  /** Documents whose path matches a glob or contains the text, in path order. */
  list(pattern: string | undefined, limit: number): DocumentSummary[];
  /** The items of a `forEach` over documents, sorted: files, or folders that hold a match. */
  expand(glob: string, as: "file" | "folder"): string[];
  close(): void;
}

// ── Models ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** US dollars per million tokens. */
export interface Price {
  input: number;
  cachedInput: number;
  output: number;
  /** Where the figure is from and when. */
  source: string;
}

/** A chat model with what the budget and the prompts need to know of it. */
export interface ResolvedModel {
  id: string;
  chat: BaseChatModel;
  /** Tokens of input and output together that one call can hold. */
  contextWindow: number;
  /** The most output tokens of one call; sent with each call. */
  maxOutputTokens: number;
  price: Price | undefined;
  /** One limiter per endpoint and key. */
  limiterKey: string;
}

export interface ModelProvider {
  /** Throws SwarmError `CONFIG_INVALID` or `KEY_MISSING` for a model that cannot be used. */
  resolve(spec: string | undefined): ResolvedModel;
}

export type Purpose = "plan" | "work" | "reduce" | "synthesize";

export interface TurnRequest {
  purpose: Purpose;
  /** A model id, where an agent profile names one. */
  model?: string;
  messages: BaseMessage[];
  tools: StructuredToolInterface[];
  subtask?: string;
  attempt?: number;
  agent?: string;
  /** Higher goes first when calls wait for a slot. */
  priority: number;
  /** Of the node: aborts, callbacks and tracing metadata come through it. */
  config: RunnableConfig;
}

/** One metered model turn: reserved, called, settled, journalled. Never throws for what a provider can do wrong. */
export type TurnReply =
  | { kind: "reply"; message: AIMessage; usage: Usage; waitedForSlotMs: number }
  | { kind: "signal"; signal: Signal; usage: Usage; waitedForSlotMs: number };

// ── The run as the nodes see it ─────────────────────────────────────────────────────────────────────────────────────

/** Agent slots: at most `maxAgents` lanes work at once. A slot is held from the lane's start to its end. */
export interface AgentSlots {
  /** Waits for a slot, higher priority first; a lane that holds one already returns at once. */
  acquire(lane: string, priority: number, signal: AbortSignal): Promise<void>;
  release(lane: string): void;
}

/** Everything of one run that lives beside the graph's state: a cache over durable records, opened on demand. */
export interface RunHandle {
  readonly id: string;
  readonly options: RunOptions;
  readonly agents: readonly AgentProfile[];
  readonly recovery: RecoveryPolicy;
  readonly journal: Journal;
  readonly board: Board;
  readonly ledger: Ledger;
  readonly slots: AgentSlots;
  readonly documents: DocumentLibrary | undefined;
  /** Skill texts by name (Agent Skills). */
  readonly skills: ReadonlyMap<string, Skill>;
  /** The run's own model, as the planner and the synthesizer use it. */
  readonly model: ResolvedModel;
  /** Aborts at the run's deadline (less what is held back for the synthesizer, for `lanes`). */
  readonly deadlines: { lanes: AbortSignal; run: AbortSignal };
  /** Tools by name, bound to this run. */
  readonly tools: ReadonlyMap<string, StructuredToolInterface>;
  turn(request: TurnRequest): Promise<TurnReply>;
}

/** An Agent Skill: instructions that agents with that skill are given. */
export interface Skill {
  name: string;
  description: string;
  instructions: string;
}

export interface RunRegistry {
  /** Opens the run, from its durable records where this process does not have it yet. */
  open(runId: string, config: RunnableConfig, options?: RunOptions): Promise<RunHandle>;
  /** Closes the run's files and timers; a later `open` reads the records again. */
  close(runId: string): Promise<void>;
}

/** What the nodes are given once, for all runs. */
export interface Services {
  readonly runs: RunRegistry;
  readonly clock: Clock;
}
