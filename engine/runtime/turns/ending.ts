/**
 * How whatever runs is ended: a model call, a tool, a command, a wait. From outside (the caller, a drain, the run's deadline, a
 * race that is lost) or by its own limits (the subtask's time, its own time in all, silence, size).
 *
 * 1. The first wins. Its reason is a signal, fit for the journal, and stays what it is.
 * 2. Work that does not listen is left behind: the wait for it ends all the same, and what becomes of it is not heard.
 * 3. Each piece of work has an ending of its own: its siblings notice nothing.
 * 4. One timer each, and only where there is a time to keep; none once it is disposed of.
 */
import { GraphDrained } from "@langchain/langgraph";
import type { Subtask } from "../../../state/plan.ts";
import type { Signal } from "../../../state/signal.ts";
import type { Clock } from "../../ports/clock.ts";
import { duration } from "../../../state/amounts.ts";
import { given, joined, stoppable, until } from "../waiting/waits.ts";

export interface StopSignals {
  /** Someone asked the graph to drain (Ctrl-C): begin nothing new. */
  draining: AbortSignal;
  /** The deadline, less what is held back for the synthesizer. */
  lanesDeadline: AbortSignal;
  deadline: AbortSignal;
}

/** Why something was ended; the reason of the abort signal that says so. Its name is that of every abort. */
export class Ended extends Error {
  override readonly name = "AbortError";
  readonly why: Signal;

  constructor(why: Signal) {
    super(why.evidence);
    this.why = why;
  }
}

/** What an abort stands for; undefined while there is none. One that gives no reason of ours is the caller's. */
export function endIn(stopping: AbortSignal): Signal | undefined {
  if (!stopping.aborted) return undefined;
  const reason: unknown = stopping.reason;
  return reason instanceof Ended ? reason.why : { kind: "cancelled", evidence: "the caller stopped the run" };
}

/** What ended a piece of work that threw: only the abort's own reason, or what a client makes of it, says that the abort did. */
export function endOfError(error: unknown, stopping: AbortSignal): Signal | undefined {
  const isOwn = error === stopping.reason || error instanceof DOMException;
  return isOwn || (error instanceof Error && /Abort/.test(error.name)) ? endIn(stopping) : undefined;
}

interface RunWait<Result> extends Pick<StopSignals, "draining"> {
  /** As a drain of it is told: `a lane waited`. */
  what: string;
  caller: AbortSignal | undefined;
  /** What it comes to where the deadline passes; absent: none ends it. */
  deadline?: { signal: AbortSignal; passed: (signal: Signal) => Result };
}

/**
 * Waits for something as part of a run. Throws the caller's abort as it is, and GraphDrained where the run drains; what fails by itself
 * fails as it does, though the run may be stopping meanwhile.
 */
export async function waitInRun<Result>(
  { what, draining, caller, deadline }: RunWait<Result>,
  wait: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const stops = [...given(caller), draining, ...given(deadline?.signal)];
  try {
    return await stoppable(stops, wait);
  } catch (error) {
    const stopping = stops.find(({ aborted }) => aborted);
    const end = stopping && endOfError(error, stopping);
    if (end === undefined || stopping === caller) throw error;
    if (stopping === draining || deadline === undefined) throw new GraphDrained(`drained while ${what}`);
    return deadline.passed(end);
  }
}

/** When a subtask's own time is over, in milliseconds since the epoch; undefined where it has as long as it takes. */
export function deadlineOf({ deadlineMs }: Pick<Subtask, "deadlineMs">, { startedAt }: { startedAt: string }) {
  return deadlineMs === undefined ? undefined : Date.parse(startedAt) + deadlineMs;
}

export interface Limits {
  /** What is ended, as the evidence calls it: `the call`. */
  what: string;
  stops: readonly AbortSignal[];
  /** When the subtask's time is over, in milliseconds since the epoch. */
  endsAt?: number | undefined;
  /** The longest that it may take in all, in milliseconds. */
  mostMs?: number | undefined;
  /** The longest in which nothing may come, in milliseconds. */
  idleMs?: number | undefined;
  /** Until when it was waiting for others, which counts as neither silence nor time of its own; -Infinity: it was not. */
  waitedUntil?: () => number;
  mostCharacters?: number | undefined;
}

/** Nobody reads it; the one that an abort makes for itself has a stack to write down. */
const DISPOSED = new Error("nothing is waited for any more");

export class Ending {
  /** Aborts with the first end, for what can be told to stop. */
  readonly signal: AbortSignal;
  /** That have come so far. */
  characters = 0;
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #started: number;
  readonly #joined: ReturnType<typeof joined>;
  /** Ends the timer; absent where there is no time to keep. */
  #over: AbortController | undefined;
  #last: number;
  #longestGapMs = 0;

  constructor(clock: Clock, limits: Limits) {
    this.#clock = clock;
    this.#limits = limits;
    this.#started = clock.now();
    this.#last = this.#started;
    this.#joined = joined(limits.stops);
    this.signal = this.#joined.controller.signal;
    void this.#watch();
  }

  /** Why it was ended; undefined while it was not. */
  verdict(): Signal | undefined {
    return endIn(this.signal);
  }

  /** Something came: it is alive. */
  touch(characters = 0): void {
    const now = this.#clock.now();
    this.#longestGapMs = Math.max(this.#longestGapMs, now - this.#last);
    this.#last = now;
    this.characters += characters;
    const { what, mostCharacters = Infinity } = this.#limits;
    if (this.characters > mostCharacters)
      this.#end({ kind: "malformed-answer", evidence: `${what} brought more than ${mostCharacters} characters` });
    // Who brings one thing after the other without a pause leaves no timer its turn.
    const verdict = this.#verdictAt(now);
    if (verdict !== undefined) this.#end(verdict);
  }

  /** The longest time so far in which nothing came, in milliseconds. */
  longestGapMs(): number {
    return Math.max(this.#longestGapMs, this.#clock.now() - this.#last);
  }

  /** Leaves no timer and no listener behind: what happens later ends nothing. */
  dispose(): void {
    this.#over?.abort(DISPOSED);
    this.#joined.release();
  }

  async #watch(): Promise<void> {
    const { endsAt = Infinity, mostMs = Infinity, idleMs = Infinity } = this.#limits;
    if (Math.min(endsAt, mostMs, idleMs) === Infinity) return;
    const { signal: over } = (this.#over = new AbortController());
    while (!this.signal.aborted) {
      const now = this.#clock.now();
      const verdict = this.#verdictAt(now);
      if (verdict !== undefined) return this.#end(verdict);
      const next = Math.min(endsAt, this.#begunAt() + mostMs, Math.max(this.#last, this.#begunAt()) + idleMs);
      try {
        await this.#clock.sleep(Math.max(1, next - now), over);
      } catch {
        // It ended first.
        return;
      }
    }
  }

  #verdictAt(now: number): Signal | undefined {
    const { what, endsAt, mostMs = Infinity, idleMs = Infinity } = this.#limits;
    if (endsAt !== undefined && now >= endsAt) return { kind: "deadline", evidence: "the subtask's time is over" };
    const begun = this.#begunAt();
    if (now - begun >= mostMs) return { kind: "timeout", evidence: `${what} took more than ${duration(mostMs)}` };
    if (now - Math.max(this.#last, begun) >= idleMs)
      return { kind: "idle", evidence: `no token and no event for ${duration(idleMs)}` };
    return undefined;
  }

  #begunAt(): number {
    return Math.max(this.#started, this.#limits.waitedUntil?.() ?? -Infinity);
  }

  #end(signal: Signal): void {
    this.#joined.controller.abort(new Ended(signal));
  }
}

/** Does some work within its limits. Rejects with the reason of what ends it, be the work done with or not. */
export async function within<T>(clock: Clock, limits: Limits, work: (ending: Ending) => Promise<T>): Promise<T> {
  const ending = new Ending(clock, limits);
  try {
    ending.signal.throwIfAborted();
    return await until(work(ending), ending.signal);
  } finally {
    ending.dispose();
  }
}
