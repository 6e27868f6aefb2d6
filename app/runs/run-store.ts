/**
 * A run as it is on record, open or not: where its records are, and what the store keeps of it beside board and journal. Its begin says
 * what it was asked, with which options and by whom; its end is there before anybody is told of it: who is killed there goes on without
 * another call, and a result file that was lost is made anew.
 */
import { isDeepStrictEqual } from "node:util";
import { hash } from "node:crypto";
import type { BaseStore } from "@langchain/langgraph";
import { openBoard } from "../../adapters/storage/store-board.ts";
import { journalInStore, readOne, runNamespace } from "../../adapters/storage/run-in-store.ts";
import type { ChainHead } from "../../engine/journal/chain.ts";
import type { RunView } from "../../engine/journal/run-view.ts";
import { subtaskReports } from "../../engine/policy/answer/build-result.ts";
import type { Board } from "../../engine/ports/board.ts";
import type { BeginOptions } from "../../engine/runtime/run/run.ts";
import { many } from "../../state/amounts.ts";
import { SwarmError } from "../../state/errors.ts";
import type { Fork } from "../../state/fork.ts";
import type { Exchange } from "../../state/exchange.ts";
import type { RunOptions } from "../../state/run-options.ts";
import type { RejectedPlan } from "../../state/swarm-state.ts";
import type { Parent, RunResult } from "../../state/run-result.ts";
import { runFolder, unknownRun } from "./run-folder.ts";
import { databaseLost, hashAt, readJournal, viewOf, type EachLine } from "./run-journal.ts";

export interface RunBegin extends BeginOptions {
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

/** The subtasks are not in it: they are on the board. */
interface EndRecord {
  /** Of the board that the answer was written from. */
  basis: string;
  result: Omit<RunResult, "subtasks">;
}

interface Kept {
  begin: RunBegin;
  /** Before the run begins: what it takes from another one. */
  fork: Fork;
  "follow-up": FollowUp;
  end: EndRecord;
  /** Of a journal that is not in the store itself. */
  head: ChainHead;
}

export class RunStore {
  readonly id: string;
  readonly store: BaseStore;
  /** Undefined: there are no folders, and the journal is in the store. */
  readonly home: string | undefined;

  constructor(id: string, { home, store }: { home?: string | undefined; store: BaseStore }) {
    this.id = id;
    this.store = store;
    this.home = home;
  }

  get folder(): string | undefined {
    return this.home === undefined ? undefined : runFolder(this.home, this.id);
  }

  read<Name extends keyof Kept>(name: Name): Promise<Kept[Name] | undefined> {
    return readOne(this.store, runNamespace(this.id, "run"), name);
  }

  async hasBegun(): Promise<boolean> {
    return (await this.read("begin")) !== undefined;
  }

  keep<Name extends keyof Kept>(name: Name, value: Kept[Name]): Promise<void> {
    return this.store.put(runNamespace(this.id, "run"), name, { ...value });
  }

  async forget(...names: (keyof Kept)[]): Promise<void> {
    await Promise.all(names.map((name) => this.store.delete(runNamespace(this.id, "run"), name)));
  }

  /** Throws SwarmError RUN_UNKNOWN. */
  async amend(change: (begin: RunBegin) => Partial<RunBegin>): Promise<void> {
    const begin = await this.read("begin");
    if (begin === undefined) throw unknownRun(this.id);
    await this.keep("begin", { ...begin, ...change(begin) });
  }

  /** Other caps; what is not named stays. Throws SwarmError RUN_UNKNOWN. */
  amendCaps(caps: Partial<RunOptions["caps"]>): Promise<void> {
    return this.amend(({ run }) => ({ run: { ...run, caps: { ...run.caps, ...caps } } }));
  }

  /** Another plan in the place of the one that the run has; nothing where it has not begun. */
  async replan(plan: Record<string, unknown>): Promise<void> {
    if (!(await this.hasBegun())) return;
    const version = (await openBoard(this.store, this.id)).plan()?.version;
    await this.amend(() => ({ plan, ended: false, ...(version === undefined ? {} : { replaces: version }) }));
  }

  /** Keeps the end of the run, before anybody is told of it. */
  keepEnd(board: Board, { subtasks: _subtasks, ...result }: RunResult): Promise<void> {
    return this.keep("end", { basis: basisOf(board), result });
  }

  /** The result of the end on record; undefined: there is none, or what was done since has outdated it. */
  async endOf(board: Board): Promise<RunResult | undefined> {
    const record = await this.read("end");
    if (record === undefined || record.basis !== basisOf(board)) return undefined;
    return { ...record.result, subtasks: subtaskReports(board.plan(), (id) => board.result(id)) };
  }

  /** What its journal says; `each` is told of every line. Throws SwarmError JOURNAL_BROKEN. */
  async view(each?: EachLine): Promise<RunView> {
    if (this.home !== undefined) return readJournal(this.home, this.id, each);
    return viewOf(this.id, await journalInStore(this.store, this.id).read(), each);
  }

  /**
   * Holds the journal, as `view` has it, against the database; without a home there is nothing to hold. Throws SwarmError JOURNAL_BROKEN
   * where the database knows lines that the journal has not, DATABASE_CORRUPT where it knows nothing of a run that has a journal.
   */
  async check(view?: RunView): Promise<void> {
    const { home, id } = this;
    if (home === undefined) return;
    const found = view ?? readJournal(home, id);
    const { seq: count, hash: last } = found.head;
    if (count > 0 && !(await this.hasBegun())) throw databaseLost(home, id, found);
    const head = await this.read("head");
    if (head === undefined || head.hash === (head.seq === count ? last : hashAt(home, id, head.seq))) return;
    const what = count < head.seq ? `has ${many(count, "line")}, the database knows of ${head.seq}` : "is another one";
    throw new SwarmError("JOURNAL_BROKEN", `the journal of run ${id} is not the one that it had: it ${what}`, {
      next: "restore journal.jsonl from a copy as new as the database, or begin again under another --id; what the run has spent is not known without it",
    });
  }
}

/** Begun, and not answered: whoever asks the same goes on with it. Pure. */
export function asksTheSame(begin: RunBegin, asked: BeginOptions): boolean {
  // A database may give the members of an object back in another order.
  return begin.ended !== true && isDeepStrictEqual(factsOf(begin), factsOf(asked));
}

function factsOf({ task, plan, run }: BeginOptions): unknown[] {
  const { documents, approve, dryRun, swarm } = run;
  return [task, plan ?? null, documents, approve, dryRun, ...(swarm === undefined ? [] : [swarm])];
}

/** `id` → `id~2` → `id~3`: the runs that follow one another on a thread. Pure. */
export function successorOf(runId: string): string {
  const [, base, number] = /^(.*?)(?:~(\d+))?$/s.exec(runId) ?? [];
  return `${base ?? runId}~${Number(number ?? 1) + 1}`;
}

function basisOf(board: Board): string {
  const results = board.results().map(({ subtask, attempt, endedAt }) => [subtask, attempt, endedAt].join("\n"));
  return hash("sha256", JSON.stringify([board.plan()?.version, results.toSorted()]));
}
