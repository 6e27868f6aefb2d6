/**
 * The notable events of a run, bounded: what happens again under the same name is counted, not repeated, so that a hundred
 * rate limits do not drive the one reassignment out of sight. Pure; constant time for each event.
 */
import type { Tone } from "./styled-row.ts";

export interface Notable {
  /** Milliseconds since the epoch, of the last time. */
  at: number;
  tone: Tone;
  /** What happened, and what was done: "rate limit → retry". The same words are the same event. */
  what: string;
  /** The last time's particulars, cleaned. */
  detail: string;
  times: number;
}

const KEPT = 16;

export class Notables {
  readonly #events = new Map<string, Notable>();

  add(event: Omit<Notable, "times">): void {
    const before = this.#events.get(event.what);
    this.#events.delete(event.what);
    this.#events.set(event.what, { ...event, times: (before?.times ?? 0) + 1 });
    if (this.#events.size <= KEPT) return;
    const oldest = this.#events.keys().next();
    if (oldest.done !== true) this.#events.delete(oldest.value);
  }

  /** The last `limit` events, oldest first. */
  recent(limit: number): Notable[] {
    return limit <= 0 ? [] : [...this.#events.values()].slice(-limit);
  }

  clear(): void {
    this.#events.clear();
  }
}
