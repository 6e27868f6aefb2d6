/**
 * The live view: a frame that is redrawn in place on a terminal.
 *
 * 1. At most ten frames a second, and none while nothing changes, but for the clocks once a second.
 * 2. The frame is never higher than the terminal; while it is drawn lines do not wrap.
 * 3. `close` leaves the cursor visible and a summary in the frame's place; the end of the process does so too.
 */
import type { Run } from "../../../engine/runtime/run/run.ts";
import { followRun, type Following } from "./lane-progress.ts";
import { frameOf, summaryOf } from "./frame.ts";
import { guardStream, type GuardedStream } from "./guarded-stream.ts";
import type { ProgressView, ProgressViewOptions } from "./progress-view.ts";
import { paint, rowWidth, type Row } from "./styled-row.ts";
import { cleanText } from "./terminal-text.ts";

const FRAME_MS = 100;
const CLOCK_MS = 1000;
const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";
/** One picture for terminals that know it (synchronized output), and no wrapping. */
const BEGIN_FRAME = "\x1b[?2026h\x1b[?7l";
const END_FRAME = "\x1b[?7h\x1b[?2026l";
const ERASE_LINE_END = "\x1b[K";
const ERASE_BELOW = "\x1b[J";

export class LiveView implements ProgressView {
  readonly #options: ProgressViewOptions;
  readonly #out: GuardedStream;
  readonly #color: boolean;
  #run: Run | undefined;
  #following: Following | undefined;
  /** Widths of the lines on the screen that are ours. */
  #drawn: number[] = [];
  #drawnAt = Number.NEGATIVE_INFINITY;
  #timer: { due: number; cancel: () => void } | undefined;
  #isClosed = false;

  constructor(options: ProgressViewOptions, color: boolean) {
    this.#options = options;
    this.#out = guardStream(options.stream);
    this.#color = color;
  }

  attach(run: Run): void {
    if (this.#isClosed || run === this.#run) return;
    this.#following?.stop();
    if (this.#run === undefined) this.#takeTerminal();
    this.#run = run;
    this.#following = followRun(run, { onLine: () => this.#changed(), onFailure: (error) => this.#fail(error) });
    this.#changed();
  }

  readonly close = (): void => {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#following?.stop();
    if (this.#following === undefined) return;
    process.removeListener("exit", this.close);
    this.#options.stream.removeListener("resize", this.#resized);
    const { columns } = this.#size();
    this.#show(summaryOf(this.#following.progress, { now: this.#options.now(), columns }));
    this.#out.write(SHOW_CURSOR);
  };

  #takeTerminal(): void {
    process.once("exit", this.close);
    this.#options.stream.on("resize", this.#resized);
    this.#out.write(HIDE_CURSOR);
  }

  readonly #resized = (): void => this.#changed();

  #changed(): void {
    this.#schedule(Math.max(0, this.#drawnAt + FRAME_MS - this.#options.now()));
  }

  /** Keeps the earlier of two appointments. */
  #schedule(delayMs: number): void {
    const due = this.#options.now() + delayMs;
    if (this.#isClosed || (this.#timer !== undefined && this.#timer.due <= due)) return;
    this.#timer?.cancel();
    const timer = setTimeout(() => {
      this.#timer = undefined;
      this.#draw();
    }, delayMs);
    // The view never keeps a process alive.
    timer.unref();
    this.#timer = { due, cancel: () => clearTimeout(timer) };
  }

  #draw(): void {
    const progress = this.#following?.progress;
    if (progress === undefined || this.#isClosed) return;
    const now = this.#options.now();
    this.#drawnAt = now;
    try {
      // A terminal that cannot keep up gets the next frame, not all of them.
      if (this.#out.isReady()) this.#show(frameOf(progress, { now, ...this.#size() }));
      this.#schedule(CLOCK_MS);
    } catch (error) {
      this.#fail(error);
    }
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

  #fail(error: unknown): void {
    this.#following?.stop();
    this.#following = undefined;
    this.#timer?.cancel();
    process.removeListener("exit", this.close);
    this.#options.stream.removeListener("resize", this.#resized);
    const reason = error instanceof Error ? error.message : String(error);
    this.#out.write(
      `${this.#toFrameStart()}${ERASE_BELOW}${SHOW_CURSOR}the live view stopped, the run goes on: ${cleanText(reason)}\n`,
    );
    this.#drawn = [];
  }
}
