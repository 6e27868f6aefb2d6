/**
 * Who waits for a model slot, and who is next. Owns the order alone: no slots, no time.
 *
 * 1. Urgent waiters (the coordinators) go first; the runs take turns, among the urgent and among the rest.
 * 2. Within a run the higher priority goes first, then who came first.
 * 3. Nobody starves: one turn in `TURNS_BY_AGE` belongs to whoever has waited longest, of the runs' turns as of a run's own.
 */

/** One turn in so many goes by age. */
export const TURNS_BY_AGE = 8;

export interface Asking {
  /** Whose turn it is when runs share the queue. */
  run: string;
  /** Higher goes first within the run. */
  priority: number;
  /** Before everybody who is not. */
  isUrgent: boolean;
}

interface Entry<T> {
  asking: Asking;
  order: number;
  value: T;
  isGone: boolean;
}

/** The waiters of one run and one class: by rank, and by age. */
class Line<T> {
  /** The best last, so that serving is a pop. */
  ranked: Entry<T>[] = [];
  /** In the order of arrival from `#first` on; those that have gone are dropped when they come to the front. */
  #byAge: Entry<T>[] = [];
  #first = 0;
  #turns = 0;
  /** When it was last served, in turns of its class. */
  servedAt: number;

  constructor(servedAt: number) {
    this.servedAt = servedAt;
  }

  add(entry: Entry<T>): void {
    this.ranked.splice(this.#position(entry), 0, entry);
    this.#byAge.push(entry);
  }

  oldest(): Entry<T> | undefined {
    while (this.#byAge[this.#first]?.isGone === true) this.#first += 1;
    if (this.#first > 64 && this.#first * 2 > this.#byAge.length) {
      this.#byAge = this.#byAge.slice(this.#first);
      this.#first = 0;
    }
    return this.#byAge[this.#first];
  }

  /** Whose turn within the run it is. */
  next(): Entry<T> | undefined {
    return this.#turns % TURNS_BY_AGE === TURNS_BY_AGE - 1 ? this.oldest() : this.ranked.at(-1);
  }

  take(entry: Entry<T>): void {
    this.remove(entry);
    this.#turns += 1;
  }

  remove(entry: Entry<T>): void {
    entry.isGone = true;
    const index = this.#position(entry);
    this.ranked.splice(index, 1);
  }

  /** Binary search by priority and order, which no two share: where the entry stands, or would stand. */
  #position(entry: Entry<T>): number {
    let low = 0;
    let high = this.ranked.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBefore(entry, this.ranked[middle] as Entry<T>)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export class FairQueue<T> {
  /** By run; those that are empty are forgotten. */
  readonly #urgent = new Map<string, Line<T>>();
  readonly #rest = new Map<string, Line<T>>();
  #order = 0;
  #turns = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Returns the way to leave again; leaving after having been taken changes nothing. */
  add(asking: Asking, value: T): () => void {
    const lines = asking.isUrgent ? this.#urgent : this.#rest;
    let line = lines.get(asking.run);
    if (line === undefined) lines.set(asking.run, (line = new Line<T>(this.#turns)));
    const entry: Entry<T> = { asking, order: this.#order++, value, isGone: false };
    line.add(entry);
    this.#size += 1;
    return () => {
      if (!entry.isGone) this.#drop(lines, asking.run, () => line.remove(entry));
    };
  }

  /** Who is next; undefined: nobody waits. The same one until somebody is added, leaves or is taken. */
  peek(): T | undefined {
    return this.#next()?.entry.value;
  }

  take(): T | undefined {
    const next = this.#next();
    if (next === undefined) return undefined;
    const { lines, line, entry } = next;
    this.#turns += 1;
    line.servedAt = this.#turns;
    this.#drop(lines, entry.asking.run, () => line.take(entry));
    return entry.value;
  }

  #next(): { lines: Map<string, Line<T>>; line: Line<T>; entry: Entry<T> } | undefined {
    const isByAge = this.#turns % TURNS_BY_AGE === TURNS_BY_AGE - 1;
    const byClass = [this.#urgent, this.#rest].filter((lines) => lines.size > 0);
    if (byClass.length === 0) return undefined;
    if (isByAge)
      return byClass.map(oldestOf).reduce((one, other) => (one.entry.order < other.entry.order ? one : other));
    const lines = byClass[0] as Map<string, Line<T>>;
    const line = longestWithout(lines);
    return { lines, line, entry: line.next() as Entry<T> };
  }

  #drop(lines: Map<string, Line<T>>, run: string, remove: () => void): void {
    remove();
    this.#size -= 1;
    if (lines.get(run)?.ranked.length === 0) lines.delete(run);
  }
}

/** The run that has gone longest without a turn. */
function longestWithout<T>(lines: ReadonlyMap<string, Line<T>>): Line<T> {
  return [...lines.values()].reduce((one, other) => (other.servedAt < one.servedAt ? other : one));
}

function oldestOf<T>(lines: Map<string, Line<T>>): { lines: Map<string, Line<T>>; line: Line<T>; entry: Entry<T> } {
  const each = [...lines.values()].map((line) => ({ lines, line, entry: line.oldest() as Entry<T> }));
  return each.reduce((one, other) => (one.entry.order < other.entry.order ? one : other));
}

function isBefore(left: Entry<unknown>, right: Entry<unknown>): boolean {
  return left.asking.priority === right.asking.priority
    ? left.order < right.order
    : left.asking.priority > right.asking.priority;
}
