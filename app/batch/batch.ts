/**
 * A batch at work: its rows, some at a time, each as a run of its own in the folder of the batch, within caps over all of them.
 *
 * 1. A run is given what the ledger has reserved for it, durable before the run begins. Runs are admitted one after the other, in the
 *    order of the file.
 * 2. A row that fails ends no other; a ledger that cannot be written ends the batch, where it can be continued.
 * 3. Once stopped, no run begins, and those under way end where they can be continued.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { HomeStorage } from "../../adapters/storage/home-storage.ts";
import { admit, isNarrowed, type Admission } from "../../engine/policy/batch/admission.ts";
import { LEDGER_VERSION } from "../../engine/policy/batch/ledger.ts";
import { withoutRun } from "../../engine/policy/batch/row-outcome.ts";
import { addAmounts, amountsOf, NOTHING, type Amounts } from "../../state/usage.ts";
import type { Clock } from "../../engine/ports/clock.ts";
import { KeyedQueue } from "../../engine/runtime/waiting/waits.ts";
import type { Run } from "../../engine/runtime/run/run.ts";
import type { BatchCaps, Reserved, RowClass, RowOutcome } from "../../state/batch.ts";
import { describeError, SwarmError } from "../../state/errors.ts";
import { withoutKeys } from "../cli/terminal.ts";
import type { LedgerFile } from "./ledger-file.ts";
import type { BatchRow } from "./prepare-rows.ts";
import { runRow, SharedIndexes, takenBy, type RowEnd } from "./run-row.ts";
import { RunIds, settleLeft, tasksOf, type Task } from "./tasks.ts";

/** How often the ledger is told that time passes. */
const TICK_MS = 5000;

export interface BatchParts {
  rows: readonly BatchRow[];
  caps: BatchCaps;
  /** Runs at work at once. */
  parallel: number;
  /** Classes of rows that are run again. */
  retry: ReadonlySet<RowClass>;
  home: string;
  storage: HomeStorage;
  ledger: LedgerFile;
  clock: Clock;
  /** Aborts: see 3. */
  signal: AbortSignal;
  progress: Progress;
}

/** Who is told how the batch goes on. */
export interface Progress {
  /** Once, of all that is to be done. */
  started(tasks: readonly Task[]): void;
  began(task: Task): void;
  /** Of each row that was worked on, once it is over or waits. */
  ended(report: RowReport): void;
}

export interface RowReport {
  row: BatchRow;
  /** Null: it has had none. */
  run: string | null;
  outcome: RowOutcome;
}

type Admitted = Admission | { kind: "stopped" };

export class Batch {
  readonly #parts: BatchParts;
  readonly #ids: RunIds;
  readonly #indexes: SharedIndexes;
  readonly #reports = new Map<string, RowReport>();
  readonly #underWay = new Set<string>();
  readonly #open = new Map<string, Run>();
  readonly #failed = new AbortController();
  readonly #stop: AbortSignal;
  readonly #admitting = new KeyedQueue();
  #changed = Promise.withResolvers<void>();

  constructor(parts: BatchParts) {
    this.#parts = parts;
    this.#ids = new RunIds(parts.rows, parts.ledger.view, parts.home);
    this.#indexes = new SharedIndexes(parts.home);
    this.#stop = AbortSignal.any([parts.signal, this.#failed.signal]);
  }

  /** Rows that have been looked at and are not under way. */
  get reports(): ReadonlyMap<string, RowReport> {
    return this.#reports;
  }

  get running(): number {
    return this.#underWay.size;
  }

  /** What all runs of the batch have used, those under way so far. */
  spent(): Amounts {
    let spent = NOTHING;
    for (const [run, { spent: known }] of this.#parts.ledger.view.runs) {
      const live = this.#open.get(run)?.budget.ledger.spent;
      spent = addAmounts(spent, live === undefined ? known : amountsOf(live));
    }
    return spent;
  }

  /** Works until nothing is left to begin and nothing is under way. Throws SwarmError STORAGE_FAILED. How each row stands, in order. */
  async run(): Promise<RowReport[]> {
    const { rows, caps, parallel, ledger, home } = this.#parts;
    await ledger.append({ kind: "begin", data: { version: LEDGER_VERSION, caps, parallel, rows: rows.length } });
    await settleLeft(ledger, rows, home);
    const tasks = tasksOf(this.#parts, ledger.view, this.#ids);
    const isTask = new Set(tasks.map(({ row }) => row.id));
    for (const row of rows) if (!isTask.has(row.id)) this.#keep(row);
    this.#parts.progress.started(tasks);
    await this.#workOn(tasks);
    return rows.flatMap(({ id }) => this.#reports.get(id) ?? []);
  }

  /** Puts the end on record. Throws SwarmError STORAGE_FAILED. */
  async end({ root, files }: { root: string; files: Record<string, string> }): Promise<void> {
    const reason = this.#stop.aborted ? "interrupted" : "nothing is left to do";
    await this.#parts.ledger.append({ kind: "end", data: { reason, root, files } });
  }

  async #workOn(tasks: readonly Task[]): Promise<void> {
    const wake = (): void => this.#wake();
    this.#stop.addEventListener("abort", wake);
    const over = new AbortController();
    const ticking = this.#tick(over.signal);
    const queue = tasks.values();
    const worker = async (): Promise<void> => {
      for (const task of queue) await this.#work(task);
    };
    const workers = Array.from({ length: Math.min(this.#parts.parallel, tasks.length) }, worker);
    try {
      // All of them end before what one has met is told.
      await Promise.allSettled(workers.map((each) => each.catch((error: unknown) => this.#failed.abort(error))));
      if (this.#failed.signal.aborted) throw this.#failed.signal.reason;
    } finally {
      this.#stop.removeEventListener("abort", wake);
      over.abort();
      await ticking;
    }
  }

  /** Under a deadline the time of a process that is killed counts too. */
  async #tick(over: AbortSignal): Promise<void> {
    const { caps, ledger } = this.#parts;
    if (caps.deadlineMs === undefined) return;
    try {
      for (;;) {
        await delay(TICK_MS, undefined, { signal: over, ref: false });
        await ledger.append({ kind: "tick", data: {} });
      }
    } catch (error) {
      if (!over.aborted) this.#failed.abort(error);
    }
  }

  #keep(row: BatchRow): void {
    const state = this.#parts.ledger.view.rows.get(row.id);
    if (state?.outcome !== undefined) this.#reports.set(row.id, { row, run: state.run, outcome: state.outcome });
  }

  async #work(task: Task): Promise<void> {
    const admitted = await this.#admitting.add("row", () => this.#admit(task));
    if (admitted.kind === "refused") return this.#notBegun(task, "capped", admitted.evidence);
    if (admitted.kind !== "granted") return this.#notBegun(task, "paused", "interrupted");
    const isVain = await this.#runAdmitted(task, admitted.reserved);
    if (!isVain) return;
    // Nothing of the run is left to try again: the row is asked anew.
    const { row, work } = task;
    await this.#work({ row, run: this.#ids.next(row.id), work: { kind: "begin", why: work.why, isAgain: true } });
  }

  #notBegun({ row, run, work }: Task, kind: RowClass, why: string): void {
    if (work.kind === "begin") return this.#end({ row, run: null, outcome: withoutRun(kind, `not begun: ${why}`) });
    const known = this.#parts.ledger.view.rows.get(row.id)?.outcome;
    this.#end({ row, run, outcome: withoutRun(kind, `not continued: ${why}`, known) });
  }

  #end(report: RowReport): void {
    this.#reports.set(report.row.id, report);
    this.#parts.progress.ended(report);
  }

  async #admit(task: Task): Promise<Admitted> {
    const { row, run, work } = task;
    const { caps, parallel, ledger } = this.#parts;
    for (;;) {
      if (this.#stop.aborted) return { kind: "stopped" };
      const { runs } = ledger.view;
      const standing = { caps, parallel, runs, running: this.#underWay.size, workedMs: this.#workedMs() };
      const admission = admit({ run, own: row.own }, standing);
      if (admission.kind === "granted") {
        const { reserved } = admission;
        await ledger.append({ kind: "reserve", data: { row: row.id, run, ...row.identity, reserved, why: work.why } });
        this.#underWay.add(run);
      }
      if (admission.kind !== "wait") return admission;
      await this.#changed.promise;
    }
  }

  #workedMs(): number {
    const { ledger, clock } = this.#parts;
    return ledger.view.workedMs + Math.max(0, clock.now() - ledger.view.lastMs);
  }

  /** True: there was nothing to try again. */
  async #runAdmitted(task: Task, reserved: Reserved): Promise<boolean> {
    const { row, run, work } = task;
    const { home, storage, clock, caps, ledger, progress } = this.#parts;
    const indexes = this.#indexes;
    const isRetry = work.kind === "continue" && work.isRetry;
    try {
      progress.began(task);
      const { settings, config } = row;
      const facts = { runId: run, settings, config, reserved, home, storage, indexes, now: clock.now(), isRetry };
      const onOpen = (opened: Run): void => void this.#open.set(run, opened);
      const running = runRow({ ...facts, signal: this.#stop, onOpen });
      const { outcome, isOver, isVain } = await running.catch((error: unknown) => unopened(home, run, error));
      const cappedBy = outcome.class === "capped" && isNarrowed(reserved, row.own) ? { cappedBy: caps } : {};
      await ledger.append({ kind: "settle", data: { row: row.id, run, outcome, isOver, ...cappedBy } });
      if (isVain && isRetry) return true;
      this.#end({ row, run, outcome });
      return false;
    } finally {
      this.#open.delete(run);
      this.#underWay.delete(run);
      this.#wake();
    }
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

/** What keeps a run from being opened and goes away again. */
const PASSING: ReadonlySet<string> = new Set(["RUN_HELD", "DATABASE_LOCKED", "STORAGE_FAILED"]);

/** How a row stands whose run could not be begun or opened. One whose journal does not hold keeps its reservation: what it has spent is not known. */
function unopened(home: string, run: string, error: unknown): RowEnd {
  const isPassing = error instanceof SwarmError && PASSING.has(error.code);
  const outcome = withoutRun(isPassing ? "paused" : "failed", withoutKeys(describeError(error)));
  try {
    return { outcome: { ...outcome, ...takenBy(home, run) }, isOver: !isPassing, isVain: false };
  } catch {
    return { outcome, isOver: false, isVain: false };
  }
}
