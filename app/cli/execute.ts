/**
 * Runs or continues a run on the command line and turns however it ends into a result: finished, paused for a human,
 * interrupted, or failed. Owns the order of things at the end: the result is on disk before it is printed.
 */
import { Command, isGraphDrained, RunControl } from "@langchain/langgraph";
import { databaseUnlocked } from "../../adapters/storage/database.ts";
import { openHomeStorage, type HomeStorage } from "../../adapters/storage/home-storage.ts";
import { newRunView } from "../../engine/journal/run-view.ts";
import { resultSoFar } from "../../engine/policy/answer/so-far.ts";
import type { Run } from "../../engine/runtime/run/run.ts";
import { describeError, SwarmError } from "../../state/errors.ts";
import { listOf } from "../../state/is-record.ts";
import type { DocumentsReport } from "../../state/left-out.ts";
import { ownPauseIn, pendingPause, type OwnPause } from "../../state/review.ts";
import type { RunResult, RunStatus } from "../../state/run-result.ts";
import { CEILINGS } from "../../state/usage.ts";
import { readRecovery } from "../config/read-agents.ts";
import { redactedSettings, swarmOptionsOf, type RunSettings } from "../config/run-settings.ts";
import { assembleSwarm, type SwarmGraph } from "../create-swarm.ts";
import { refuseUnpriced } from "../price-check.ts";
import type { OpenRun } from "../runs/open-run.ts";
import { runFolder, SETTINGS_FILE, writeResult } from "../runs/run-folder.ts";
import { namingLeft } from "../runs/run-journal.ts";
import { pendingInterrupts, resumeMap } from "./answers.ts";
import type { Interruption } from "./interruption.ts";
import { forgetSettings, readResult } from "./run-files.ts";
import { readRunRecord } from "./run-record.ts";
import { TERMINAL } from "./terminal.ts";
import { shareUntracedRoot } from "./untraced-root.ts";
import { createProgressView } from "./view/create-progress-view.ts";
import { isScreen } from "./view/guarded-stream.ts";

export type Assembled = ReturnType<typeof assembleSwarm>;

export interface Execution {
  result: RunResult;
  interrupted: boolean;
  /** Why it failed, or cannot go on now, where it did not come to an end of its own. */
  error: unknown;
}

/** A first input, a `Command({ resume })`, or null: go on from the last checkpoint. */
export type GraphInput = Parameters<SwarmGraph["invoke"]>[0];

export interface Executing {
  settings: RunSettings;
  home: string;
  swarm: Assembled;
  input: GraphInput;
  /** The result is one JSON object: nothing beside it but on a terminal. */
  json: boolean;
  interruption: Pick<Interruption, "signal" | "onStop">;
  isQuiet?: boolean;
}

/** Who types the commands is the owner, and answers as such. */
const OWNER_MAY_RAISE_TO = { ...CEILINGS, maxTokens: Number.MAX_SAFE_INTEGER, maxUsd: Number.MAX_VALUE };

interface Place {
  home: string;
  /** Of the home, where it is open already: it stays open. */
  storage?: HomeStorage;
}

/** A swarm of these settings for as long as the work takes; `settings`: what is kept and shown. Throws SwarmError. */
export async function withSwarm<Worked>(
  given: RunSettings,
  { home, storage }: Place,
  work: (swarm: Assembled, settings: RunSettings) => Promise<Worked>,
): Promise<Worked> {
  if (storage === undefined) await databaseUnlocked(home);
  const options = { ...swarmOptionsOf(given), home, allowCommands: true, raiseTo: OWNER_MAY_RAISE_TO };
  const openStorage = (): HomeStorage =>
    storage === undefined ? warmed(openHomeStorage(home)) : { ...storage, close: () => Promise.resolve() };
  const swarm = assembleSwarm(options, openStorage, (problem) => TERMINAL.note(problem));
  try {
    // The swarm itself sees to what it is asked.
    const settings = redactedSettings(given, swarm.redactor);
    const { maxUsd } = settings.run.caps;
    refuseUnpriced({ ...settings, recovery: readRecovery(settings.recovery), maxUsd }, swarm.models);
    return await work(swarm, settings);
  } finally {
    await swarm.close("the command ended");
  }
}

function warmed(storage: HomeStorage): HomeStorage {
  storage.warm();
  return storage;
}

interface Preparing {
  home: string;
  signal: AbortSignal;
  /** Opens its documents; rejects as `runs.prepare` does. */
  prepare: () => Promise<DocumentsReport>;
}

/**
 * What a run whose settings are kept begins with, and what its documents are. Where it is refused it has not begun: nothing of it is
 * kept. Throws SwarmError.
 */
export async function prepared(
  swarm: Assembled,
  settings: RunSettings,
  { home, signal, prepare }: Preparing,
): Promise<{ input: GraphInput; documents?: DocumentsReport }> {
  try {
    // What is told of an earlier run is among the documents.
    const told = settings.followUp === undefined ? undefined : await beginning(swarm, settings);
    const documents = await prepare();
    return { documents, input: told ?? (await beginning(swarm, settings)) };
  } catch (error) {
    // Who has stopped it has a run to continue: the graph drains at once.
    if (signal.aborted) return { input: await beginning(swarm, settings) };
    forgetSettings(home, settings.runId);
    await swarm.runs.origins.forget(settings.runId);
    throw error;
  }
}

/** What the graph is given when the run begins; what it takes from a recorded run is put into its store. Throws SwarmError. */
export async function beginning({ runs }: Assembled, settings: RunSettings): Promise<GraphInput> {
  const { runId, run, fork, followUp } = settings;
  if (followUp !== undefined) await runs.origins.followUp(followUp, runId);
  if (fork !== undefined) await runs.origins.fork(fork.source, { runId, run, request: fork });
  const { task, plan } = settings;
  const { documents, approve } = run;
  return { task, documents, approve, ...(plan === undefined ? {} : { plan }) } as GraphInput;
}

/** Never throws for what can go wrong in a run: that is `error`, with a result that says how far it came. */
export async function execute(executing: Executing): Promise<Execution> {
  const { settings, swarm, home, interruption } = executing;
  shareUntracedRoot(process.env);
  const { runId } = settings;
  const kind = executing.isQuiet === true ? "none" : viewFor(executing.json);
  const view = await createProgressView({ stream: process.stderr, kind, now: () => Date.now() });
  const control = new RunControl();
  const drain = (): void => control.requestDrain("interrupted");
  interruption.onStop = () => view.close();
  interruption.signal.addEventListener("abort", drain);
  if (interruption.signal.aborted) drain();
  let handle: OpenRun | undefined;
  const stopListening = swarm.runs.onOpen((run) => {
    handle = run;
    view.attach(run);
  });
  const config = { configurable: { thread_id: runId }, control };
  let error: unknown;
  try {
    await swarm.graph.invoke(executing.input, config);
  } catch (thrown) {
    error = namingLeft(thrown instanceof AggregateError ? listOf(thrown.errors)[0] : thrown, home, runId);
  } finally {
    stopListening();
    interruption.signal.removeEventListener("abort", drain);
    view.close();
  }
  const pausedBy = pauseIn(error, handle);
  const interrupted = isGraphDrained(error) && pausedBy === undefined;
  const asked = error === undefined ? await pendingInterrupts(swarm.graph, runId) : [];
  const interrupts = pausedBy === undefined ? asked : [pendingPause(pausedBy)];
  if (error === undefined && interrupts.length === 0)
    return { result: handle?.result ?? readResult(home, runId), interrupted: false, error };
  const status: RunStatus = interrupted || interrupts.length > 0 ? "paused" : "failed";
  const result = unfinished(settings, handle, { status, interrupts, runDir: runFolder(home, runId) });
  if (handle !== undefined) keep(home, result);
  if (isStorageFailure(error)) return { result, interrupted, error: pausedError(runId, error) };
  return { result, interrupted, error: interrupted || pausedBy !== undefined ? undefined : error };
}

/** Why the run has paused itself: for want of something that is given to it at its next start, or of storage that takes its records. */
function pauseIn(error: unknown, handle: Run | undefined): OwnPause | undefined {
  if (isStorageFailure(error)) return { signal: "storage", evidence: describeError(error) };
  const pausedBy = isGraphDrained(error) ? handle?.life.pausedBy : undefined;
  return pausedBy && { signal: pausedBy.kind, evidence: pausedBy.evidence };
}

/**
 * How a run stands that could not go on, since the storage did not take what going on begins with. Throws the error where it is
 * another one, or the run has nothing left to do.
 */
export async function pausedByStorage(settings: RunSettings, home: string, error: unknown): Promise<Execution> {
  if (!isStorageFailure(error)) throw error;
  const { runId } = settings;
  const interrupts = [pendingPause({ signal: "storage", evidence: describeError(error) })];
  const found = await readRunRecord(home, runId).then(
    ({ result }) => result,
    () => unfinished(settings, undefined, { status: "paused", interrupts, runDir: runFolder(home, runId) }),
  );
  if (found.status === "complete") throw error;
  return { result: { ...found, status: "paused", interrupts }, interrupted: false, error: pausedError(runId, error) };
}

/** Nothing is asked of a model before what was there is saved: such a run has lost no more than what was under way. */
function isStorageFailure(error: unknown): error is SwarmError {
  return error instanceof SwarmError && (error.code === "DATABASE_LOCKED" || error.code === "STORAGE_FAILED");
}

function pausedError(runId: string, { code, message, cause }: SwarmError): SwarmError {
  return new SwarmError(code, `run ${runId} is paused: ${message}`, {
    cause,
    next: `once that is fixed: glasshive resume ${runId}`,
  });
}

type Ending = Pick<Parameters<typeof resultSoFar>[0], "status" | "interrupts" | "runDir">;

/** How far a run came that did not end by itself; `run`: undefined where it was never opened. */
function unfinished({ runId, task, model = "offline" }: RunSettings, run: Run | undefined, ending: Ending): RunResult {
  const { view } = run?.record.journal ?? { view: newRunView() };
  return resultSoFar({ runId, task, model, ...ending }, view, run?.shared.board);
}

/** A full disk must not hide why the run stopped. */
function keep(home: string, result: RunResult): void {
  try {
    writeResult(runFolder(home, result.runId), result, { newerThan: SETTINGS_FILE });
  } catch {
    return;
  }
}

/** How a run is shown: a live picture on a terminal, quiet lines elsewhere. */
function viewFor(json: boolean): "live" | "lines" | "none" {
  if (isScreen(process.stderr)) return "live";
  return json ? "none" : "lines";
}

/** Whether a question can be asked here: a person sees standard error and can type. */
function canAsk({ json }: Pick<Executing, "json">): boolean {
  return !json && process.stdin.isTTY && process.stderr.isTTY && process.env["TERM"] !== "dumb";
}

/**
 * Executes a run, and where a person sits at a terminal asks them what it waits for, there and then: the run goes on in the same
 * process. While they think nobody holds the run: another process may answer, and is told from then on what is no longer asked.
 */
export async function executeAsking(executing: Executing): Promise<Execution> {
  return asking(await execute(executing), executing);
}

/** Goes on with what has paused for as long as the person answers. */
export async function asking(first: Execution, executing: Executing): Promise<Execution> {
  const { swarm, settings, interruption } = executing;
  const { runId } = settings;
  const left = new Set<string>();
  let execution = first;
  while (canAsk(executing) && !execution.interrupted) {
    const open = execution.result.interrupts.filter((one) => ownPauseIn(one) === undefined && !left.has(one.id));
    if (open.length === 0) break;
    await swarm.runs.close("waits for a human at the terminal");
    const { askPending } = await import("./prompt/ask-pending.ts");
    const answers = await askPending(open, { signal: interruption.signal });
    if (interruption.signal.aborted) return { ...execution, interrupted: true };
    for (const { id } of open) if (!(id in answers)) left.add(id);
    if (Object.keys(answers).length === 0) break;
    swarm.runs.hold(runId);
    const resume = resumeMap(await pendingInterrupts(swarm.graph, runId), answers, runId);
    execution = await execute({ ...executing, input: new Command({ resume }) });
  }
  return execution;
}
