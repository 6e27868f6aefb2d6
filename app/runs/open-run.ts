/**
 * The life of a run in this process: opened from its durable records, at work, and finished or left. It is a cache over these records,
 * made anew by whichever process continues the run. Owns the order in which it is opened, and the order of its records at the end.
 */
import type { RunnableConfig } from "@langchain/core/runnables";
import type { RunControl } from "@langchain/langgraph";
import { redactionOf, type DataOf, type JournalLine } from "../../engine/journal/events.ts";
import type { TraceIds } from "../../engine/journal/run-events.ts";
import { workedMs } from "../../engine/journal/run-view.ts";
import { resultDigest } from "../../engine/policy/audit/result-problems.ts";
import { writeEntries } from "../../engine/policy/merge/journal-entries.ts";
import { withParallelism } from "../../engine/policy/answer/so-far.ts";
import { parallelismReport } from "../../engine/policy/report/parallelism.ts";
import type { DocumentLibrary } from "../../engine/ports/documents.ts";
import { ArtifactWriter } from "../../engine/runtime/artifacts/artifact-writer.ts";
import { beginFork } from "../../engine/runtime/run/begin-fork.ts";
import { LIVE, type Effects } from "../../engine/runtime/run/effects.ts";
import { KeyedQueue } from "../../engine/runtime/waiting/waits.ts";
import type { PosedQuestion, Run, RunRecovery, RunShared, RunTurns } from "../../engine/runtime/run/run.ts";
import type { ArtifactEvent } from "../../state/artifact.ts";
import { SwarmError } from "../../state/errors.ts";
import { differenceOf, type Question } from "../../state/question.ts";
import type { RedactedCounts, RedactionSource } from "../../state/redaction.ts";
import type { RunOptions } from "../../state/run-options.ts";
import type { Parent, RunResult } from "../../state/run-result.ts";
import { invocationOf } from "./invocation.ts";
import { startEntry, takenOver } from "./opening-lines.ts";
import type { RunDocuments } from "./run-documents.ts";
import { describeRun, keepResult, unknownRun, writeWhole } from "./run-folder.ts";
import { Life } from "./run-life.ts";
import { RunRecords } from "./run-records.ts";
import type { RunBegin, RunStore } from "./run-store.ts";
import { langsmithTrace, tellProgress } from "./run-traces.ts";
import { artifactLog, modelTurns, recoveryOf, teamOf } from "./run-services.ts";
import { Spending } from "./spending.ts";
import type { SwarmSetup } from "./swarm-setup.ts";
import type { Team } from "./team.ts";

interface Opening {
  setup: SwarmSetup;
  /** Of the runs of the swarm. */
  library: RunDocuments;
  config: RunnableConfig;
  /** Called before anything is done with it. */
  onOpen: (run: OpenRun) => void;
  /** Called once nothing of it is open any more. */
  onClose: () => void;
}

interface Facts extends Pick<Opening, "setup" | "config" | "onClose"> {
  /** With the run that it forks from or asks on about. */
  begin: RunBegin & { parent: Parent | null };
  records: RunRecords;
  documents: DocumentLibrary | undefined;
  traces: TraceIds;
}

export class OpenRun implements Run {
  readonly id: string;
  readonly question: PosedQuestion;
  readonly team: Team;
  readonly shared: RunShared;
  readonly budget: Spending;
  readonly record: RunRecords;
  readonly recovery: RunRecovery;
  readonly turns: RunTurns & { close(): void };
  readonly effects: Effects;
  readonly life: Life;
  result: RunResult | undefined;
  readonly #traces: TraceIds;
  readonly #onClose: () => void;
  #finishing: Promise<RunResult> | undefined;
  #isLeft = false;

  /** From its durable records. Whom it is refused has begun nothing, and nothing is open then. */
  static async open(recorded: RunStore, { setup, library, config, onOpen, onClose }: Opening): Promise<OpenRun> {
    const { cwd, host, permissions, replay } = setup;
    const begun = await recorded.read("begin");
    if (begun === undefined) throw unknownRun(recorded.id);
    permissions.check(begun.run);
    const records = await RunRecords.open(recorded, setup);
    const { id, isNew, folder } = records;
    let documents: DocumentLibrary | undefined;
    let run: OpenRun | undefined;
    try {
      // Its database was lost, or it was copied here from elsewhere.
      refuseOther(id, { task: begun.task }, { task: records.journal.view.start?.task });
      documents = replay === undefined ? await library.open(id, begun.run, { isNew, config }) : replay.documents;
      const fork = await records.fork();
      const begin = { ...begun, parent: fork?.parent ?? begun.parent ?? null };
      const traces = { ...setup.traces.ids(), ...langsmithTrace(config) };
      run = new OpenRun({ setup, begin, records, documents, traces, config, onClose });
      setup.traces.follow(run);
      tellProgress(run, config);
      onOpen(run);
      if (isNew && folder !== undefined)
        describeRun(folder, { ...begun, runId: id, cwd, agents: run.team.agents }, host.clock.now());
      // Each resume on a disk that is full still would pay for calls whose results are lost.
      if (!isNew) await records.proveRoom();
      await run.start();
      if (fork !== undefined) await beginFork(run, fork);
      return run;
    } catch (error) {
      run?.release("it could not be opened");
      // Of two failures the first is the one to tell.
      await Promise.allSettled([closeDocuments(documents), records.close()]);
      if (isNew) await records.forget("begin").catch(() => undefined);
      throw error;
    }
  }

  constructor({ setup, begin, records, documents, traces, config, onClose }: Facts) {
    const { clock, redactor, hidesInputs = false } = setup.host;
    const { contents, shared, journal } = records;
    const { board, toolResults } = shared;
    const { birth = records.id, parent, task, documents: asked, approve, plan, history, rejected, replaces } = begin;
    this.id = records.id;
    this.question = { birth, parent, task, documents: asked, approve, plan, history, rejected, replaces };
    this.record = records;
    this.effects = setup.replay?.effects ?? LIVE;
    this.#traces = traces;
    this.#onClose = onClose;
    const log = artifactLog(records, begin.run);
    const writer = new ArtifactWriter(log, {
      now: () => clock.now(),
      journal: (event) => this.#recordWrite(event),
      turn: (by) => this.effects.turnToWrite(log, by),
    });
    const deliveries = new KeyedQueue();
    const lanes = { board, toolResults, artifacts: log, writer, deliveries };
    this.shared = { redactor, hidesInputs, contents, documents, ...lanes };
    this.team = teamOf(this, begin, setup);
    const { highestCaps } = setup.permissions;
    this.budget = new Spending({ options: begin.run, highestCaps, records, team: this.team, clock });
    this.recovery = recoveryOf(setup.rules, this.team);
    const deadlineMs = setup.replay === undefined ? begin.run.caps.deadlineMs : undefined;
    const worked = workedMs(journal.view);
    const calling = { control: controlOf(config), invocation: invocationOf(config) };
    this.life = new Life({ hasEnded: begin.ended === true, workedMs: worked, deadlineMs, ...calling, clock });
    this.turns = setup.replay?.turns(this) ?? modelTurns(this, setup);
    for (const subtask of journal.view.parked)
      if (board.result(subtask) === undefined) board.setSuspended(subtask, true);
    journal.subscribe((line) => this.#note(line));
  }

  get options(): RunOptions {
    return this.budget.options;
  }

  /** The first line of a run; of one that goes on, that there is a new process, which books the calls of the one that died. */
  async start(): Promise<void> {
    const { journal, shared } = this.record;
    const traces = this.#traces;
    if (this.record.isNew) {
      const counts = this.shared.documents?.overview(0).redacted ?? {};
      await journal.append(startEntry(this, traces), ...redactionOf("documents", counts));
      return;
    }
    const { lost, entries } = takenOver(this, journal.view, traces);
    await journal.append(...entries);
    for (const event of shared.artifacts.events) await this.#recordWrite(event);
    for (const call of lost) this.budget.ledger.book(call);
  }

  /** Puts on record what was taken out of what came in. */
  async redacted(source: RedactionSource, counts: RedactedCounts): Promise<void> {
    const entries = redactionOf(source, counts);
    if (entries.length > 0) await this.record.journal.append(...entries);
  }

  /** Once: who closes the run meanwhile waits for it. */
  finish(result: RunResult): Promise<RunResult> {
    if (this.#finishing !== undefined) return this.#finishing;
    if (this.#isLeft) return Promise.reject(leftRun(this.id));
    this.#finishing = this.#finish(result).catch((error: unknown) => {
      this.#finishing = undefined;
      throw error;
    });
    return this.#finishing;
  }

  async #finish(result: RunResult): Promise<RunResult> {
    const { status, coverage, usage } = result;
    const { record } = this;
    await record.keepEnd(this.shared.board, result);
    // Nothing may follow the last line.
    this.turns.close();
    const digest = resultDigest(result);
    const end = { kind: "run-end" as const, data: { status, coverage, usage, digest, ...this.#leftOf(result) } };
    const journalHead = await record.seal(`run-end/${digest}`, end);
    record.publishHead();
    for (const { name, version, path } of result.artifacts)
      if (path !== null && record.folder !== undefined)
        writeWhole(record.folder, path, await this.shared.artifacts.content(name, version));
    const parallelism = parallelismReport(record.journal.view, this.shared.board.plan());
    this.result = keepResult(record.folder, withParallelism({ ...result, journalHead }, parallelism));
    await record.amend(() => ({ ended: true }));
    this.release("finished");
    await this.#free();
    return this.result;
  }

  /** What a run leaves behind, beside the results of its subtasks, which are in their own lines. */
  #leftOf(result: RunResult): Partial<DataOf<"run-end">> {
    const { contents } = this.shared;
    const files = result.artifacts.map(({ name, version, path, hash }) => ({ name, version, path, hash }));
    return {
      answer: contents.add(result.answer),
      result: contents.add(JSON.stringify({ ...result, subtasks: [] })),
      artifacts: files,
    };
  }

  /** Ends its timers, and what it has of others; what is on record stays open. */
  release(reason: string): void {
    this.turns.close();
    this.life.end(reason);
  }

  /** `reason`: why this process leaves the run, for the journal; one that is being finished says so itself, and is free then. */
  async close(reason: string): Promise<void> {
    this.#isLeft = true;
    this.release(reason);
    const hasFinished = await this.#finishing?.then(
      () => true,
      () => false,
    );
    if (hasFinished === true) return;
    try {
      if (!this.record.journal.view.isClosed)
        await this.record.journal.append({ kind: "process-end", data: { reason } });
    } catch (error) {
      // A journal that takes no more lines has told those who work on the run; what the run holds is freed all the same.
      if (!(error instanceof SwarmError)) throw error;
    } finally {
      await this.#free();
    }
  }

  async #free(): Promise<void> {
    try {
      await closeDocuments(this.shared.documents);
    } finally {
      // Until the last line is written, who opens the run gets this one, and with it a journal that takes no more.
      await this.record.close().finally(this.#onClose);
    }
  }

  /** Of what became of a write of an artifact, once. */
  async #recordWrite(event: ArtifactEvent): Promise<void> {
    const content = this.shared.contents.add(JSON.stringify(event));
    await Promise.all(writeEntries(event, content).map(({ key, entry }) => this.record.once(key, entry)));
  }

  #note(line: JournalLine): void {
    // What another run's agent has done says nothing of this one's.
    if (line.kind !== "attempt-end" || line.data.keptFrom !== undefined) return;
    this.team.ended(line.data.agent, line.data.outcome);
  }
}

function closeDocuments(documents: DocumentLibrary | undefined): Promise<void> {
  return Promise.resolve().then(() => documents?.close());
}

function controlOf(config: RunnableConfig): RunControl | undefined {
  return (config as { control?: RunControl }).control;
}

export function leftRun(runId: string): SwarmError {
  return new SwarmError("INTERNAL", `run ${runId} was left by this process`);
}

/** Throws SwarmError RUN_DIFFERS where what is asked is not what is on record. */
export function refuseOther(runId: string, asked: Partial<Question>, onRecord: Partial<Question>): void {
  const difference = differenceOf(asked, onRecord);
  if (difference === undefined) return;
  throw new SwarmError("RUN_DIFFERS", `run ${runId} was asked something else: ${difference}`, {
    next: "ask it as new input on a thread of its own, or change the state at a checkpoint before the planner",
    data: { runId },
  });
}
