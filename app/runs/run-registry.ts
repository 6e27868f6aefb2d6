/**
 * The runs of a swarm that this process has open. Begins a run, or opens one from its durable records: with a home, the run's
 * folder and the home's database; without, whatever store the graph was given.
 *
 * 1. One process a run: with a home, a run that another process works on is refused (RUN_HELD).
 * 2. A node may ask for its run at any time and any number of times: the records are read once.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { RunnableConfig } from "@langchain/core/runnables";
import type { StructuredToolInterface } from "@langchain/core/tools";
import { InMemoryStore, type BaseStore, type RunControl } from "@langchain/langgraph";
import { openDocuments } from "../../adapters/documents/document-library.ts";
import { lastingStore } from "../../adapters/storage/host-store.ts";
import { openJournalFile } from "../../adapters/storage/journal-file.ts";
import { journalInStore } from "../../adapters/storage/journal-in-store.ts";
import { lockRun, type RunLock } from "../../adapters/storage/run-lock.ts";
import { runNamespace } from "../../adapters/storage/run-namespace.ts";
import { artifactsInStore } from "../../adapters/storage/artifacts-in-store.ts";
import { openBoard } from "../../adapters/storage/store-board.ts";
import { openShelf } from "../../adapters/storage/store-shelf.ts";
import { openJournal } from "../../engine/journal/open-journal.ts";
import type { Clock } from "../../engine/ports/clock.ts";
import type { DocumentLibrary } from "../../engine/ports/documents.ts";
import type { Journal, JournalStorage } from "../../engine/ports/journal.ts";
import type { BeginOptions, RunHandle, RunRegistry, Skill } from "../../engine/ports/run.ts";
import type { Detection, RecoveryPolicy } from "../../state/recovery-policy.ts";
import { documentsReport, type DocumentsReport } from "../../state/left-out.ts";
import type { AgentProfile } from "../../state/agent-profile.ts";
import type { RunOptions } from "../../state/run-options.ts";
import { SwarmError } from "../../state/errors.ts";
import type { RunResult } from "../../state/run-result.ts";
import type { Permissions } from "../permissions.ts";
import type { LimiterPool } from "./limiter-pool.ts";
import { OpenRun } from "./open-run.ts";
import { readHistory } from "./read-history.ts";
import { refuseEmpty } from "./refuse-empty.ts";
import { unknownRun } from "./unknown-run.ts";
import {
  ANSWER_FILE,
  DOCUMENT_INDEX_FILE,
  JOURNAL_FILE,
  RESULT_FILE,
  runFolder,
  SETTINGS_FILE,
  writeWhole,
} from "./run-folder.ts";

export interface RegistryOptions {
  /** Where run folders are; undefined: the journal is kept on the store, and there are no folders. */
  home: string | undefined;
  store: BaseStore | undefined;
  /** Where the person stands: document paths are shown relative to it. */
  cwd: string;
  agents: readonly AgentProfile[];
  skills: ReadonlyMap<string, Skill>;
  tools: readonly StructuredToolInterface[];
  recovery: RecoveryPolicy;
  detection: Detection;
  permissions: Permissions;
  limiters: LimiterPool;
  clock: Clock;
  /** Resolves when the checkpoints that were handed over so far survive the death of this process; undefined: nobody can say. */
  saved?: () => Promise<void>;
  newId: () => string;
}

/** What the store keeps of a run from its begin. */
interface RunRecord {
  task: string;
  run: RunOptions;
  plan?: Record<string, unknown>;
}

export class Runs implements RunRegistry {
  readonly #options: RegistryOptions;
  readonly #open = new Map<string, Promise<OpenRun>>();
  readonly #opened = new Set<(run: RunHandle) => void>();
  readonly #locks = new Map<string, RunLock>();
  /** Documents of runs that are about to begin. */
  readonly #prepared = new Map<string, DocumentLibrary>();
  #memory: BaseStore | undefined;
  #isClosed = false;

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  newId(): string {
    return this.#options.newId();
  }

  /** Calls `listener` with each run that is opened, before anything is done with it. */
  onOpen(listener: (run: RunHandle) => void): void {
    this.#opened.add(listener);
  }

  async begin(runId: string, options: BeginOptions, config: RunnableConfig): Promise<RunHandle> {
    const store = this.#storeOf(config);
    const place = runNamespace(runId, "run");
    const known = await store.get(place, "begin");
    if (known === null) {
      const record: RunRecord = {
        task: options.task,
        run: options.run,
        ...(options.plan === undefined ? {} : { plan: options.plan }),
      };
      await this.prepare(runId, options.run);
      await store.put(place, "begin", record);
      this.#describe(runId, options);
    }
    return this.open(runId, config);
  }

  /**
   * Opens the documents of a run that is about to begin, so that who is refused has begun nothing. Throws SwarmError
   * DOCUMENTS_UNREADABLE where one cannot be read, or has nothing to read in it.
   */
  async prepare(runId: string, run: RunOptions): Promise<DocumentsReport> {
    const documents = this.#prepared.get(runId) ?? (await this.#documentsOf(runId, run));
    if (documents === undefined) return documentsReport(undefined);
    try {
      const overview = documents.overview(0);
      refuseEmpty(overview);
      this.#prepared.set(runId, documents);
      return documentsReport(overview);
    } catch (error) {
      documents.close();
      throw error;
    }
  }

  async open(runId: string, config: RunnableConfig): Promise<RunHandle> {
    const control = controlOf(config);
    const known = this.#open.get(runId);
    if (known !== undefined) {
      const run = await known;
      await run.beginInvocation(control);
      return run;
    }
    // LangGraph does not stop the lanes beside one that threw: opened again by one of them, the run would have two journals at once.
    if (this.#isClosed) throw new SwarmError("INTERNAL", `run ${runId} was left by this process`);
    const opening = this.#openFromRecords(runId, config, control);
    this.#open.set(runId, opening);
    try {
      return await opening;
    } catch (error) {
      this.#open.delete(runId);
      throw error;
    }
  }

  /**
   * Makes the run this process's own before it is opened, so that whoever is refused has changed nothing. Without a home there
   * is nothing to hold. Throws SwarmError RUN_HELD.
   */
  hold(runId: string): void {
    const { home } = this.#options;
    if (home !== undefined && !this.#locks.has(runId)) this.#locks.set(runId, lockRun(runFolder(home, runId), runId));
  }

  /** As `close`, and opens none again. */
  end(reason: string): Promise<void> {
    this.#isClosed = true;
    return this.close(reason);
  }

  /** Frees every run that is open or held; `reason`: why this process leaves them. */
  async close(reason: string): Promise<void> {
    try {
      await Promise.all([...this.#open.values()].map(async (opening) => (await opening).close(reason)));
    } finally {
      for (const documents of this.#prepared.values()) documents.close();
      this.#prepared.clear();
      for (const runId of [...this.#locks.keys()]) this.#release(runId);
    }
  }

  #release(runId: string): void {
    this.#locks.get(runId)?.release();
    this.#locks.delete(runId);
  }

  /** Whether a run of this id has begun. */
  async has(runId: string): Promise<boolean> {
    return (await this.#storeOf({}).get(runNamespace(runId, "run"), "begin")) !== null;
  }

  /** Sets other caps for a run that has begun and is not open; what is not named stays. Throws SwarmError RUN_UNKNOWN. */
  async amend(runId: string, caps: Partial<RunOptions["caps"]>): Promise<void> {
    await amendCaps(this.#storeOf({}), runId, caps);
  }

  /** A program's run has no settings of the command line: it is listed and shown all the same. */
  #describe(runId: string, { task, run, plan }: BeginOptions): void {
    const { home, clock, cwd, agents } = this.#options;
    if (home === undefined) return;
    const folder = runFolder(home, runId);
    if (existsSync(join(folder, SETTINGS_FILE))) return;
    const createdAt = new Date(clock.now()).toISOString();
    const about = { runId, createdAt, task, cwd, agents, run, plan, isEmbedded: true };
    writeWhole(folder, SETTINGS_FILE, `${JSON.stringify(about, null, 2)}\n`);
  }

  async #openFromRecords(runId: string, config: RunnableConfig, control: RunControl | undefined): Promise<OpenRun> {
    const { home, clock } = this.#options;
    const folder = home === undefined ? undefined : runFolder(home, runId);
    this.hold(runId);
    let storage: JournalStorage | undefined;
    let documents: DocumentLibrary | undefined;
    try {
      const store = this.#storeOf(config);
      const record = (await store.get(runNamespace(runId, "run"), "begin"))?.value as RunRecord | undefined;
      if (record === undefined) throw unknownRun(runId);
      this.#options.permissions.check(record.run);
      storage = folder === undefined ? journalInStore(store, runId) : await openJournalFile(join(folder, JOURNAL_FILE));
      const journal = await openJournal({ storage, run: runId, clock });
      documents = this.#prepared.get(runId) ?? (await this.#documentsOf(runId, record.run));
      this.#prepared.delete(runId);
      const run = await this.#assemble(runId, { record, journal, documents, store, folder, control });
      await this.#announce(run, record);
      return run;
    } catch (error) {
      documents?.close();
      await storage?.close();
      this.#release(runId);
      throw error;
    }
  }

  async #assemble(runId: string, parts: Assembling): Promise<OpenRun> {
    const { record, journal, documents, store, folder, control } = parts;
    const { home, agents, skills, tools, recovery, detection, permissions, limiters, clock } = this.#options;
    const { models, highestCaps } = permissions;
    const board = await openBoard(store, runId);
    const kept = artifactsInStore(store, runId);
    const artifacts = { storage: kept, events: await kept.read() };
    return new OpenRun(
      {
        ...{
          id: runId,
          task: record.task,
          options: record.run,
          givenPlan: record.plan,
          agents,
          skills,
          recovery,
          tools,
        },
        ...{
          journal,
          board,
          artifacts,
          shelf: openShelf(store, runId),
          documents,
          models,
          limiters,
          clock,
          detection,
          highestCaps,
        },
        saved: this.#options.saved ?? (() => Promise.resolve()),
        keepCaps: (caps) => amendCaps(store, runId, caps),
        readHistory: () => readHistory(home, { except: runId, clock }),
        keepResult: (result) => keepResult(result, folder),
        keepArtifact: (file, content) => folder !== undefined && writeWhole(folder, file, content),
        onClose: async () => {
          documents?.close();
          // Until the last line is written, who opens the run gets this one, and with it a journal that takes no more.
          await journal.close();
          this.#open.delete(runId);
          this.#release(runId);
        },
      },
      control,
    );
  }

  async #announce(run: OpenRun, record: RunRecord): Promise<void> {
    for (const listener of this.#opened) listener(run);
    if (run.journal.past.length > 0) {
      await run.takeOver();
      return;
    }
    const { task, run: options } = record;
    await run.journal.append({
      kind: "run-start",
      data: {
        task,
        options,
        model: run.model.id,
        agents: run.agents.map(({ name }) => name),
        documents: documentsReport(run.documents?.overview(0)),
      },
    });
  }

  async #documentsOf(runId: string, run: RunOptions): Promise<DocumentLibrary | undefined> {
    const { documents: roots, documentLimits } = run;
    if (roots.length === 0) return undefined;
    const { home, cwd } = this.#options;
    const indexFile = home === undefined ? undefined : join(runFolder(home, runId), DOCUMENT_INDEX_FILE);
    return openDocuments({
      roots,
      cwd,
      indexFile,
      ...(documentLimits === undefined ? {} : { limits: documentLimits }),
    });
  }

  #storeOf(config: RunnableConfig): BaseStore {
    const { store: handed } = config as { store?: BaseStore };
    if (this.#options.store !== undefined) return this.#options.store;
    if (handed !== undefined) return lastingStore(handed);
    this.#memory ??= new InMemoryStore();
    return this.#memory;
  }
}

interface Assembling {
  record: RunRecord;
  journal: Journal;
  documents: DocumentLibrary | undefined;
  store: BaseStore;
  folder: string | undefined;
  control: RunControl | undefined;
}

async function amendCaps(store: BaseStore, runId: string, caps: Partial<RunOptions["caps"]>): Promise<void> {
  const place = runNamespace(runId, "run");
  const record = (await store.get(place, "begin"))?.value as RunRecord | undefined;
  if (record === undefined) throw unknownRun(runId);
  await store.put(place, "begin", { ...record, run: { ...record.run, caps: { ...record.run.caps, ...caps } } });
}

function controlOf(config: RunnableConfig): RunControl | undefined {
  return (config as { control?: RunControl }).control;
}

function keepResult(result: RunResult, folder: string | undefined): RunResult {
  const artifacts = folder === undefined ? result.artifacts.map((one) => ({ ...one, file: null })) : result.artifacts;
  const kept = { ...result, artifacts, runDir: folder ?? null };
  if (folder !== undefined) {
    writeWhole(folder, ANSWER_FILE, kept.answer);
    writeWhole(folder, RESULT_FILE, `${JSON.stringify(kept, null, 2)}\n`, { newerThan: SETTINGS_FILE });
  }
  return kept;
}
