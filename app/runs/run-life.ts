/** What stops a run in this process, and how long it has worked. */
import { setMaxListeners } from "node:events";
import { GraphDrained, GraphInterrupt, isGraphDrained, isGraphInterrupt, type RunControl } from "@langchain/langgraph";
import { after } from "../../adapters/clock/system-clock.ts";
import type { Clock } from "../../engine/ports/clock.ts";
import type { RunLife } from "../../engine/runtime/run/run.ts";
import { Ended, type StopSignals } from "../../engine/runtime/turns/ending.ts";
import type { Signal } from "../../state/signal.ts";
import type { Invocation } from "./invocation.ts";

interface Facts {
  hasEnded: boolean;
  /** Milliseconds that earlier processes worked on the run. */
  workedMs: number;
  deadlineMs: number | undefined;
  control: RunControl | undefined;
  invocation: Invocation | undefined;
  clock: Clock;
}

export class Life implements RunLife {
  readonly hasEnded: boolean;
  readonly stop: InvocationSignals;
  pausedBy: Signal | undefined;
  readonly workedMs: () => number;
  readonly #control: RunControl | undefined;
  readonly #invocation: Invocation | undefined;
  #hasAsked = false;

  constructor({ hasEnded, workedMs, deadlineMs, control, invocation, clock }: Facts) {
    this.hasEnded = hasEnded;
    this.#control = control;
    this.#invocation = invocation;
    const since = clock.now();
    this.workedMs = () => workedMs + (clock.now() - since);
    const deadline = deadlineMs === undefined ? undefined : { totalMs: deadlineMs, leftMs: deadlineMs - workedMs };
    this.stop = watchStops(control, deadline);
  }

  pause(signal: Signal): never {
    this.pausedBy ??= signal;
    const reason = `paused: ${this.pausedBy.kind}`;
    this.#control?.requestDrain(reason);
    this.stop.drain(reason);
    throw new GraphDrained(reason);
  }

  drainInvocation(reason: string): void {
    this.stop.drain(reason);
  }

  thrownByLane(error: unknown): unknown {
    if (isGraphInterrupt(error)) this.#hasAsked = true;
    if (!isGraphDrained(error)) return error;
    const isStopped = this.pausedBy !== undefined || this.#control?.drainRequested === true;
    if (isStopped && this.#invocation !== undefined) this.#invocation.drained ??= error;
    return this.#hasAsked ? new GraphInterrupt([]) : error;
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
