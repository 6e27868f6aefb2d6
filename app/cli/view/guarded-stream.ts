/**
 * A terminal or a pipe that may go away: writing to it never throws, and a reader that is gone (EPIPE) ends the writing, not
 * the run.
 */
export interface GuardedStream {
  isReady(): boolean;
  write(text: string): void;
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
  return {
    isReady: () => !state.yes && !stream.writableNeedDrain,
    write(text) {
      if (state.yes || stream.destroyed) return;
      try {
        stream.write(text);
      } catch {
        state.yes = true;
      }
    },
  };
}
