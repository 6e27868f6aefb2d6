/**
 * The runs of a swarm that this process has open. Begins a run, or opens one from its durable records: with a home, the run's
 * folder and the home's database; without, whatever store the graph was given.
 *
 * 1. One question a run: a run is found again only by the task of LangGraph that began it, or by the same question, not answered
 *    yet; what the graph's state asks is compared with the record at every opening (RUN_DIFFERS).
 * 2. One process a run: with a home, a run that another process works on is refused (RUN_HELD).
 * 3. A node may ask for its run at any time and any number of times: the records are read once. What an invocation has opened is
 *    closed when it ends.
 */
import type { RunnableConfig } from "@langchain/core/runnables";
import type { BaseStore, LangGraphRunnableConfig, RunControl } from "@langchain/langgraph";
import type { DocumentLibrary } from "../../engine/ports/documents.ts";
import type { BeginOptions, Opening, Run, RunRegistry } from "../../engine/runtime/run/run.ts";
import { beginFork } from "../../engine/runtime/run/begin-fork.ts";
import type { DocumentsReport } from "../../state/left-out.ts";
import type { RunOptions } from "../../state/run-options.ts";
import { asksOf } from "../../engine/policy/permissions/narrow.ts";
import { instead, type Permissions } from "../permissions.ts";
import { Origins } from "./origins.ts";
import { OpenRun } from "./open-run.ts";
import type { HeadPlaces } from "./heads.ts";
import { endsSoon, invocationOf, type Invocation, type InvocationHost } from "./invocations.ts";
import { closedSwarm, heldRun, leftRun, refuseOther } from "./refuse-other.ts";
import { Memories } from "./memories.ts";
import { openIn, RunLocks } from "./run-locks.ts";
import { RunDocuments } from "./run-documents.ts";
import { describeRun, newRunId, unknownRun } from "./run-folder.ts";
import type { Replay, Rules, RunHost, Staff } from "./run-parts.ts";
import type { Departure } from "./time-travel.ts";
import type { Thread } from "./checkpoint-line.ts";
import { RunRecords } from "./run-records.ts";
import { langsmithTrace, tellProgress, type RunTraces } from "./run-traces.ts";
import { asksTheSame, successorOf, type RunStore } from "./run-store.ts";

export interface RegistryOptions {
  /** Where run folders are; undefined: the journal is kept on the store, and there are no folders. */
  home: string | undefined;
  heads: HeadPlaces;
  store: BaseStore | undefined;
  /** Where the person stands: document paths are shown relative to it. */
  cwd: string;
  staff: Staff;
  rules: Rules;
  permissions: Permissions;
  host: RunHost;
  traces: RunTraces;
  replay?: Replay;
  /** Tries a home that could not be written again, once the calls under way are over; before a call begins. */
  renew?: (underWay: readonly Invocation[]) => Promise<void>;
}

export class Runs implements RunRegistry, InvocationHost {
  readonly #options: RegistryOptions;
  readonly #open = new Map<string, Promise<OpenRun>>();
  readonly #listeners = new Set<(run: OpenRun) => void>();
  readonly #locks: RunLocks;
  readonly #invocations = new Set<Invocation>();
  readonly #documents: RunDocuments;
  readonly origins: Origins;
  readonly #memories: Memories;
  #beginning: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#locks = new RunLocks(options.home);
    this.#documents = new RunDocuments({ ...options, redactor: options.host.redactor });
    this.#memories = new Memories(options);
    this.origins = new Origins(options, this.#memories, this.#documents);
  }

  newId(): string {
    return newRunId(this.#options.host.clock.now());
  }

  /** Calls `listener` with each run that is opened, before anything is done with it; returns the way to stop. */
  onOpen(listener: (run: OpenRun) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async begin(id: string, asked: BeginOptions, config: RunnableConfig): Promise<Run> {
    const beginning = this.#beginning.then(() => this.#beginNext(id, asked, config));
    this.#beginning = beginning.catch(() => undefined);
    return (await beginning).opening;
  }

  /** One after the other, since two that begin at once may ask for one id. */
  async #beginNext(id: string, asked: BeginOptions, config: RunnableConfig): Promise<{ opening: Promise<Run> }> {
    const birth = taskIdOf(config) ?? this.newId();
    const parent = invocationOf(config)?.leaves;
    for (let runId = id; ; runId = successorOf(runId)) {
      if (this.#memories.hadRun(runId)) continue;
      const run = this.#memories.runOf(runId, config);
      const known = await run.read("begin");
      // Answered, and its own step runs again: what it took in was lost with a checkpoint, or is asked anew.
      const isOurs = known?.birth === birth && known.ended !== true;
      const isTaken = openIn(run.store).has(runId) || parent !== undefined;
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

  /** Opens the documents of a run that is about to begin. Throws SwarmError DOCUMENTS_UNREADABLE. */
  prepare(runId: string, run: RunOptions, signal?: AbortSignal): Promise<DocumentsReport> {
    return this.#documents.prepare(runId, run, signal);
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
    const recorded = this.#memories.runOf(runId, config);
    const elsewhere = openIn(recorded.store);
    if (elsewhere.has(runId)) throw heldRun(runId);
    elsewhere.add(runId);
    const opening = this.#openFromRecords(recorded, config);
    this.#open.set(runId, opening);
    try {
      return await opening;
    } catch (error) {
      this.#open.delete(runId);
      elsewhere.delete(runId);
      this.#locks.drop(runId, runId);
      throw error;
    }
  }

  refuse(input: object, config: RunnableConfig): void {
    this.#options.permissions.permit(asksOf(input, config));
  }

  /** One after the other with what begins, since both take free ids. See `depart` in time-travel.ts. */
  depart(thread: Thread, input: unknown): Promise<Departure> {
    const isHeldHere = (runId: string): boolean => this.#locks.has(runId);
    const departing = this.#beginning.then(() => this.origins.depart(thread, input, isHeldHere));
    this.#beginning = departing.catch(() => undefined);
    return departing;
  }

  /** Throws SwarmError USAGE once the swarm is closed. */
  refuseClosed(): void {
    if (this.#isClosed) throw closedSwarm();
  }

  /** A call of the graph begins. Throws SwarmError RUN_HELD, and USAGE once the swarm is closed. */
  async enter(invocation: Invocation): Promise<void> {
    const { thread } = invocation;
    const others = [...this.#invocations];
    this.#invocations.add(invocation);
    this.refuseClosed();
    if (thread !== undefined) this.#locks.take(thread, invocation);
    await this.#options.renew?.(others);
  }

  /** A call of the graph is over: what it has opened is closed. A finished run is closed already. */
  async leave(invocation: Invocation): Promise<void> {
    const { thread, runs } = invocation;
    const reason = this.#isClosed ? "the swarm was closed" : "the invocation ended";
    try {
      await allEnded([...runs].map((runId) => closeOne(this.#open.get(runId), reason)));
    } finally {
      this.#invocations.delete(invocation);
      if (thread !== undefined) this.#locks.drop(thread, invocation);
    }
  }

  /**
   * Makes the run this process's own before it is opened, so that whoever is refused has changed nothing. Without a home there
   * is nothing to hold. Throws SwarmError RUN_HELD.
   */
  hold(runId: string): void {
    this.#locks.take(runId, this);
  }

  /** As `close`, and opens none again: calls under way are called off, and can go on in another swarm. In bounded time. */
  async end(reason: string): Promise<void> {
    this.#isClosed = true;
    const calls = [...this.#invocations];
    for (const call of calls) call.callOff(closedSwarm());
    await Promise.all(calls.map(endsSoon));
    try {
      await this.close(reason);
    } finally {
      this.#memories.clear();
    }
  }

  /** Frees every run that is open or held; `reason`: why this process leaves them. */
  async close(reason: string): Promise<void> {
    try {
      await allEnded([...this.#open.values()].map((opening) => closeOne(opening, reason)));
    } finally {
      this.#documents.close();
      this.#locks.dropAll();
    }
  }

  async has(runId: string): Promise<boolean> {
    return (await this.#memories.runOf(runId).read("begin")) !== undefined;
  }

  /** Holds the run's journal against the store. Throws as `RunStore.check` does. */
  check(runId: string): Promise<void> {
    return this.#memories.runOf(runId).check();
  }

  /** Sets other caps for a run that has begun and is not open; what is not named stays. Throws SwarmError RUN_UNKNOWN. */
  async amend(runId: string, caps: Partial<RunOptions["caps"]>): Promise<void> {
    await this.#memories.runOf(runId).amendCaps(caps);
  }

  async #openFromRecords(recorded: RunStore, config: RunnableConfig): Promise<OpenRun> {
    const { heads, cwd, host, rules, permissions, replay } = this.#options;
    const runId = recorded.id;
    this.#locks.take(runId, runId);
    const records = new RunRecords(recorded, { heads, clock: host.clock, contents: replay?.contents });
    let documents: DocumentLibrary | undefined;
    let run: OpenRun | undefined;
    let isNew = false;
    try {
      const begun = await records.read("begin");
      if (begun === undefined) throw unknownRun(runId);
      permissions.check(begun.run);
      const journal = await records.openJournal();
      isNew = journal.view.head.seq === 0;
      // Its database was lost, or it was copied here from elsewhere.
      refuseOther(runId, { task: begun.task }, { task: journal.view.start?.task });
      documents =
        replay === undefined ? await this.#documents.open(runId, begun.run, { isNew, config }) : replay.documents;
      const { models, highestCaps } = permissions;
      const { model, agents = this.#options.staff.agents.map(({ name }) => name) } = begun.run;
      const staff = {
        ...this.#options.staff,
        agents: this.#options.staff.agents.filter(({ name }) => agents.includes(name)),
        models: instead(models, model),
      };
      const kept = await records.openShared();
      const fork = await records.fork();
      const begin = { ...begun, parent: fork?.parent ?? begun.parent ?? null };
      const traces = { ...this.#options.traces.ids(), ...langsmithTrace(config) };
      const onClose = (): Promise<void> => this.#closed(records, documents);
      const durable = { begin, journal, records, kept, documents, replay };
      run = new OpenRun({ ...durable, staff, rules, highestCaps, host, traces, onClose }, controlOf(config));
      this.#options.traces.follow(run);
      tellProgress(run, config);
      for (const listener of this.#listeners) listener(run);
      if (isNew && records.folder !== undefined)
        describeRun(records.folder, { ...begun, runId, cwd, agents: staff.agents }, host.clock.now());
      // Each resume on a disk that is full still would pay for calls whose results are lost.
      if (!isNew) await records.proveRoom();
      await run.start();
      if (fork !== undefined) await beginFork(run, fork);
      return run;
    } catch (error) {
      run?.release("it could not be opened");
      // Of two failures the first is the one to tell.
      await Promise.allSettled([closeDocuments(documents), records.close()]);
      // Who is refused has begun nothing.
      if (isNew) {
        await records.forget("begin").catch(() => undefined);
        this.#memories.forget(runId);
      }
      throw error;
    }
  }

  async #closed(records: RunRecords, documents: DocumentLibrary | undefined): Promise<void> {
    try {
      // Until the last line is written, who opens the run gets this one, and with it a journal that takes no more.
      await allEnded([closeDocuments(documents), records.close()]);
    } finally {
      this.#open.delete(records.id);
      openIn(records.store).delete(records.id);
      this.#memories.drop(records.id);
      this.#locks.drop(records.id, records.id);
    }
  }
}

/** One that cannot be opened has told those who asked for it. */
async function closeOne(opening: Promise<OpenRun> | undefined, reason: string): Promise<void> {
  const run = await opening?.catch(() => undefined);
  await run?.close(reason);
}

function closeDocuments(documents: DocumentLibrary | undefined): Promise<void> {
  return Promise.resolve().then(() => documents?.close());
}

/** Rejects with the first failure, but not before all have ended: what one holds is not taken from the others. */
async function allEnded(work: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(work);
  await Promise.all(work);
}

/** The same when LangGraph runs a step again, another for each new input. */
function taskIdOf(config: RunnableConfig): string | undefined {
  return (config as LangGraphRunnableConfig).executionInfo?.taskId;
}

function controlOf(config: RunnableConfig): RunControl | undefined {
  return (config as { control?: RunControl }).control;
}
