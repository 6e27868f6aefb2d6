/**
 * Ctrl-C, and a terminal that is closed: the first asks the run to drain (calls in flight end, nothing new begins), a second one
 * stops at once. Signals a few milliseconds apart are one key press that came by two ways (docs/decisions/0008).
 */
import { RunControl } from "@langchain/langgraph";
import { EXIT } from "./exit-codes.ts";
import { TERMINAL } from "./terminal.ts";

/** As in the launcher: no person presses twice within this time. */
const BURST_MS = 200;

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export interface Interruption {
  control: RunControl;
  /** Gives the signals back. */
  dispose(): void;
}

/** `onStop` is called before the process ends at once, to restore the terminal. */
export function watchInterruption(runId: string, onStop: () => void): Interruption {
  const control = new RunControl();
  let first: number | undefined;
  const receive = (): void => {
    const now = performance.now();
    if (first === undefined) {
      first = now;
      control.requestDrain("interrupted");
      TERMINAL.note(
        `stopping: model calls in flight may end (once more to stop at once); continue with: glasshive resume ${runId}`,
      );
    } else if (now - first >= BURST_MS) {
      onStop();
      TERMINAL.note(`stopped at once; continue with: glasshive resume ${runId}`);
      process.exit(EXIT.interrupted);
    }
  };
  for (const signal of SIGNALS) process.on(signal, receive);
  return {
    control,
    dispose: () => {
      for (const signal of SIGNALS) process.off(signal, receive);
    },
  };
}
