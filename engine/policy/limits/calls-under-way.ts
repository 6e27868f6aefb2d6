/**
 * The calls that an endpoint has been sent and has not ended, in the order in which they went, and what follows from that order.
 * A local server with one slot takes every call and answers one after the other, without a word to those that wait. Time is given.
 *
 * 1. A call that has not begun to answer waits while those that went out before it bring something.
 * 2. One that many later ones overtake does not wait for any of them: it hangs.
 * 3. How many the endpoint works on at once shows in its answers: the more calls are ahead of one, the longer it waits for its
 *    first token, by the time of a call shared among the slots. Nothing follows from calls that are slow for no such reason: those
 *    of a queue are answered in their order, but for a few, and the wait grows with the calls ahead, beyond any doubt of chance
 *    (least squares), and by seconds: what this process itself needs to send and to read is less.
 */

/** Calls that go to one of several slots overtake each other by a few. */
const MOST_OVERTAKING = 8;
/** A call that brings one token after the other tells of it so often. */
const TELLING_MS = 1000;
/** The newest answers, as many as tell of a limit of that size. */
const KEPT = 64;
const LEAST_ANSWERS = 8;
/** The wait of a call must be at least so long, and so much of it must come with the calls ahead. */
const LEAST_WAIT_MS = 3000;
/** Of those ahead of a call, at most so many are overtaken. */
const IN_ORDER = 0.1;
/** The slope is so many times its standard error. */
const SURE = 6;

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

interface Answer {
  ahead: number;
  overtakenBy: number;
  /** Milliseconds until something came, and from then to the end. */
  waitMs: number;
  talkMs: number;
}

export class CallsUnderWay {
  readonly #calls = new Set<CallUnderWay>();
  #places = 0;
  readonly #answers: Answer[] = [];

  sent(call: CallUnderWay, now: number): void {
    this.#places += 1;
    Object.assign(call, { isSent: true, sentAt: now, ahead: this.#calls.size, place: this.#places });
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

  /** It was answered; returns how many calls are worked on at once, where that can be told. */
  answered(call: CallUnderWay, now: number): number | undefined {
    this.heard(call, now);
    const { ahead, overtakenBy, sentAt, begunAt = now } = call;
    this.#answers.push({ ahead, overtakenBy, waitMs: begunAt - sentAt, talkMs: now - begunAt });
    if (this.#answers.length > KEPT) this.#answers.shift();
    // So nothing is computed for an endpoint that answers at once.
    if (begunAt - sentAt < LEAST_WAIT_MS || this.#answers.length < LEAST_ANSWERS) return undefined;
    return slotsShownBy(this.#answers);
  }

  ended(call: CallUnderWay): void {
    this.#calls.delete(call);
  }
}

function slotsShownBy(answers: readonly Answer[]): number | undefined {
  const mean = (read: (answer: Answer) => number): number =>
    answers.reduce((total, answer) => total + read(answer), 0) / answers.length;
  const [ahead, wait] = [mean((one) => one.ahead), mean((one) => one.waitMs)];
  if (mean((one) => one.overtakenBy) > IN_ORDER * ahead) return undefined;
  const variance = mean((one) => (one.ahead - ahead) ** 2);
  if (variance === 0) return undefined;
  const slope = mean((one) => (one.ahead - ahead) * (one.waitMs - wait)) / variance;
  const intercept = wait - slope * ahead;
  const residue = mean((one) => (one.waitMs - intercept - slope * one.ahead) ** 2);
  const error = Math.sqrt(residue / (answers.length - 2) / variance);
  const counts = answers.map((one) => one.ahead);
  const spread = Math.max(...counts) - Math.min(...counts);
  if (slope <= SURE * error || slope * spread < LEAST_WAIT_MS) return undefined;
  return Math.max(1, (Math.max(0, intercept) + mean((one) => one.talkMs)) / slope);
}
