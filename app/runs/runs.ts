/**
 * The runs of a swarm that this process has open: the one owner of their lives. A call of the graph enters, its nodes begin a run or open
 * one, a run that ends is closed by itself, and what a call leaves open is closed with it. With a home a run is kept in its folder and
 * the home's database; without, in whatever store the graph was given.
 *
 * 1. One question a run: a run is found again only by the task of LangGraph that began it, or by the same question, not answered
 *    yet; what the graph's state asks is compared with the record at every opening (RUN_DIFFERS).
 * 2. One process a run: with a home, a run that another process works on is refused (RUN_HELD).
 * 3. A node may ask for its run at any time and any number of times: the records are read once.
 */
import type { RunnableConfig } from "@langchain/core/runnables";
import type { LangGraphRunnableConfig } from "@langchain/langgraph";
import { asksOf } from "../../engine/policy/permissions/narrow.ts";
import type { Redactor } from "../../engine/policy/redaction/redactor.ts";
import { KeyedQueue } from "../../engine/runtime/waiting/waits.ts";
import type { BeginOptions, Opening, Run, RunRegistry } from "../../engine/runtime/run/run.ts";
import { Ended, within } from "../../engine/runtime/turns/ending.ts";
import { SwarmError } from "../../state/errors.ts";
import type { DocumentsReport } from "../../state/left-out.ts";
import type { RunOptions } from "../../state/run-options.ts";
import type { Thread } from "./checkpoint-line.ts";
import { Invocation, invocationOf, type Calling } from "./invocation.ts";
import { leftRun, OpenRun, refuseOther } from "./open-run.ts";
import { Origins } from "./origins.ts";
import { RunDocuments } from "./run-documents.ts";
import { newRunId } from "./run-folder.ts";
import { isOpen, RunLocks } from "./run-locks.ts";
import { asksTheSame, successorOf, type RunStore } from "./run-store.ts";
import { RunStores } from "./run-stores.ts";
import type { SwarmSetup } from "./swarm-setup.ts";
import type { Departure } from "./time-travel.ts";

/** For all runs together: what keeps them may have much to write down, or never answer. */
const LONGEST_CLOSING_MS = 30_000;

export class Runs implements RunRegistry {
  readonly #setup: SwarmSetup;
  readonly #stores: RunStores;
  readonly #documents: RunDocuments;
  readonly #locks: RunLocks;
  readonly #invocations = new Set<Invocation>();
  readonly #open = new Map<string, Promise<OpenRun>>();
  readonly #listeners = new Set<(run: OpenRun) => void>();
  /** What takes a free id: two at once may ask for one. */
  readonly #beginning = new KeyedQueue();
  #renewal: Promise<void> | undefined;
  #isClosed = false;
  readonly origins: Origins;

  constructor(setup: SwarmSetup) {
    this.#setup = setup;
    this.#locks = new RunLocks(setup.home);
    this.#documents = new RunDocuments({ ...setup, redactor: setup.host.redactor });
    this.#stores = new RunStores(setup);
    this.origins = new Origins(setup, { stores: this.#stores, documents: this.#documents, locks: this.#locks });
  }

  /** Of what comes into runs. */
  get redactor(): Redactor {
    return this.#setup.host.redactor;
  }

  /** Throws SwarmError where an input asks for more than is allowed: in the thread's state it would be asked with every later one. */
  refuse(input: object, config: RunnableConfig): void {
    this.#setup.permissions.permit(asksOf(input, config));
  }

  /** Throws SwarmError USAGE once the swarm is closed. */
  refuseClosed(): void {
    if (this.#isClosed) throw closedSwarm();
  }

  /** A call of the graph begins; it is followed by `leave`. Throws SwarmError RUN_HELD, and USAGE once the swarm is closed. */
  async enter(calling: Calling): Promise<Invocation> {
    const invocation = await Invocation.begin(calling, this, this.#setup.host.clock);
    try {
      const others = [...this.#invocations];
      this.#invocations.add(invocation);
      this.refuseClosed();
      if (invocation.thread !== undefined) this.#locks.take(invocation.thread, invocation);
      if (this.#setup.storage?.hasFailed() === true) await (this.#renewal ??= this.#renew(others));
      return invocation;
    } catch (error) {
      await this.leave(invocation).catch(() => undefined);
      throw error;
    }
  }

  /** Tries a home that could not be written again, once all calls are over that relied on what it has lost. */
  async #renew(underWay: readonly Invocation[]): Promise<void> {
    const { storage, host } = this.#setup;
    try {
      const ended = await Promise.all(underWay.map((call) => call.endsSoon(host.clock)));
      if (ended.every(Boolean)) await storage?.renew();
    } finally {
      this.#renewal = undefined;
    }
  }

  /** Within a call, before LangGraph begins: from which run its question leaves, where it names an earlier checkpoint. See time-travel.ts. */
  depart(thread: Thread, input: unknown): Promise<Departure> {
    return this.#beginning.add("id", () => this.origins.depart(thread, input));
  }

  async begin(id: string, asked: BeginOptions, config: RunnableConfig): Promise<Run> {
    const { opening } = await this.#beginning.add("id", () => this.#beginNext(id, asked, config));
    return opening;
  }

  async #beginNext(id: string, asked: BeginOptions, config: RunnableConfig): Promise<{ opening: Promise<Run> }> {
    const birth = taskIdOf(config) ?? this.newId();
    const parent = invocationOf(config)?.leaves;
    for (let runId = id; ; runId = successorOf(runId)) {
      if (this.#stores.hadRun(runId)) continue;
      const run = this.#stores.runOf(runId, config);
      const known = await run.read("begin");
      // Answered, and its own step runs again: what it took in was lost with a checkpoint, or is asked anew.
      const isOurs = known?.birth === birth && known.ended !== true;
      const isTaken = isOpen(run) || parent !== undefined;
      if (known !== undefined && !isOurs && (isTaken || !asksTheSame(known, asked))) continue;
      if (known === undefined) {
        await run.check();
        // Held before it is on record, and until it is opened.
        this.#locks.take(runId, runId);
        await run.keep("begin", { ...asked, ...(parent && { parent }), ...(await run.read("follow-up")), birth });
      }
      return { opening: this.open({ runId }, config) };
    }
  }

  async open({ runId, task, documents, approve }: Opening, config: RunnableConfig): Promise<Run> {
    const run = await this.#opened(runId, config);
    const redacted = invocationOf(config)?.takeRedacted() ?? {};
    await run.redacted("input", redacted);
    refuseOther(runId, { task, documents, approve }, run.question);
    return run;
  }

  async #opened(runId: string, config: RunnableConfig): Promise<OpenRun> {
    const invocation = invocationOf(config);
    // LangGraph does not stop the lanes beside one that threw: opened again by one of them, the run would have two journals at once.
    if (invocation?.isOver === true) throw leftRun(runId);
    invocation?.runs.add(runId);
    const known = this.#open.get(runId);
    if (known !== undefined) return known;
    if (this.#isClosed) throw leftRun(runId);
    const recorded = this.#stores.runOf(runId, config);
    this.#locks.enter(recorded);
    const opening = this.#openFromRecords(recorded, config);
    this.#open.set(runId, opening);
    return opening;
  }

  async #openFromRecords(recorded: RunStore, config: RunnableConfig): Promise<OpenRun> {
    const free = (): void => {
      this.#open.delete(recorded.id);
      this.#locks.leave(recorded);
    };
    try {
      return await OpenRun.open(recorded, {
        setup: this.#setup,
        library: this.#documents,
        config,
        onOpen: (run) => {
          for (const listener of this.#listeners) listener(run);
        },
        onClose: () => {
          free();
          this.#stores.drop(recorded.id);
        },
      });
    } catch (error) {
      // Who cannot read it does not know otherwise.
      if (!(await recorded.hasBegun().catch(() => true))) this.#stores.forget(recorded.id);
      free();
      throw error;
    }
  }

  /** A call of the graph is over: what it has opened is closed. A finished run is closed already. */
  async leave(invocation: Invocation): Promise<void> {
    const { thread, runs } = invocation;
    invocation.isOver = true;
    const reason = this.#isClosed ? "the swarm was closed" : "the invocation ended";
    try {
      await this.#closeAll(
        [...runs].map((runId) => this.#open.get(runId)),
        reason,
      );
    } finally {
      this.#invocations.delete(invocation);
      if (thread !== undefined) this.#locks.drop(thread, invocation);
      invocation.end();
    }
  }

  /** Frees every run that is open or held; `reason`: why this process leaves them. */
  async close(reason: string): Promise<void> {
    try {
      await this.#closeAll([...this.#open.values()], reason);
    } finally {
      this.#documents.close();
      this.#locks.dropAll();
    }
  }

  /** In bounded time. Rejects with the first failure, but not before all have ended: what one holds is not taken from the others. */
  async #closeAll(openings: readonly (Promise<OpenRun> | undefined)[], reason: string): Promise<void> {
    const closing = openings.map((opening) => closeOne(opening, reason));
    const limits = { what: "closing a run", stops: [], mostMs: LONGEST_CLOSING_MS };
    try {
      await within(this.#setup.host.clock, limits, () => Promise.allSettled(closing));
    } catch (error) {
      throw error instanceof Ended ? silentStorage(error) : error;
    }
    await Promise.all(closing);
  }

  /** As `close`, and opens none again: calls under way are called off, and can go on in another swarm. In bounded time. */
  async end(reason: string): Promise<void> {
    this.#isClosed = true;
    const calls = [...this.#invocations];
    for (const call of calls) call.callOff(closedSwarm());
    await Promise.all(calls.map((call) => call.endsSoon(this.#setup.host.clock)));
    try {
      await this.close(reason);
    } finally {
      this.#stores.clear();
    }
  }

  // For whoever begins runs, or goes on with them, from outside of the graph.

  /** Calls `listener` with each run that is opened, before anything is done with it; returns the way to stop. */
  onOpen(listener: (run: OpenRun) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  newId(): string {
    return newRunId(this.#setup.host.clock.now());
  }

  /** Opens the documents of a run that is about to begin. Throws SwarmError DOCUMENTS_UNREADABLE. */
  prepare(runId: string, run: RunOptions, signal?: AbortSignal): Promise<DocumentsReport> {
    return this.#documents.prepare(runId, run, signal);
  }

  /**
   * Makes the run this process's own before it is opened, so that whoever is refused has changed nothing. Without a home there
   * is nothing to hold. Throws SwarmError RUN_HELD.
   */
  hold(runId: string): void {
    this.#locks.take(runId, this);
  }

  /** A run as it is on record, to be looked at or led on before it is opened. */
  recorded(runId: string): RunStore {
    return this.#stores.runOf(runId);
  }
}

/** One that cannot be opened has told those who asked for it. */
async function closeOne(opening: Promise<OpenRun> | undefined, reason: string): Promise<void> {
  const run = await opening?.catch(() => undefined);
  await run?.close(reason);
}

/** The same when LangGraph runs a step again, another for each new input. */
function taskIdOf(config: RunnableConfig): string | undefined {
  return (config as LangGraphRunnableConfig).executionInfo?.taskId;
}

function silentStorage(cause: Ended): SwarmError {
  return new SwarmError("STORAGE_FAILED", `${cause.message}: what keeps it does not answer`, {
    cause,
    next: "it goes on from what was kept before",
  });
}

function closedSwarm(): SwarmError {
  return new SwarmError("USAGE", "the swarm is closed", {
    next: "go on in another one: runs that a store keeps are continued there",
  });
}
