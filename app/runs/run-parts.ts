/** What an open run is put together from: its durable records, and what this process lends it. */
import type { StructuredToolInterface } from "@langchain/core/tools";
import type { RunControl } from "@langchain/langgraph";
import type { Journal } from "../../engine/journal/open-journal.ts";
import type { Redactor } from "../../engine/policy/redaction/redactor.ts";
import type { Recording } from "../../engine/policy/replay/recording.ts";
import type { Clock } from "../../engine/ports/clock.ts";
import type { DocumentLibrary } from "../../engine/ports/documents.ts";
import type { ModelProvider } from "../../engine/ports/models.ts";
import type { RunLife } from "../../engine/runtime/run/run.ts";
import type { AgentProfile, Skill } from "../../state/agent-profile.ts";
import type { Detection, RecoveryPolicy } from "../../state/recovery-policy.ts";
import type { Parent } from "../../state/run-result.ts";
import type { Signal } from "../../state/signal.ts";
import type { TraceIds } from "../../engine/journal/run-events.ts";
import type { Caps } from "../../state/usage.ts";
import type { LimiterPool } from "./limiter-pool.ts";
import type { RunRecords } from "./run-records.ts";
import type { RunBegin } from "./run-store.ts";
import { watchStops, type InvocationSignals } from "./stop-signals.ts";

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
  recording?: Recording | undefined;
  onClose: () => Promise<void>;
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
  readonly #control: RunControl | undefined;
  readonly #clock: Clock;
  readonly #workedBeforeMs: number;
  readonly #since: number;
  #pausedBy: Signal | undefined;

  constructor({ hasEnded, workedMs, deadlineMs, control, clock }: Facts) {
    this.hasEnded = hasEnded;
    this.#control = control;
    this.#clock = clock;
    this.#workedBeforeMs = workedMs;
    this.#since = clock.now();
    const deadline = deadlineMs === undefined ? undefined : { totalMs: deadlineMs, leftMs: deadlineMs - workedMs };
    this.stop = watchStops(control, deadline);
  }

  get pausedBy(): Signal | undefined {
    return this.#pausedBy;
  }

  pause(signal: Signal): void {
    if (this.#pausedBy !== undefined) return;
    this.#pausedBy = signal;
    this.#control?.requestDrain(`paused: ${signal.kind}`);
    this.stop.drain(`paused: ${signal.kind}`);
  }

  drainInvocation(reason: string): void {
    this.isDraining = true;
    this.stop.drain(reason);
  }

  workedMs(): number {
    return this.#workedBeforeMs + (this.#clock.now() - this.#since);
  }

  /** Ends its timers, and wakes whoever still waits. */
  end(reason: string): void {
    this.stop.dispose();
    // LangGraph does not abort the lanes beside one that threw: those that still wait must not keep the process alive.
    this.stop.drain(reason);
  }
}
