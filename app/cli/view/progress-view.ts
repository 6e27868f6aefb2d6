/** What a person sees of a run while it works, as an interface; `create-progress-view.ts` makes one. */
import type { Run } from "../../../engine/runtime/run/run.ts";

export interface ProgressView {
  /** Shows this run from now on (instead of one before it). What earlier processes did to it counts. */
  attach(run: Run): void;
  /** Ends the view: cursor and terminal as they were, a short summary in its place. Safe to call twice, and at exit. */
  close(): void;
}

export interface ProgressViewOptions {
  stream: NodeJS.WriteStream;
  kind: "live" | "lines" | "none";
  /** Milliseconds since the epoch. */
  now: () => number;
  /** The terminal's size, where it is not the stream's own. */
  columns?: number;
  rows?: number;
  /** Default: whether the stream has colours and NO_COLOR is not set. */
  color?: boolean;
}
