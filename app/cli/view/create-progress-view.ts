/** The view of a run at work: `live` on a terminal, `lines` in a log, `none`; loaded where it is shown. */
import type { ProgressView, ProgressViewOptions } from "./follower.ts";

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
