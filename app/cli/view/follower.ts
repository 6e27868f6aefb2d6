/**
 * Follows a run and says when there is something to draw; how that looks is a renderer's (`live-view.ts`, `lines-view.ts`).
 *
 * 1. A picture is drawn at most once in `leastMs` and, where there is a `mostMs`, at least once in that; it keeps no process alive.
 * 2. A renderer that fails ends the view, never the run: a listener that threw would make the journal's writer fail.
 */
import type { JournalLine } from "../../../engine/journal/events.ts";
import type { Run } from "../../../engine/runtime/run/run.ts";
import { describeError } from "../../../state/errors.ts";
import { LaneProgress } from "./lane-progress.ts";
import { cleanText } from "./terminal-text.ts";

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

export interface Renderer {
  readonly leastMs: number;
  readonly mostMs?: number;
  /** A run is there to be shown; `view`: the one that shows it. */
  begin(view: Pick<Follower, "redraw" | "close">): void;
  /** Told of each line once it is durable, and in the view of the journal. */
  tell?(line: JournalLine, progress: LaneProgress): void;
  draw(progress: LaneProgress): void;
  /** Nothing is drawn any more: what stays to be seen. */
  end(progress: LaneProgress): void;
  fail(reason: string): void;
}

export class Follower implements ProgressView {
  readonly #renderer: Renderer;
  readonly #now: () => number;
  #followed: { progress: LaneProgress; stop: () => void } | undefined;
  #drawnAt = 0;
  #timer: { due: number; cancel: () => void } | undefined;
  #isClosed = false;

  constructor(renderer: Renderer, now: () => number) {
    this.#renderer = renderer;
    this.#now = now;
  }

  attach(run: Run): void {
    if (this.#isClosed || run === this.#followed?.progress.run) return;
    this.#followed?.stop();
    const progress = new LaneProgress(run);
    const stop = run.record.journal.subscribe((line) =>
      this.#guarded(() => {
        this.#renderer.tell?.(line, progress);
        this.redraw();
      }),
    );
    this.#followed = { progress, stop };
    this.#drawnAt = this.#now();
    this.#guarded(() => this.#renderer.begin(this));
    if (this.#renderer.mostMs !== undefined) this.#schedule(0);
  }

  readonly close = (): void => {
    const progress = this.#end();
    if (progress !== undefined) this.#renderer.end(progress);
  };

  readonly redraw = (): void => this.#schedule(Math.max(0, this.#drawnAt + this.#renderer.leastMs - this.#now()));

  /** Keeps the earlier of two appointments. */
  #schedule(delayMs: number): void {
    const due = this.#now() + delayMs;
    if (this.#isClosed || (this.#timer !== undefined && this.#timer.due <= due)) return;
    this.#timer?.cancel();
    const timer = setTimeout(() => this.#guarded(() => this.#draw()), delayMs);
    timer.unref();
    this.#timer = { due, cancel: () => clearTimeout(timer) };
  }

  #draw(): void {
    this.#timer = undefined;
    if (this.#followed === undefined) return;
    this.#drawnAt = this.#now();
    this.#renderer.draw(this.#followed.progress);
    const { mostMs } = this.#renderer;
    if (mostMs !== undefined) this.#schedule(mostMs);
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#end();
      this.#renderer.fail(cleanText(describeError(error)));
    }
  }

  /** The progress of the run that was shown, the first time. */
  #end(): LaneProgress | undefined {
    if (this.#isClosed) return undefined;
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#followed?.stop();
    return this.#followed?.progress;
  }
}
