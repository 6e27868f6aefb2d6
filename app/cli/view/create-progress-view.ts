/** The view of a run at work: `live` on a terminal, `lines` in a log, `none`; loaded where it is shown. */
import type { ProgressView, ProgressViewOptions } from "./progress-view.ts";

export async function createProgressView(options: ProgressViewOptions): Promise<ProgressView> {
  switch (options.kind) {
    case "live":
      return new (await import("./live-view.ts")).LiveView(options, options.color ?? hasColors(options.stream));
    case "lines":
      return new (await import("./lines-view.ts")).LinesView(options);
    case "none":
      return { attach: () => undefined, close: () => undefined };
  }
}

/** See no-color.org: any value but the empty one. */
function hasColors(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR } = process.env;
  return (NO_COLOR === undefined || NO_COLOR === "") && typeof stream.hasColors === "function" && stream.hasColors();
}
