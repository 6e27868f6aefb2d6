/**
 * Between a process and a thread of it that calls SQLite: a thread that is ended amid such a call can take the process along, by an abort
 * in place of an exit code. So a process that ends, however it came to that, closes the gates of its threads first, and waits for what is
 * under way.
 *
 * 1. What passes a gate is done as a whole, or left by its own hand where it asks `isToStop`. Behind a closed gate nothing begins.
 * 2. A process waits for all its threads together no longer than `MOST_MS`.
 */

/** One number, shared with the thread; that of a fresh one is 0. */
export type Gate = Int32Array;

const [OPEN, TO_STOP, STOPPED, AT_WORK] = [0, 1, 2, 3];
/** What takes longest: a large document, the end of an index. */
export const MOST_MS = 5_000;

const gates = new Set<Gate>();
let isListening = false;

/** Of a thread that is to begin. It is closed with the process until `forget`. */
export function newGate(): Gate {
  const gate = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  gates.add(gate);
  if (!isListening) process.on("exit", closeAll);
  isListening = true;
  return gate;
}

export function forgetGate(gate: Gate): void {
  gates.delete(gate);
}

function closeAll(): void {
  const until = performance.now() + MOST_MS;
  for (const gate of gates) tellToStop(gate);
  for (const gate of gates) Atomics.wait(gate, 0, TO_STOP, Math.max(0, until - performance.now()));
}

/** Returns at once: what is under way ends by itself. */
export function tellToStop(gate: Gate): void {
  while (!isToStop(gate)) {
    Atomics.compareExchange(gate, 0, AT_WORK, TO_STOP);
    Atomics.compareExchange(gate, 0, OPEN, STOPPED);
  }
}

/** In the thread: does the work, unless it is to stop. */
export function passing(gate: Gate, work: () => void): void {
  if (Atomics.compareExchange(gate, 0, OPEN, AT_WORK) !== OPEN) return;
  try {
    work();
  } finally {
    if (Atomics.compareExchange(gate, 0, AT_WORK, OPEN) !== AT_WORK) Atomics.store(gate, 0, STOPPED);
    Atomics.notify(gate, 0);
  }
}

export function isToStop(gate: Gate): boolean {
  const state = Atomics.load(gate, 0);
  return state === TO_STOP || state === STOPPED;
}
