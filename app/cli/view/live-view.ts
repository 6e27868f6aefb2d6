/**
 * The live view: a frame that is redrawn in place on a terminal.
 *
 * 1. At most ten frames a second, and none while nothing changes, but for the clocks once a second.
 * 2. The frame is never higher than the terminal; while it is drawn lines do not wrap.
 * 3. `close` leaves the cursor visible and a summary in the frame's place; the end of the process does so too.
 */
import type { LaneProgress } from "./lane-progress.ts";
import { frameOf, summaryOf } from "./frame.ts";
import { guardStream, type GuardedStream } from "./guarded-stream.ts";
import { Follower, type ProgressView, type ProgressViewOptions, type Renderer } from "./follower.ts";
import { paint, rowWidth, type Row } from "./styled-row.ts";

const FRAME_MS = 100;
const CLOCK_MS = 1000;
const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";
/** One picture for terminals that know it (synchronized output), and no wrapping. */
const BEGIN_FRAME = "\x1b[?2026h\x1b[?7l";
const END_FRAME = "\x1b[?7h\x1b[?2026l";
const ERASE_LINE_END = "\x1b[K";
const ERASE_BELOW = "\x1b[J";

export function liveView(options: ProgressViewOptions, color: boolean): ProgressView {
  return new Follower(new LiveView(options, color), options.now);
}

class LiveView implements Renderer {
  readonly leastMs = FRAME_MS;
  readonly mostMs = CLOCK_MS;
  readonly #options: ProgressViewOptions;
  readonly #out: GuardedStream;
  readonly #color: boolean;
  /** Widths of the lines on the screen that are ours. */
  #drawn: number[] = [];
  /** Undefined while the terminal is not ours. */
  #giveBack: (() => void) | undefined;

  constructor(options: ProgressViewOptions, color: boolean) {
    this.#options = options;
    this.#out = guardStream(options.stream);
    this.#color = color;
  }

  begin({ redraw, close }: Parameters<Renderer["begin"]>[0]): void {
    if (this.#giveBack !== undefined) return;
    const { stream } = this.#options;
    process.once("exit", close);
    stream.on("resize", redraw);
    this.#out.write(HIDE_CURSOR);
    this.#giveBack = () => {
      process.removeListener("exit", close);
      stream.removeListener("resize", redraw);
    };
  }

  draw(progress: LaneProgress): void {
    // A terminal that cannot keep up gets the next frame, not all of them.
    if (this.#out.isReady()) this.#show(frameOf(progress, { now: this.#options.now(), ...this.#size() }));
  }

  end(progress: LaneProgress): void {
    this.#giveBack?.();
    const { columns } = this.#size();
    this.#show(summaryOf(progress, { now: this.#options.now(), columns }));
    this.#out.write(SHOW_CURSOR);
  }

  fail(reason: string): void {
    this.#giveBack?.();
    this.#out.write(
      `${this.#toFrameStart()}${ERASE_BELOW}${SHOW_CURSOR}the live view stopped, the run goes on: ${reason}\n`,
    );
  }

  #show(rows: readonly Row[]): void {
    const { columns } = this.#size();
    const widths = rows.map((row) => rowWidth(row));
    // On a full line the cursor still stands on the last cell: erasing there would take it away.
    const lines = rows.map(
      (row, index) => `${paint(row, this.#color)}${(widths[index] ?? 0) < columns ? ERASE_LINE_END : ""}\n`,
    );
    this.#out.write(`${BEGIN_FRAME}${this.#toFrameStart()}${lines.join("")}${ERASE_BELOW}${END_FRAME}`);
    this.#drawn = widths;
  }

  /** To the first line of what is drawn; a terminal that became narrower has wrapped some of its lines. */
  #toFrameStart(): string {
    const { columns, rows } = this.#size();
    const lines = this.#drawn.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    return lines === 0 ? "\r" : `\r\x1b[${Math.min(lines, rows)}A`;
  }

  /** The last row is the cursor's. */
  #size(): { columns: number; rows: number } {
    const { stream, columns, rows } = this.#options;
    return {
      columns: Math.max(1, columns ?? (stream.columns || 80)),
      rows: Math.max(1, (rows ?? (stream.rows || 24)) - 1),
    };
  }
}
