/** What stops a run in this process, and how long it has worked. */
import type { RunControl } from "@langchain/langgraph";
import type { Clock } from "../../engine/ports/clock.ts";
import type { RunLife } from "../../engine/runtime/run/run.ts";
import type { Signal } from "../../state/signal.ts";
import { watchStops, type InvocationSignals } from "./stop-signals.ts";

interface Facts {
  hasEnded: boolean;
  /** Milliseconds that earlier processes worked on the run. */
  workedMs: number;
  deadlineMs: number | undefined;
  control: RunControl | undefined;
  clock: Clock;
}

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
