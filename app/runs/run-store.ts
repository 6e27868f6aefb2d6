/**
 * What the store keeps of a run beside board and journal: from its begin what it was asked, with which options and by whom, and its end,
 * before anybody is told of it: who is killed there goes on without another call, and a result file that was lost is made anew.
 */
import { isDeepStrictEqual } from "node:util";
import type { BaseStore } from "@langchain/langgraph";
import { openBoard } from "../../adapters/storage/store-board.ts";
import { runNamespace, readOne } from "../../adapters/storage/run-in-store.ts";
import { subtaskReports } from "../../engine/policy/answer/build-result.ts";
import type { Board } from "../../engine/ports/board.ts";
import type { BeginOptions } from "../../engine/runtime/run/run.ts";
import type { Fork } from "../../state/fork.ts";
import type { Exchange } from "../../state/exchange.ts";
import type { Question } from "../../state/question.ts";
import type { RunOptions } from "../../state/run-options.ts";
import type { RejectedPlan } from "../../state/swarm-state.ts";
import type { Parent, RunResult } from "../../state/run-result.ts";
import { unknownRun } from "./run-folder.ts";
import { hash } from "node:crypto";

const KEY = "begin";
const FORK_KEY = "fork";
const FOLLOW_UP_KEY = "follow-up";

export interface RunBegin extends Question {
  run: RunOptions;
  /** The task of LangGraph that began it. */
  birth?: string;
  ended?: boolean;
  /** Where the plan was given to a run that had one: the version of that one. */
  replaces?: number;
  /** The run that it asks on about. */
  parent?: Parent | null;
}

/** What a question about a finished run is told of it, before it begins. */
export interface FollowUp {
  /** Absent: of a fork, whose parent stands elsewhere. */
  parent?: Parent;
  /** Absent: as its caller says. */
  history?: Exchange[] | null;
  /** Plans of the run that it leaves, which a human has sent back. */
  rejected?: RejectedPlan[];
}

export function readBegin(store: BaseStore, runId: string): Promise<RunBegin | undefined> {
  return readOne(store, runNamespace(runId, "run"), KEY);
}

export function keepBegin(store: BaseStore, runId: string, begin: RunBegin): Promise<void> {
  return store.put(runNamespace(runId, "run"), KEY, begin);
}

/** Before the run begins, in the place of whatever was kept under this id by a fork that never did. */
export function keepFork(store: BaseStore, runId: string, fork: Fork): Promise<void> {
  return store.put(runNamespace(runId, "run"), FORK_KEY, { ...fork });
}

export function readFork(store: BaseStore, runId: string): Promise<Fork | undefined> {
  return readOne(store, runNamespace(runId, "run"), FORK_KEY);
}

export function keepFollowUp(store: BaseStore, runId: string, followUp: FollowUp): Promise<void> {
  return store.put(runNamespace(runId, "run"), FOLLOW_UP_KEY, { ...followUp });
}

export function readFollowUp(store: BaseStore, runId: string): Promise<FollowUp | undefined> {
  return readOne(store, runNamespace(runId, "run"), FOLLOW_UP_KEY);
}

export function forgetFollowUp(store: BaseStore, runId: string): Promise<void> {
  return store.delete(runNamespace(runId, "run"), FOLLOW_UP_KEY);
}

export function forgetFork(store: BaseStore, runId: string): Promise<void> {
  return store.delete(runNamespace(runId, "run"), FORK_KEY);
}

export function forgetBegin(store: BaseStore, runId: string): Promise<void> {
  return store.delete(runNamespace(runId, "run"), KEY);
}

/** Throws SwarmError RUN_UNKNOWN. */
export async function amendBegin(
  store: BaseStore,
  runId: string,
  change: (begin: RunBegin) => Partial<RunBegin>,
): Promise<void> {
  const begin = await readBegin(store, runId);
  if (begin === undefined) throw unknownRun(runId);
  await keepBegin(store, runId, { ...begin, ...change(begin) });
}

/** Another plan in the place of the one that the run has; nothing where it has not begun. */
export async function keepPlan(store: BaseStore, runId: string, plan: Record<string, unknown>): Promise<void> {
  if ((await readBegin(store, runId)) === undefined) return;
  const version = (await openBoard(store, runId)).plan()?.version;
  const replaces = version === undefined ? {} : { replaces: version };
  await amendBegin(store, runId, () => ({ plan, ended: false, ...replaces }));
}

/** A change for `amendBegin`: other caps; what is not named stays. */
export function withCaps(caps: Partial<RunOptions["caps"]>): (begin: RunBegin) => Partial<RunBegin> {
  return ({ run }) => ({ run: { ...run, caps: { ...run.caps, ...caps } } });
}

/** Begun, and not answered: whoever asks the same goes on with it. Pure. */
export function asksTheSame(begin: RunBegin, asked: BeginOptions): boolean {
  // A database may give the members of an object back in another order.
  return begin.ended !== true && isDeepStrictEqual(factsOf(begin), factsOf(asked));
}

function factsOf({ task, plan, run }: RunBegin | BeginOptions): unknown[] {
  const { documents, approve, dryRun, swarm } = run;
  return [task, plan ?? null, documents, approve, dryRun, ...(swarm === undefined ? [] : [swarm])];
}

/** `id` → `id~2` → `id~3`: the runs that follow one another on a thread. Pure. */
export function successorOf(runId: string): string {
  const [, base, number] = /^(.*?)(?:~(\d+))?$/s.exec(runId) ?? [];
  return `${base ?? runId}~${Number(number ?? 1) + 1}`;
}

/** The subtasks are not in it: they are on the board. */
interface EndRecord {
  /** Of the board that the answer was written from. */
  basis: string;
  result: Omit<RunResult, "subtasks">;
}

export async function recordEnd(
  store: BaseStore,
  board: Board,
  { subtasks: _subtasks, ...result }: RunResult,
): Promise<void> {
  const record: EndRecord = { basis: basisOf(board), result };
  await store.put(runNamespace(result.runId, "run"), "end", record);
}

/** The result of the end on record; undefined: there is none, or what was done since has outdated it. */
export async function endOnRecord(store: BaseStore, board: Board, runId: string): Promise<RunResult | undefined> {
  const record = await readOne<EndRecord>(store, runNamespace(runId, "run"), "end");
  if (record === undefined || record.basis !== basisOf(board)) return undefined;
  return { ...record.result, subtasks: subtaskReports(board.plan(), (id) => board.result(id)) };
}

function basisOf(board: Board): string {
  const results = board.results().map(({ subtask, attempt, endedAt }) => [subtask, attempt, endedAt].join("\n"));
  return hash("sha256", JSON.stringify([board.plan()?.version, results.toSorted()]));
}
