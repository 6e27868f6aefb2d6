/** What a person sees of a run while it works. */
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

/** The view of a run at work: `live` on a terminal, `lines` in a log, `none`; loaded where it is shown. */
export async function createProgressView(options: ProgressViewOptions): Promise<ProgressView> {
  switch (options.kind) {
    case "live":
      return (await import("./live-view.ts")).liveView(options, options.color ?? hasColors(options.stream));
    case "lines":
      return (await import("./lines-view.ts")).linesView(options);
    case "none":
      return { attach: () => undefined, close: () => undefined };
  }
}

/** See no-color.org: any value but the empty one. */
function hasColors(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR } = process.env;
  return (NO_COLOR === undefined || NO_COLOR === "") && typeof stream.hasColors === "function" && stream.hasColors();
}
