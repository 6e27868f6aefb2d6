/**
 * Decides which of the signals that reach the launcher are passed on to the program.
 *
 * 1. Ctrl-C on a terminal and its end (SIGINT, SIGHUP with a terminal attached) are never passed on: the kernel has sent them to
 *    the program too.
 * 2. Without a terminal, or for SIGTERM, the first of a burst is passed on and its echoes are not: npm repeats to its child
 *    what the process group has already received, some milliseconds later.
 */

/** No person presses Ctrl-C twice within this time; npm's echo arrives well before it is over. */
export const BURST_MS = 200;

export class SignalRelay {
  /** @type {Map<string, number>} */
  #lastPassedOn = new Map();
  #send;
  #terminal;
  #now;

  /**
   * @param {(signal: "SIGINT" | "SIGTERM" | "SIGHUP") => void} send
   * @param {{ terminal: boolean, now?: () => number }} options
   */
  constructor(send, { terminal, now = () => performance.now() }) {
    this.#send = send;
    this.#terminal = terminal;
    this.#now = now;
  }

  /** @param {"SIGINT" | "SIGTERM" | "SIGHUP"} signal */
  receive(signal) {
    if (signal !== "SIGTERM" && this.#terminal) return;
    const now = this.#now();
    if (now - (this.#lastPassedOn.get(signal) ?? -Infinity) < BURST_MS) return;
    this.#lastPassedOn.set(signal, now);
    this.#send(signal);
  }
}
