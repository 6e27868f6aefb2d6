/** What an open run is put together from: its durable records, and what this process lends it. */
import { setMaxListeners } from "node:events";
import type { StructuredToolInterface } from "@langchain/core/tools";
import type { RunControl } from "@langchain/langgraph";
import { after } from "../../adapters/clock/system-clock.ts";
import type { Journal } from "../../engine/journal/open-journal.ts";
import type { TraceIds } from "../../engine/journal/run-events.ts";
import type { Redactor } from "../../engine/policy/redaction/redactor.ts";
import type { Clock } from "../../engine/ports/clock.ts";
import type { Contents } from "../../engine/ports/board.ts";
import type { DocumentLibrary } from "../../engine/ports/documents.ts";
import type { ModelProvider } from "../../engine/ports/models.ts";
import type { Effects } from "../../engine/runtime/run/effects.ts";
import type { Run, RunLife, RunTurns } from "../../engine/runtime/run/run.ts";
import { Ended, type StopSignals } from "../../engine/runtime/turns/ending.ts";
import type { AgentProfile, Skill } from "../../state/agent-profile.ts";
import type { Detection, RecoveryPolicy } from "../../state/recovery-policy.ts";
import type { Parent } from "../../state/run-result.ts";
import type { Signal } from "../../state/signal.ts";
import type { Caps } from "../../state/usage.ts";
import type { LimiterPool } from "./limiter-pool.ts";
import type { RunRecords } from "./run-records.ts";
import type { RunBegin } from "./run-store.ts";

export interface Staff {
  agents: readonly AgentProfile[];
  skills: ReadonlyMap<string, Skill>;
  /** Beside the built-in ones. */
  tools: readonly StructuredToolInterface[];
}

export interface Rules {
  recovery: RecoveryPolicy;
  detection: Detection;
}

export interface RunHost {
  clock: Clock;
  limiters: LimiterPool;
  /** Of what comes into runs. */
  redactor: Redactor;
  /** Traces are to hold nothing of what is asked. Default: they may. */
  hidesInputs?: boolean;
  /** Resolves when what the steps so far have done survives the death of this process, as far as the checkpointer says. */
  saved: () => Promise<void>;
}

export interface RunParts {
  /** With the run that it forks from or asks on about. */
  begin: RunBegin & { parent: Parent | null };
  staff: Staff & { models: ModelProvider };
  rules: Rules;
  highestCaps: Caps;
  journal: Journal;
  records: RunRecords;
  kept: Awaited<ReturnType<RunRecords["openShared"]>>;
  documents: DocumentLibrary | undefined;
  host: RunHost;
  traces: TraceIds;
  replay?: Replay | undefined;
  onClose: () => Promise<void>;
}

/** What a run that is run again has in place of what a run at work has (app/replay/). */
export interface Replay {
  effects: Effects;
  documents: DocumentLibrary | undefined;
  contents: Contents;
  turns: (run: Pick<Run, "budget" | "life">) => RunTurns & { close(): void };
}

interface Facts {
  hasEnded: boolean;
  /** Milliseconds that earlier processes worked on the run. */
  workedMs: number;
  deadlineMs: number | undefined;
  control: RunControl | undefined;
  clock: Clock;
}

/** What stops a run in this process, and how long it has worked. */
export class Life implements RunLife {
  readonly hasEnded: boolean;
  readonly stop: InvocationSignals;
  isDraining = false;
  pausedBy: Signal | undefined;
  readonly workedMs: () => number;
  readonly #control: RunControl | undefined;

  constructor({ hasEnded, workedMs, deadlineMs, control, clock }: Facts) {
    this.hasEnded = hasEnded;
    this.#control = control;
    const since = clock.now();
    this.workedMs = () => workedMs + (clock.now() - since);
    const deadline = deadlineMs === undefined ? undefined : { totalMs: deadlineMs, leftMs: deadlineMs - workedMs };
    this.stop = watchStops(control, deadline);
  }

  pause(signal: Signal): void {
    if (this.pausedBy !== undefined) return;
    this.pausedBy = signal;
    this.#control?.requestDrain(`paused: ${signal.kind}`);
    this.stop.drain(`paused: ${signal.kind}`);
  }

  drainInvocation(reason: string): void {
    this.isDraining = true;
    this.stop.drain(reason);
  }

  /** Ends its timers, and wakes whoever still waits. */
  end(reason: string): void {
    this.stop.dispose();
    // LangGraph does not abort the lanes beside one that threw: those that still wait must not keep the process alive.
    this.stop.drain(reason);
  }
}

const LOOK_EVERY_MS = 50;
/** The share of the deadline that is left to the synthesizer, and the most of it. */
const HELD_BACK = { share: 0.1, mostMs: 30_000 } as const;

interface InvocationSignals extends StopSignals {
  /** Drains at once, without waiting to be looked at. */
  drain(reason: string): void;
  dispose(): void;
}

/**
 * What stops one invocation of a run: a request to drain, and the deadline. LangGraph's RunControl is a flag without an event,
 * and waiting lanes have to be woken: it is looked at several times a second while the invocation works.
 * `leftMs`: what is left of the run's deadline; undefined without one. `totalMs`: the whole of it.
 */
export function watchStops(
  control: RunControl | undefined,
  deadline: { leftMs: number; totalMs: number } | undefined,
): InvocationSignals {
  const draining = new AbortController();
  const lanes = new AbortController();
  const all = new AbortController();
  // Hundreds of lanes listen at once.
  for (const { signal } of [draining, lanes, all]) setMaxListeners(0, signal);
  const drain = (reason: string): void => {
    if (!draining.signal.aborted) draining.abort(new Ended({ kind: "cancelled", evidence: reason }));
  };
  const look = (): void => {
    if (control?.drainRequested === true) drain(control.drainReason ?? "drain requested");
  };
  const watch = setInterval(look, LOOK_EVERY_MS);
  watch.unref();
  const deadlines: (() => void)[] = [];
  if (deadline !== undefined) {
    const heldBackMs = Math.min(HELD_BACK.mostMs, deadline.totalMs * HELD_BACK.share);
    deadlines.push(
      after(deadline.leftMs - heldBackMs, () => lanes.abort(passed()), { isIdle: true }),
      after(deadline.leftMs, () => all.abort(passed()), { isIdle: true }),
    );
  }
  return {
    draining: draining.signal,
    lanesDeadline: lanes.signal,
    deadline: all.signal,
    drain,
    dispose: () => {
      clearInterval(watch);
      for (const stop of deadlines) stop();
    },
  };
}

function passed(): Ended {
  return new Ended({ kind: "deadline", evidence: "the run's deadline passed" });
}
