/**
 * One call of the graph (`invoke`, `stream`, a node of a parent), from its begin to its end. LangGraph tells its nodes neither when a
 * call ends nor that another works on the same thread (docs/decisions/0026).
 *
 * 1. One call a thread at a time, of all swarms that share a checkpointer: the second is refused before LangGraph has written anything.
 *    Calls by the nodes of a parent graph have a checkpoint namespace of their own each and may go side by side.
 */
import type { RunnableConfig } from "@langchain/core/runnables";
import { isGraphInterrupt, type GraphDrained } from "@langchain/langgraph";
import type { Clock } from "../../engine/ports/clock.ts";
import { within } from "../../engine/runtime/turns/ending.ts";
import type { RedactedCounts } from "../../state/redaction.ts";
import type { Parent } from "../../state/run-result.ts";
import { heldRun } from "./run-locks.ts";

/** Where nodes find their call; LangGraph keeps keys like this one out of metadata and traces. */
export const INVOCATION = "__glasshive_invocation";
/** How long a call that was called off is waited for before the next one on its thread is refused. */
const LONGEST_UNWINDING_MS = 10_000;

/** What a call says of itself before it begins. */
export interface Calling {
  /** The thread that it has to itself; undefined: it has none, or is part of a parent's call. */
  thread: string | undefined;
  /** Of the graph; where it has none, its threads are the swarm's own. */
  checkpointer: unknown;
  /** Aborted: nobody wants more of it. */
  signal: AbortSignal | undefined;
  /** What was taken out of what it brought. */
  redacted: RedactedCounts;
}

/** Calls under way by thread, for each checkpointer, or each swarm without one. */
const UNDER_WAY = new WeakMap<object, Map<string, Invocation>>();

export class Invocation {
  readonly thread: string | undefined;
  /** Those that it has opened, by their ids. */
  readonly runs = new Set<string>();
  /** The run that its question leaves, and where; undefined: none. */
  leaves: Parent | undefined;
  /** What has stopped a lane of it: beside the question of another one LangGraph tells of that alone. */
  drained: GraphDrained | undefined;
  /** It opens nothing any more. */
  isOver = false;
  readonly signal: AbortSignal;
  readonly #calledOff = new AbortController();
  readonly #threads: Map<string, Invocation> | undefined;
  readonly #end = Promise.withResolvers<void>();
  #redacted: RedactedCounts;

  /** Waits for one that was called off and still writes down where it stands. Throws SwarmError RUN_HELD. */
  static async begin(calling: Calling, swarm: object, clock: Clock): Promise<Invocation> {
    const { thread, checkpointer } = calling;
    if (thread === undefined) return new Invocation(calling);
    const owner = typeof checkpointer === "object" && checkpointer !== null ? checkpointer : swarm;
    const threads = UNDER_WAY.get(owner) ?? new Map<string, Invocation>();
    UNDER_WAY.set(owner, threads);
    for (let other = threads.get(thread); other !== undefined; other = threads.get(thread))
      if (!other.signal.aborted || !(await other.endsSoon(clock))) throw heldRun(thread);
    const invocation = new Invocation(calling, threads);
    threads.set(thread, invocation);
    return invocation;
  }

  constructor({ thread, signal, redacted }: Calling, threads?: Map<string, Invocation>) {
    this.thread = thread;
    this.#threads = threads;
    this.#redacted = redacted;
    const calledOff = this.#calledOff.signal;
    this.signal = signal === undefined ? calledOff : AbortSignal.any([signal, calledOff]);
  }

  /** What was taken out of what the call brought and is not on record yet; it is from now on the taker's to put there. */
  takeRedacted(): RedactedCounts {
    const taken = this.#redacted;
    this.#redacted = {};
    return taken;
  }

  /** Ends it as its caller's own signal would. */
  callOff(reason: Error): void {
    this.#calledOff.abort(reason);
  }

  /** What it has failed with: LangGraph would say "Abort", whatever the reason, and ask what can wait until the run goes on. */
  failure(error: unknown): unknown {
    return this.#calledOff.signal.reason ?? (isGraphInterrupt(error) ? this.drained : undefined) ?? error;
  }

  /** Whether it ends in bounded time: what was called off may still have to write down where it stands. */
  endsSoon(clock: Clock): Promise<boolean> {
    const limits = { what: "what was called off", stops: [], mostMs: LONGEST_UNWINDING_MS };
    return within(clock, limits, () => this.#end.promise).then(
      () => true,
      () => false,
    );
  }

  /** Its thread is free for the next one. */
  end(): void {
    if (this.thread !== undefined) this.#threads?.delete(this.thread);
    this.#end.resolve();
  }
}

export function invocationOf(config: RunnableConfig): Invocation | undefined {
  return config.configurable?.[INVOCATION] as Invocation | undefined;
}
