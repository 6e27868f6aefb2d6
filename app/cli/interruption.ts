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
}

/** `next`: the command that goes on; what it answers changes while a run begins. Undefined: there is nothing to continue yet. */
export async function interruptible<Worked>(
  next: () => string | undefined,
  work: (interruption: Interruption) => Promise<Worked>,
): Promise<Worked> {
  const draining = new AbortController();
  let first: number | undefined;
  const interruption: Interruption = { signal: draining.signal, onStop: () => undefined };
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
  try {
    return await work(interruption);
  } finally {
    for (const signal of SIGNALS) process.off(signal, receive);
  }
}

/** A command that only looks. */
export function untilInterrupted<Worked>(work: () => Promise<Worked>): Promise<Worked> {
  return interruptible(() => undefined, work);
}
