/**
 * The calls that an endpoint has been sent and has not ended, in the order in which they went. Owns what follows from that order:
 * how many were ahead of a call, whether it waits for its turn at the endpoint, and how many overtook it. Time is given.
 *
 * 1. A call that has not begun to answer waits while those that went out before it bring something.
 * 2. One that many later ones overtake does not wait for any of them: it hangs.
 */

/** Calls that go to one of several slots overtake each other by a few. */
const MOST_OVERTAKING = 8;
/** A call that brings one token after the other tells of it so often. */
const TELLING_MS = 1000;

export class CallUnderWay {
  isSent = false;
  sentAt = 0;
  /** Its place among all that went out. */
  place = 0;
  /** Calls on their way when it went out, without those that turned out to be refused. */
  ahead = 0;
  /** When something came of it first; undefined: nothing has. */
  begunAt: number | undefined;
  /** When that was last told to those that wait behind it. */
  toldAt = -Infinity;
  /** Until when those before it brought something, while nothing came of it. */
  movedAt = -Infinity;
  overtakenBy = 0;

  /** Until when it was waiting for its turn, as it seems; -Infinity: it was not. */
  get waitedUntil(): number {
    return this.overtakenBy > MOST_OVERTAKING ? -Infinity : this.movedAt;
  }
}

export class CallsUnderWay {
  readonly #calls = new Set<CallUnderWay>();
  #places = 0;

  sent(call: CallUnderWay, now: number): void {
    this.#places += 1;
    Object.assign(call, { sentAt: now, ahead: this.#calls.size, place: this.#places });
    this.#calls.add(call);
  }

  /** Something came of it. */
  heard(call: CallUnderWay, now: number): void {
    const isFirst = call.begunAt === undefined;
    call.begunAt ??= now;
    if (!isFirst && now - call.toldAt < TELLING_MS) return;
    call.toldAt = now;
    for (const other of this.#calls) {
      if (other.begunAt !== undefined) continue;
      if (other.place > call.place) other.movedAt = now;
      else if (isFirst) other.overtakenBy += 1;
    }
  }

  /** It was refused: it was ahead of nobody. */
  refused({ place }: CallUnderWay): void {
    for (const later of this.#calls) if (later.place > place) later.ahead -= 1;
  }

  ended(call: CallUnderWay): void {
    this.#calls.delete(call);
  }
}
