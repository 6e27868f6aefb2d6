/** Long work in short stretches: others have their turn in between, and a call that was given up ends. */
import { setImmediate } from "node:timers/promises";

const STRETCH_MS = 12;

export class Pace {
  readonly #signal: AbortSignal | undefined;
  #began = performance.now();

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** To be awaited between small pieces of work. Throws what the signal was aborted with. */
  async step(): Promise<void> {
    if (performance.now() - this.#began < STRETCH_MS) return;
    await setImmediate();
    this.#signal?.throwIfAborted();
    this.#began = performance.now();
  }
}
