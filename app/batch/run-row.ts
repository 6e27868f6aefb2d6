/**
 * One run of a batch, from its beginning or from where it was left, within what the batch leaves it to spend. It is a run as any other:
 * its folder, its journal, its result; `show` and `resume` know it.
 */
import { linkSync } from "node:fs";
import { join } from "node:path";
import type { HomeStorage } from "../../adapters/storage/home-storage.ts";
import type { ChainHead } from "../../engine/journal/chain.ts";
import { workedMs } from "../../engine/journal/run-view.ts";
import { lostUsage } from "../../engine/journal/spending-view.ts";
import { outcomeOf, type RunEnd } from "../../engine/policy/batch/row-outcome.ts";
import type { Run } from "../../engine/runtime/run/run.ts";
import type { Reserved, RowOutcome } from "../../state/batch.ts";
import { defined } from "../../state/is-record.ts";
import { addUsage, Caps, isAbove } from "../../state/usage.ts";
import { execute, prepared, withSwarm, type Assembled, type GraphInput } from "../cli/execute.ts";
import { inputOf } from "../cli/next-input.ts";
import { hasRun, loadSettings, saveSettings } from "../cli/run-files.ts";
import { readRunRecord } from "../cli/run-record.ts";
import type { RunConfig } from "../config/run-config.ts";
import { overlaid, type RunSettings } from "../config/run-settings.ts";
import { DOCUMENT_INDEX_FILE, runFolder } from "../runs/run-folder.ts";
import { readJournal } from "../runs/run-journal.ts";

export interface RowRun {
  runId: string;
  settings: RunSettings;
  /** That they were made of. */
  config: RunConfig;
  reserved: Reserved;
  home: string;
  storage: HomeStorage;
  indexes: SharedIndexes;
  /** Ends the run where it can be continued. */
  signal: AbortSignal;
  /** What is over is tried again; false: its result is what it has come to. */
  isRetry: boolean;
  now: number;
  onOpen: (run: Run) => void;
}

/** `isVain`: it had begun before, and there was nothing to go on with. */
export type RowEnd = { outcome: RowOutcome; isOver: boolean; isVain: boolean };

/** Throws SwarmError where the run cannot be begun or opened; then nothing of it has been spent. */
export async function runRow(row: RowRun): Promise<RowEnd> {
  const { runId, home, storage, signal } = row;
  const isBegun = hasRun(home, runId);
  const own = isBegun ? begunSettings(row) : { ...row.settings, runId, createdAt: timeOf(row) };
  const given = narrowed(own, row.reserved);
  return withSwarm(given, { home, storage }, async (swarm, settings) => {
    swarm.runs.hold(runId);
    const next = isBegun ? await going(swarm, settings, row) : await beginning(swarm, { settings, given }, row);
    if ("result" in next)
      return endOf({ result: next.result, interrupted: false, error: undefined }, { row, isVain: true });
    let head: (() => ChainHead) | undefined;
    const stopListening = swarm.runs.onOpen((run) => {
      row.onOpen(run);
      head = () => run.record.journal.view.head;
    });
    const interruption = { signal, onStop: () => undefined };
    const executing = { settings, home, swarm, input: next.input, json: true, isQuiet: true, interruption };
    const end = await execute(executing).finally(stopListening);
    return endOf(end, { row, isVain: false, head: head?.() });
  });
}

function timeOf({ now }: RowRun): string {
  return new Date(now).toISOString();
}

/** Those that it was begun with, and what is no part of a row's identity as the command has it now. */
function begunSettings({ home, runId, settings: { cwd }, config }: RowRun): RunSettings {
  const { baseUrl, concurrency, limits, maxAgents, cacheWarmupMs, otel, heads, signingKey } = config;
  const named = { baseUrl, concurrency, limits, maxAgents, cacheWarmupMs, otel, heads, signingKey };
  return overlaid(loadSettings(home, runId), named, { cwd });
}

/** The caps of the row, and what the batch leaves of them. */
function narrowed(settings: RunSettings, { steps, tokens, usd, deadlineMs }: Reserved): RunSettings {
  const given = defined({ maxSteps: steps, maxTokens: tokens, maxUsd: usd, deadlineMs });
  return { ...settings, run: { ...settings.run, caps: Caps.parse({ ...settings.run.caps, ...given }) } };
}

type Next = { input: GraphInput } | { result: RunEnd["result"] };

async function beginning(
  swarm: Assembled,
  { settings, given }: { settings: RunSettings; given: RunSettings },
  { home, signal, indexes }: RowRun,
): Promise<Next> {
  saveSettings(home, settings);
  const prepare = () => indexes.opened(settings, () => swarm.runs.prepare(settings.runId, given.run, signal));
  return prepared(swarm, given, { home, signal, prepare });
}

async function going(swarm: Assembled, settings: RunSettings, { home, runId, isRetry }: RowRun): Promise<Next> {
  const recorded = swarm.runs.recorded(runId);
  await recorded.check();
  // Ended, and killed before the batch was told; or continued by hand meanwhile.
  if (!isRetry && readJournal(home, runId).isClosed) return readRunRecord(home, runId, { isHeld: true });
  const { caps } = settings.run;
  const raises = isAbove(caps, loadSettings(home, runId).run.caps);
  if (await recorded.hasBegun()) await recorded.amendCaps(caps);
  const next = await inputOf({ settings, swarm, home, answer: undefined, plan: undefined, looksAgain: false, raises });
  if ("input" in next) saveSettings(home, settings);
  return next;
}

/** A run that says nothing of its end, an interrupted one too, waits and can go on. */
function endOf(
  end: RunEnd,
  { row, isVain, head }: { row: RowRun; isVain: boolean; head?: ChainHead | undefined },
): RowEnd {
  const outcome = outcomeOf(end, head ?? readJournal(row.home, row.runId).head);
  return { outcome, isOver: outcome.class !== "paused", isVain };
}

/** What a run that nobody works on has taken at most, by its journal. Throws SwarmError JOURNAL_BROKEN. */
export function takenBy(home: string, runId: string): Pick<RowOutcome, "usage" | "wallMs"> {
  const view = readJournal(home, runId);
  const { spent, open } = view.spending;
  return { usage: [...open.values()].map(lostUsage).reduce(addUsage, spent), wallMs: workedMs(view) };
}

/**
 * One index for all rows with the same documents: the first run builds it in its folder, the others have it by another name (a hard
 * link; an index is only read). Where the file system has none of those, each builds its own.
 */
export class SharedIndexes {
  readonly #home: string;
  /** By documents: the file, once it is there; undefined: it could not be built. */
  readonly #built = new Map<string, Promise<string | undefined>>();

  constructor(home: string) {
    this.#home = home;
  }

  /** Opens the documents of a run that is about to begin by `prepare`, which builds the index where there is none. Rejects as it does. */
  async opened<Opened>({ runId, cwd, run, redact }: RunSettings, prepare: () => Promise<Opened>): Promise<Opened> {
    const key = JSON.stringify([cwd, run.documents, run.documentLimits, redact]);
    const file = join(runFolder(this.#home, runId), DOCUMENT_INDEX_FILE);
    const building = this.#built.get(key);
    const other = await building;
    if (other !== undefined) linkIfPossible(other, file);
    const preparing = prepare();
    if (other === undefined && this.#built.get(key) === building)
      this.#built.set(
        key,
        preparing.then(
          () => file,
          () => undefined,
        ),
      );
    return preparing;
  }
}

function linkIfPossible(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    // It is built anew.
  }
}
