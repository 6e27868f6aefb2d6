/**
 * A concurrency gate between a model's reply and the lane's next call: a few lanes at a time pass. Replies come in bursts, and an event loop serves all
 * of a burst step by step: every lane's next call goes out at the end, and until then nothing is in flight. With a few at a
 * time the first of them call again while the others still wait, and the provider works on while this process does
 * (docs/decisions/0015).
 *
 * 1. At most `CAPACITY` lanes hold a place, each for `LONGEST_MS` at most: whatever else a lane does (a slow tool, a human)
 *    delays nobody for longer.
 * 2. Who waits is served in the order in which they came; a lane that has a place, or waits for one, is given no second one.
 * 3. It has a timer only while somebody waits.
 */
import type { Clock } from "../../ports/clock.ts";
import { Semaphore, type Asking } from "../waiting/semaphore.ts";

/** Enough to work while some wait for the disk; few enough that the first call again long before the last. */
export const CAPACITY = 12;
export const LONGEST_MS = 25;
const ALIKE: Asking = { run: "", priority: 0, isUrgent: false };

export class ReplyGate {
  readonly #clock: Clock;
  readonly #places: Semaphore<Asking & { lane: string }>;
  /** Who holds a place, and since when; oldest first. */
  readonly #inside = new Map<string, number>();
  /** By lane, those that wait. */
  readonly #waiting = new Map<string, Promise<void>>();
  #isWatching = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#places = new Semaphore(CAPACITY, { onGrant: ({ lane }) => void this.#inside.set(lane, clock.now()) });
  }

  async enter(lane: string): Promise<void> {
    if (this.#inside.has(lane)) return;
    let entered = this.#waiting.get(lane);
    if (entered === undefined) {
      entered = this.#places.acquire({ ...ALIKE, lane }).finally(() => this.#waiting.delete(lane));
      this.#waiting.set(lane, entered);
      void this.#watch();
    }
    await entered;
  }

  /** Gives the place back; does nothing for a lane that has none. */
  leave(lane: string): void {
    if (this.#inside.delete(lane)) this.#places.release();
  }

  /** Takes back the places of those that stay too long, while somebody waits. */
  async #watch(): Promise<void> {
    if (this.#isWatching) return;
    this.#isWatching = true;
    while (this.#places.waiting > 0) {
      const [oldest] = this.#inside;
      if (oldest === undefined) break;
      const [lane, since] = oldest;
      const left = since + LONGEST_MS - this.#clock.now();
      if (left > 0) await this.#clock.sleep(left);
      else this.leave(lane);
    }
    this.#isWatching = false;
  }
}
