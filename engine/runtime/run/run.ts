/** The run as the nodes see it, and the way to it. Owns no behaviour. */
import type { RunnableConfig } from "@langchain/core/runnables";
import type { StructuredToolInterface } from "@langchain/core/tools";
import type { AgentProfile, Skill } from "../../../state/agent-profile.ts";
import { SwarmError } from "../../../state/errors.ts";
import type { Fork } from "../../../state/fork.ts";
import type { Plan, Subtask } from "../../../state/plan.ts";
import type { Question } from "../../../state/question.ts";
import type { Detection, RecoveryPolicy } from "../../../state/recovery-policy.ts";
import type { Asked, RunOptions } from "../../../state/run-options.ts";
import type { Parent, RunResult } from "../../../state/run-result.ts";
import type { Signal } from "../../../state/signal.ts";
import type { Caps } from "../../../state/usage.ts";
import type { DataOf, JournalEntry } from "../../journal/events.ts";
import type { Journal } from "../../journal/open-journal.ts";
import type { KeptKind } from "../../journal/run-view.ts";
import type { Account } from "../../policy/budget/accounts.ts";
import type { Admission } from "../../policy/budget/admission.ts";
import type { CapQuestion } from "../../policy/budget/cap-question.ts";
import type { Ledger } from "../../policy/budget/ledger.ts";
import type { RunHistory } from "../../policy/budget/run-history.ts";
import type { Redactor } from "../../policy/redaction/redactor.ts";
import type { RouteDecision } from "../../policy/route/route.ts";
import type { Board, Contents, ToolResults } from "../../ports/board.ts";
import type { Clock } from "../../ports/clock.ts";
import type { CommandRunner } from "../../ports/commands.ts";
import type { DocumentLibrary } from "../../ports/documents.ts";
import type { ResolvedModel } from "../../ports/models.ts";
import type { TurnReply, TurnRequest } from "../../ports/turns.ts";
import type { ArtifactLog } from "../artifacts/artifact-log.ts";
import type { ArtifactWriter } from "../artifacts/artifact-writer.ts";
import type { KeyedQueue } from "../waiting/waits.ts";
import type { StopSignals } from "../turns/ending.ts";
import type { Effects } from "./effects.ts";

/** Agent slots: at most `maxAgents` lanes work at once. A slot is held from the lane's start to its end. */
export interface AgentSlots {
  /** Waits for a slot, higher priority first; a lane that holds one already returns at once. Milliseconds waited. */
  acquire(lane: string, priority: number, signal: AbortSignal): Promise<number>;
  release(lane: string): void;
}

/** Who can do work in the run: profiles, models, and the tools that are granted. */
export interface RunTeam {
  readonly agents: readonly AgentProfile[];
  readonly skills: ReadonlyMap<string, Skill>;
  readonly tools: ReadonlyMap<string, StructuredToolInterface>;
  /** The run's own model, as the planner and the synthesizer use it. */
  readonly model: ResolvedModel;
  /** The model of that name; undefined: the run's own. */
  modelOf(name: string | undefined): ResolvedModel;
  agent(name: string): AgentProfile | undefined;
  /**
   * The tools that an agent's profile grants, those that most agents have first, less those for artifacts that the subtask has no
   * use for, and that to ask for more subtasks where it may not; the same list each time.
   */
  toolsOf(agent: string, subtask: Subtask): readonly StructuredToolInterface[];
  /** Who would take a subtask, by what has happened in the run so far; of an attempt, who takes it. */
  route(subtask: Subtask, routing?: Routing): RouteDecision;
  assigned(agent: string): void;
}

export interface Routing {
  attempt?: number;
  /** Who is not to have it. */
  excluded?: ReadonlySet<string>;
}

/** What the lanes of the run share: results and artifacts, tool results that are too long for a prompt, documents. */
export interface RunShared {
  readonly redactor: Redactor;
  /** Traces are to hold nothing of what is asked. */
  readonly hidesInputs: boolean;
  readonly board: Board;
  readonly artifacts: ArtifactLog;
  readonly writer: ArtifactWriter;
  /** Results of a subtask, one after the other. */
  readonly deliveries: KeyedQueue;
  readonly toolResults: ToolResults;
  readonly contents: Contents;
  readonly documents: DocumentLibrary | undefined;
}

/** What the run may spend, and who may spend it next. */
export interface RunBudget {
  readonly ledger: Ledger;
  readonly admission: Admission;
  readonly slots: AgentSlots;
  readonly capQuestion: CapQuestion;
  /** How far an answer may raise a cap. */
  readonly highestCaps: Caps;
  /** The sub-budgets that a subtask draws on in the hands of an agent. */
  accountsOf(subtask: string, agent: string): readonly Account[];
  /** Higher goes first: the plan's priority, then the longest remaining path in turns, less those that the lane has taken. */
  priorityOf(subtask: string, turns?: number): number;
  /** Sets higher caps, durably and at once; what is not named stays. */
  raise(caps: Partial<Caps>): Promise<void>;
}

export interface RunRecord {
  readonly journal: Journal;
  /** Appends unless an entry of this key is in the journal already: what a step that runs again must not write twice. */
  once(key: string, entry: JournalEntry): Promise<void>;
  /** Whether an earlier process, or an earlier invocation, has put this key on record. */
  wasOnRecord(key: string): boolean;
  /** What is on record under a key, by any process or invocation, this one too; kept for checks, citations and published results. */
  recorded<Kind extends KeptKind>(kind: Kind, key: string): DataOf<Kind> | undefined;
  /** What earlier runs of the same home took. */
  history(): Promise<RunHistory>;
  /** Resolves when all that the steps so far have done survives the death of this process. Rejects where the storage has failed. */
  saved(): Promise<void>;
  /** Of a fork: what it takes from the run that it comes from. */
  fork(): Promise<Fork | undefined>;
  /** The end that a process has put on record and could not tell; undefined: there is none, or more was done since. */
  end(): Promise<RunResult | undefined>;
}

export interface RunRecovery {
  readonly policy: RecoveryPolicy;
  readonly detection: Detection;
  /** The run's policy with what the agent and the subtask have of their own. */
  policyFor(subtask: Subtask | undefined, agent: string | undefined): RecoveryPolicy;
}

export interface RunTurns {
  take(request: TurnRequest): Promise<TurnReply>;
  /** Whether this invocation has asked for the subtask, be it for a place or for a model turn: if not, a signal of it is from before. */
  hasAsked(subtask: string): boolean;
}

/** What stops the run, and how long it has worked. */
export interface RunLife {
  /** Whether it had been answered before it was opened. */
  readonly hasEnded: boolean;
  readonly stop: StopSignals;
  readonly pausedBy: Signal | undefined;
  /** Pauses the run: nothing new begins, and `pausedBy` says why. Resumed, it goes on. Throws GraphDrained. */
  pause(signal: Signal): never;
  /** Begins nothing new in this invocation, which ends with the interrupt that is thrown beside this. */
  drainInvocation(reason: string): void;
  /**
   * What a lane that ends by this error throws to LangGraph, which (1.7.3) takes a drain that comes after the interrupt of another lane for an
   * error and waits for none of the rest: beside a lane that asks, a drain is an interrupt of nothing.
   */
  thrownByLane(error: unknown): unknown;
  /** Milliseconds in which some process worked on the run. */
  workedMs(): number;
}

/** As it was asked, and by whom. */
export interface PosedQuestion extends Question {
  /** Of the asking. Unlike the run's id never that of another, also where two stores do not know of each other; kept over a resume. */
  readonly birth: string;
  /** The run that this one forks from or asks on about; null: none. */
  readonly parent: Parent | null;
  /** The version of the plan in whose place this one was given; undefined: in that of none. */
  readonly replaces: number | undefined;
}

/**
 * Everything of one run that lives beside the graph's state: a cache over durable records, opened on demand. A node asks for the
 * service that it uses.
 */
export interface Run {
  readonly id: string;
  readonly question: PosedQuestion;
  readonly options: RunOptions;
  readonly team: RunTeam;
  readonly shared: RunShared;
  readonly budget: RunBudget;
  readonly record: RunRecord;
  readonly recovery: RunRecovery;
  readonly turns: RunTurns;
  readonly life: RunLife;
  readonly effects: Effects;
  /** Writes the result where people and programs look for it; the run is over. Returns it with its place. */
  finish(result: RunResult): Promise<RunResult>;
}

export interface BeginOptions extends Question {
  run: RunOptions;
}

/** A run by its id, and what the state that names it asks. */
export interface Opening extends Partial<Question> {
  runId: string;
}

export interface RunRegistry {
  /** An id for a run that no thread names. Sortable by time, unique. */
  newId(): string;
  /**
   * Begins a run under this id, or where that one is another's under the next that is free (`id~2`, `id~3` …). A node that runs
   * again gets its run again, and a question that was begun and not answered goes on.
   */
  begin(id: string, options: BeginOptions, config: RunnableConfig): Promise<Run>;
  /** Opens a run that has begun, from its durable records where this process does not have it yet. Throws SwarmError RUN_DIFFERS. */
  open(opening: Opening, config: RunnableConfig): Promise<Run>;
}

/** What the nodes are given once, for all runs. */
export interface Services {
  readonly runs: RunRegistry;
  readonly clock: Clock;
  /** Undefined: checks by command are not run. */
  readonly commands?: CommandRunner | undefined;
  /** The options of a run whose caller asks this, the outermost first. Throws SwarmError NOT_ALLOWED, PRICE_UNKNOWN. */
  permit(asks: readonly Asked[]): RunOptions;
}

/** What a node that runs may count on: there is a plan, and the subtask is in it. Each throws SwarmError INTERNAL. */
export function planOf(run: Run): Plan {
  return run.shared.board.plan() ?? missing(run, "no plan");
}

export function subtaskOf(run: Run, id: string): Subtask {
  return run.shared.board.subtask(id) ?? missing(run, `no subtask "${id}"`);
}

function missing({ id }: Run, what: string): never {
  throw new SwarmError("INTERNAL", `run ${id} has ${what}`, { next: "please report this with the run's journal" });
}
