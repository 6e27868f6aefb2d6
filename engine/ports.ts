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
import type { Detection, RecoveryPolicy } from "../state/recovery-policy.ts";
import type { RunResult } from "../state/run-result.ts";
import type { Plan, Subtask } from "../state/plan.ts";
import type { RunOptions } from "../state/run-options.ts";
import type { Signal } from "../state/signal.ts";
import type { Caps, Usage } from "../state/usage.ts";
import type { Account } from "./budget/accounts.ts";
import type { AdmissionDesk } from "./budget/admission.ts";
import type { CapQuestion } from "./budget/cap-question.ts";
import type { Ledger } from "./budget/ledger.ts";
import type { RunHistory } from "./budget/run-history.ts";
export type { ArtifactStorage } from "./merge/artifact-storage.ts";
import type { SharedArtifacts } from "./merge/shared-artifacts.ts";
import type { RouteDecision } from "./routing/route.ts";

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
  /** Chains and stores entries, together; resolves when they are durable. They are stored in the order of the calls. */
  append(...entries: JournalEntry[]): Promise<void>;
  /** The lines of earlier processes of this run (read when the journal was opened). */
  readonly past: readonly JournalLine[];
  /** Calls `listener` with each line once it is durable; returns the way to stop. */
  subscribe(listener: (line: JournalLine) => void): () => void;
  close(): Promise<void>;
}

// ── Board ───────────────────────────────────────────────────────────────────────────────────────────────────────────

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
  /** Marks a subtask as waiting for something outside the run (a human), or for such a one: wakes those that wait for it. */
  suspend(subtask: string): void;
  unsuspend(subtask: string): void;
  isSuspended(subtask: string): boolean;
}

/** Long texts of one run that conversations only refer to (engine/context/reference.ts). */
export interface Shelf {
  /** Keeps the text and returns its reference; resolves when it is durable. The same text again changes nothing. */
  put(text: string): Promise<string>;
  /** Undefined where nothing was kept under it. */
  get(reference: string): Promise<string | undefined>;
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

/** Runs the commands of checks. Absent: none may be run. */
export interface CommandRunner {
  /**
   * Runs a command in a new folder that holds the files; ends it, and all that it started, after `timeoutMs`. `code` is undefined
   * where it could not be started, or did not end in time; `output` is the end of what it said. Never throws but for the signal.
   */
  run(
    command: readonly string[],
    facts: { files: ReadonlyMap<string, string>; timeoutMs: number; signal?: AbortSignal | undefined },
  ): Promise<{ code: number | undefined; output: string }>;
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

export interface TokenUsage {
  inputTokens: number;
  /** The part of `inputTokens` that came from the provider's prompt cache. */
  cachedInputTokens: number;
  outputTokens: number;
}

export interface ModelLimits {
  /** Tokens of input and output together that one call can hold. */
  contextWindow: number;
  /** The output limit that a call carries where tokens or money are capped: less than the model could. */
  maxOutputTokens: number;
}

/** A chat model with what the budget and the prompts need to know of it. */
export interface ResolvedModel extends ModelLimits {
  id: string;
  /** The model, made to write at most so many output tokens; undefined: as many as the provider allows. */
  chat(outputTokens?: number): BaseChatModel;
  price: Price | undefined;
  /** One limiter per endpoint and key. */
  limiterKey: string;
  /** How many calls of this limiter may be in flight at once. */
  concurrency: number;
  /** What the user allows a minute. */
  rates?: RateCaps;
  /** The signal that an error of this model's client stands for. Undefined: not the provider's doing. */
  classify(error: unknown): Signal | undefined;
  /** What is wrong with a reply that did come: cut off, filtered. Undefined: nothing. */
  inspect(message: AIMessage): Signal | undefined;
  /** Tokens as the provider counted them; undefined: it did not say. */
  usageOf(message: AIMessage): TokenUsage | undefined;
  /**
   * Takes out of a reply, or reads in what was thrown instead, what it says of the endpoint's limits. Absent: this model's
   * answers say nothing.
   */
  takeRateLimits?(answer: unknown): RateLimits | undefined;
  /** False: there is no prompt cache that a first request could warm. */
  cachesPrompts?: boolean;
  /**
   * Options of a call with which this model's client, when an answer comes, waits for `onAnswer` before it reads it. Absent: it
   * reads at once.
   */
  pacedBy?(onAnswer: () => Promise<void>): object;
}

export interface ModelProvider {
  /** Throws SwarmError `CONFIG_INVALID` or `KEY_MISSING` for a model that cannot be used. */
  resolve(spec: string | undefined): ResolvedModel;
}

/** What an endpoint says of one of its limits; each figure only where it said it. */
export interface LimitFacts {
  /** Per minute. */
  limit?: number;
  remaining?: number;
  /** Milliseconds until all of it is there again. */
  resetMs?: number;
}

/** What an answer, a refusal too, says of the endpoint's limits. */
export interface RateLimits {
  requests?: LimitFacts;
  tokens?: LimitFacts;
  /** Calls in flight at once. */
  concurrency?: number;
  /** A rate is used up: it was no matter of how many calls are in flight. */
  isUsedUp?: boolean;
}

/** Rates that hold for an endpoint. Absent: none. */
export interface RateCaps {
  requestsPerMinute?: number;
  /** Input and output together. */
  tokensPerMinute?: number;
}

export interface LimitChange extends RateCaps {
  /** Model calls in flight at most, from now on. */
  limit: number;
  reason: string;
}

export interface CallAsking {
  /** Runs that share the endpoint take turns. */
  run: string;
  /** Higher goes first within the run. */
  priority: number;
  /** A coordinator's call: before those of all lanes. */
  isUrgent: boolean;
  /** An estimate of the call's tokens; asked for only where tokens are limited. */
  tokens?: () => number;
}

/** Leave to make one call, to be given back. What it holds is the limiter's own. */
export interface CallPermit {
  readonly run: string;
}

export interface CallOutcome {
  /** Undefined: a good reply. */
  signal: Signal | undefined;
  limits: RateLimits | undefined;
  /** As the provider counted them, input and output; undefined: it did not say. */
  tokens: number | undefined;
}

/** Who may call a model next, for all runs that share an endpoint and a key: of this process, or, by another adapter, of several. */
export interface ModelLimiter {
  /** Resolves when the call may go out. Rejects with the signal's reason, and leaves no trace. */
  acquire(asking: CallAsking, signal: AbortSignal): Promise<CallPermit>;
  /** The call is on its way. */
  sent(permit: CallPermit): void;
  /** Of a permit whose call was never `sent`, what it took of a rate is given back too. */
  release(permit: CallPermit): void;
  /** What came of a call, before its release. `now`: milliseconds. */
  report(permit: CallPermit, outcome: CallOutcome, now: number): void;
}

export type Purpose = "plan" | "work" | "reduce" | "check" | "synthesize";

/** What a request has in common with those of its siblings, and begins with. */
export interface SharedPrefix {
  /** The same for all that share it. */
  key: string;
  /** Of the text, without the tools. */
  bytes: number;
}

export interface TurnRequest {
  purpose: Purpose;
  /** A model id, where an agent profile names one. */
  model?: string;
  messages: BaseMessage[];
  tools: readonly StructuredToolInterface[];
  subtask?: string;
  attempt?: number;
  agent?: string;
  /** Higher goes first when calls wait for a slot. */
  priority: number;
  /** Of the node: aborts, callbacks and tracing metadata come through it. */
  config: RunnableConfig;
  /** When the subtask's own time is over, in milliseconds since the epoch. */
  endsAt?: number;
  /** When the call straggles, and leave to race it by a second attempt. Undefined: it is not raced. */
  hedge?: Hedge;
  /** Told how long a good call took, in milliseconds. */
  onReply?: (ms: number) => void;
  /** It races a slow one. */
  isSecondAttempt?: boolean;
  /** Of a conversation's first request: the first sibling goes ahead, so that the others meet a warm prompt cache. */
  shared?: SharedPrefix;
  /** Told when the first token of the reply comes. */
  onFirstToken?: () => void;
  /** When an answer comes, it is read once this resolves: others may be about to call again. */
  onAnswer?: () => Promise<void>;
}

export interface Hedge {
  /** Milliseconds after which the call is a straggler, by what is known now; undefined while too little is. */
  afterMs(): number | undefined;
  /** Milliseconds after which to ask again, while that is unknown or no second attempt is free. */
  lookEveryMs: number;
  /** Puts the signal and the decision on record; false: no second attempt is free now. */
  begin(slowMs: number): Promise<boolean>;
}

/**
 * One metered model turn: reserved, called, settled, journalled. `recorded`: the settlement of a good reply is durable; to be
 * awaited before anything that follows from the reply is reported. Never throws for what a provider can do wrong. `drained`:
 * the run was asked to stop before the call began; nothing was spent.
 */
export type TurnReply =
  | { kind: "reply"; message: AIMessage; usage: Usage; waitedForSlotMs: number; recorded: Promise<void> }
  | { kind: "signal"; signal: Signal; usage: Usage; waitedForSlotMs: number }
  | { kind: "drained" };

// ── The run as the nodes see it ─────────────────────────────────────────────────────────────────────────────────────

/** An Agent Skill: instructions that agents with that skill are given. */
export interface Skill {
  name: string;
  description: string;
  instructions: string;
}

/** What stops a run from outside. */
export interface StopSignals {
  /** Someone asked the graph to drain (Ctrl-C): begin nothing new. */
  draining: AbortSignal;
  /** The deadline, less what is held back for the synthesizer. */
  lanesDeadline: AbortSignal;
  deadline: AbortSignal;
}

/** Agent slots: at most `maxAgents` lanes work at once. A slot is held from the lane's start to its end. */
export interface AgentSlots {
  /** Waits for a slot, higher priority first; a lane that holds one already returns at once. Milliseconds waited. */
  acquire(lane: string, priority: number, signal: AbortSignal): Promise<number>;
  release(lane: string): void;
}

/** Everything of one run that lives beside the graph's state: a cache over durable records, opened on demand. */
export interface RunHandle {
  readonly id: string;
  readonly task: string;
  readonly options: RunOptions;
  /** The plan that the caller gave, if any. */
  readonly givenPlan: Record<string, unknown> | undefined;
  readonly agents: readonly AgentProfile[];
  readonly recovery: RecoveryPolicy;
  readonly detection: Detection;
  readonly journal: Journal;
  readonly board: Board;
  readonly artifacts: SharedArtifacts;
  readonly shelf: Shelf;
  readonly ledger: Ledger;
  readonly admission: AdmissionDesk;
  readonly slots: AgentSlots;
  readonly stop: StopSignals;
  readonly documents: DocumentLibrary | undefined;
  readonly skills: ReadonlyMap<string, Skill>;
  /** The run's own model, as the planner and the synthesizer use it. */
  readonly model: ResolvedModel;
  /** Tools by name, bound to this run. */
  readonly tools: ReadonlyMap<string, StructuredToolInterface>;
  /** The model of that name; undefined: the run's own. */
  modelOf(name: string | undefined): ResolvedModel;
  agent(name: string): AgentProfile | undefined;
  /**
   * The tools that an agent's profile grants, those that most agents have first, less those for artifacts that the subtask has no
   * use for; the same list each time.
   */
  toolsOf(agent: string, subtask: Pick<Subtask, "reads" | "writes">): readonly StructuredToolInterface[];
  /** Higher goes first: the plan's priority, then the longest remaining path. */
  priorityOf(subtask: string): number;
  /** The sub-budgets that a subtask draws on in the hands of an agent. */
  accountsOf(subtask: string, agent: string): readonly Account[];
  /** Routes a subtask by what has happened in the run so far. */
  route(subtask: Subtask, excluded?: ReadonlySet<string>): RouteDecision;
  /** Counts a subtask as the agent's load. */
  assigned(agent: string): void;
  /** The run's recovery policy with what the agent and the subtask have of their own. */
  policyFor(subtask: Subtask | undefined, agent: string | undefined): RecoveryPolicy;
  turn(request: TurnRequest): Promise<TurnReply>;
  /** What earlier runs of the same home took. */
  history(): Promise<RunHistory>;
  /** Pauses the run: nothing new begins, and the graph ends as drained; `pausedBy` says why. Resumed, it goes on. */
  pause(signal: Signal): void;
  readonly pausedBy: Signal | undefined;
  /** Begins nothing new in this invocation, which ends with the interrupt that is thrown beside this. */
  quiesce(reason: string): void;
  readonly isQuiet: boolean;
  readonly capQuestion: CapQuestion;
  /** Sets higher caps, durably and at once; what is not named stays. */
  raiseCaps(caps: Partial<Caps>): Promise<void>;
  /** Whether this invocation has asked for the subtask, be it for a place or for a model turn: if not, a signal of it is from before. */
  hasAsked(subtask: string): boolean;
  /** Whether an earlier process, or an earlier invocation, has put this key on record. */
  wasOnRecord(key: string): boolean;
  /** What is on record under a key, by any process or invocation, this one too; kept for checks alone. */
  recorded(key: string): Readonly<Record<string, unknown>> | undefined;
  /** Appends unless an entry of this key is in the journal already: what a step that runs again must not write twice. */
  journalOnce(key: string, entry: JournalEntry): Promise<void>;
  /** Questions to a human that were denied, since nobody was there to answer. */
  readonly denied: number;
  /** Milliseconds in which some process worked on the run. */
  workedMs(): number;
  /** Writes the result where people and programs look for it; the run is over. Returns it with its place. */
  finish(result: RunResult): Promise<RunResult>;
}

export interface BeginOptions {
  task: string;
  run: RunOptions;
  /** A plan of the caller, not checked yet. */
  plan: Record<string, unknown> | undefined;
}

export interface RunRegistry {
  /** An id for a run that no thread names. Sortable by time, unique. */
  newId(): string;
  /** Begins a run, or opens the one that has begun already under this id (a step that runs again). */
  begin(runId: string, options: BeginOptions, config: RunnableConfig): Promise<RunHandle>;
  /** Opens a run that has begun, from its durable records where this process does not have it yet. */
  open(runId: string, config: RunnableConfig): Promise<RunHandle>;
}

/** What the nodes are given once, for all runs. */
export interface Services {
  readonly runs: RunRegistry;
  readonly clock: Clock;
  /** Undefined: checks by command are not run. */
  readonly commands?: CommandRunner | undefined;
  /** Options of runs that the caller's input does not set. */
  readonly defaults: RunOptions;
}
