/** The view of a run at work: `live` on a terminal, `lines` in a log, `none`. */
import { LinesView } from "./lines-view.ts";
import { LiveView } from "./live-view.ts";
import type { ProgressView, ProgressViewOptions } from "./progress-view.ts";

export function createProgressView(options: ProgressViewOptions): ProgressView {
  switch (options.kind) {
    case "live":
      return new LiveView(options, options.color ?? hasColors(options.stream));
    case "lines":
      return new LinesView(options);
    case "none":
      return { attach: () => undefined, close: () => undefined };
  }
}

/** See no-color.org: any value but the empty one. */
function hasColors(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR } = process.env;
  return (NO_COLOR === undefined || NO_COLOR === "") && typeof stream.hasColors === "function" && stream.hasColors();
}
