/**
 * How many calls an endpoint works on at once, where it lets the others wait without a word: a local server with one slot takes
 * every call and answers one after the other. Learned from its answers: the more calls are ahead of one, the longer it waits for
 * its first token, by the time of a call shared among the slots. Owns the figure alone. Time is given.
 *
 * 1. Nothing follows from calls that are slow for no such reason: those of a queue are answered in their order, but for a few, and
 *    the wait grows with the calls ahead, beyond any doubt of chance (least squares), and by seconds: what this process itself
 *    needs to send and to read is less.
 */

export interface Answered {
  /** Calls that were on their way when it went out. */
  ahead: number;
  /** Calls that went out later and were answered sooner. */
  overtakenBy: number;
  /** Milliseconds until something came, and until all of it had. */
  firstMs: number;
  totalMs: number;
}

/** The newest answers, as many as tell of a limit of that size. */
const KEPT = 64;
const LEAST_ANSWERS = 8;
/** The wait of a call must be at least so long, and so much of it must come with the calls ahead. */
const LEAST_WAIT_MS = 3000;
/** Of those ahead of a call, at most so many are overtaken. */
const IN_ORDER = 0.1;
/** The slope is so many times its standard error. */
const SURE = 6;

export class KeptWaiting {
  #answers: Answered[] = [];

  /** Takes an answer; returns how many calls are worked on at once, where that can be told. */
  answered(answer: Answered): number | undefined {
    this.#answers.push(answer);
    if (this.#answers.length > KEPT) this.#answers.shift();
    // So nothing is computed for an endpoint that answers at once.
    if (answer.firstMs < LEAST_WAIT_MS || this.#answers.length < LEAST_ANSWERS) return undefined;
    const [ahead, overtaken] = [
      mean(this.#answers.map((one) => one.ahead)),
      mean(this.#answers.map((one) => one.overtakenBy)),
    ];
    if (overtaken > IN_ORDER * ahead) return undefined;
    const { intercept, slope, error, spread } = line(this.#answers);
    if (slope <= SURE * error || slope * spread < LEAST_WAIT_MS) return undefined;
    const talking = mean(this.#answers.map(({ firstMs, totalMs }) => totalMs - firstMs));
    return Math.max(1, (Math.max(0, intercept) + talking) / slope);
  }
}

/** The line through wait over calls ahead, by least squares; `error`: the standard error of its slope. */
function line(answers: readonly Answered[]) {
  const ahead = answers.map((answer) => answer.ahead);
  const [x, y] = [mean(ahead), mean(answers.map(({ firstMs }) => firstMs))];
  const spread = Math.max(...ahead) - Math.min(...ahead);
  if (spread === 0) return { intercept: y, slope: 0, error: 0, spread };
  const squares = sum(ahead.map((value) => (value - x) ** 2));
  const slope = sum(answers.map((answer) => (answer.ahead - x) * (answer.firstMs - y))) / squares;
  const intercept = y - slope * x;
  const residue = sum(answers.map((answer) => (answer.firstMs - intercept - slope * answer.ahead) ** 2));
  return { intercept, slope, error: Math.sqrt(residue / (answers.length - 2) / squares), spread };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}
