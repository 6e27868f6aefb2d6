/**
 * A terminal or a pipe that may go away: writing to it never throws, and a reader that is gone (EPIPE) ends the writing, not
 * the run.
 */
import { cleanText, clip } from "./terminal-text.ts";

const LONGEST_LINE = 300;

export interface GuardedStream {
  isReady(): boolean;
  write(text: string): void;
  /** A line of its own, cleaned, and cut where it is very long. */
  say(text: string): void;
}

/** Whether a person looks at it, and what is drawn can be drawn over. */
export function isScreen(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && process.env["TERM"] !== "dumb" && !process.env["CI"];
}

/** Streams that have our listener already: a view of a later run adds no second one. */
const gone = new WeakMap<NodeJS.WriteStream, { yes: boolean }>();

export function guardStream(stream: NodeJS.WriteStream): GuardedStream {
  const state = gone.get(stream) ?? { yes: false };
  if (!gone.has(stream)) {
    gone.set(stream, state);
    // It stays for good: a write can fail after the view is closed.
    stream.on("error", () => {
      state.yes = true;
    });
  }
  const write = (text: string): void => {
    if (state.yes || stream.destroyed) return;
    try {
      stream.write(text);
    } catch {
      state.yes = true;
    }
  };
  return {
    isReady: () => !state.yes && !stream.writableNeedDrain,
    write,
    say: (text) => write(`${clip(cleanText(text), LONGEST_LINE)}\n`),
  };
}
