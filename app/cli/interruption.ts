/**
 * Ctrl-C, SIGTERM and a terminal that is closed, over the whole of a command. The first asks a run to drain: calls in flight end,
 * nothing new begins; a second one stops at once. Where there is no run to go on with the first one stops. Signals a few
 * milliseconds apart are one key press that came by two ways (docs/decisions/0008). While words and files are read the system's own
 * way holds: the process is gone.
 */
import { EXIT } from "./exit-codes.ts";
import { TERMINAL } from "./terminal.ts";

/** As in the launcher: no person presses twice within this time. */
const BURST_MS = 200;

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export interface Interruption {
  readonly signal: AbortSignal;
  /** What restores the terminal before the process ends at once. */
  onStop: () => void;
  dispose(): void;
}

/** `next`: the command that goes on; what it answers changes while a run begins. Undefined: there is nothing to continue yet. */
export function watchInterruption(next: () => string | undefined): Interruption {
  const draining = new AbortController();
  let first: number | undefined;
  const stop = (line: string): void => {
    interruption.onStop();
    TERMINAL.note(line);
    process.exit(EXIT.interrupted);
  };
  const receive = (): void => {
    const now = performance.now();
    const command = next();
    if (command === undefined) stop("stopped at once; there is nothing to continue");
    else if (first === undefined) {
      first = now;
      TERMINAL.note(`stopping: calls in flight may end (once more to stop at once); continue with: ${command}`);
      draining.abort(new DOMException("interrupted", "AbortError"));
    } else if (now - first >= BURST_MS) stop(`stopped at once; continue with: ${command}`);
  };
  for (const signal of SIGNALS) process.on(signal, receive);
  const interruption: Interruption = {
    signal: draining.signal,
    onStop: () => undefined,
    dispose: () => {
      for (const signal of SIGNALS) process.off(signal, receive);
    },
  };
  return interruption;
}

/** A command that only looks. */
export async function stoppable<T>(work: () => Promise<T>): Promise<T> {
  const interruption = watchInterruption(() => undefined);
  try {
    return await work();
  } finally {
    interruption.dispose();
  }
}
