/** How a batch goes on, on standard error: a status of two lines that is redrawn on a terminal, a line for each row elsewhere. */
import type { Clock } from "../../engine/ports/clock.ts";
import { ROW_CLASSES, type BatchCaps } from "../../state/batch.ts";
import { clockTime, count, dollars, many } from "../../state/amounts.ts";
import { listed } from "../../state/plain-text.ts";
import { guardStream, isScreen, type GuardedStream } from "../cli/view/guarded-stream.ts";
import { clip } from "../cli/view/terminal-text.ts";
import type { Batch, Progress, RowReport } from "./batch.ts";
import { figuresOf } from "./page.ts";
import type { LineProblem } from "./read-rows.ts";
import type { BatchSummary } from "./summary.ts";
import type { Task } from "./tasks.ts";

const FRAME_MS = 200;
const MOST_LINES = 20;
/** To the status's first line, and nothing below it. */
const ERASE = "\r\x1b[1A\x1b[J";

interface Options {
  stream: NodeJS.WriteStream;
  isJson: boolean;
  rows: number;
  caps: BatchCaps;
  clock: Clock;
}

export class BatchProgress implements Progress {
  readonly #options: Options;
  readonly #out: GuardedStream;
  readonly #isLive: boolean;
  readonly #since: number;
  #batch: Batch | undefined;
  #ended = 0;
  /** Rows by the reason for which they have not begun. */
  readonly #unbegun = new Map<string, number>();
  #isDrawn = false;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: Options) {
    this.#options = options;
    this.#out = guardStream(options.stream);
    this.#isLive = isScreen(options.stream);
    this.#since = options.clock.now();
  }

  follow(batch: Batch): void {
    this.#batch = batch;
    if (!this.#isLive) return;
    this.#timer = setInterval(() => this.#draw(), FRAME_MS);
    this.#timer.unref();
  }

  started(tasks: readonly Task[]): void {
    const again = tasks.filter(({ work }) => work.kind === "continue").length;
    const parts = [
      ...[`${count(this.#options.rows - tasks.length)} over before`, `${count(again)} to go on with`],
      `${count(tasks.length - again)} to begin`,
    ];
    this.#say(`${many(this.#options.rows, "row")}: ${parts.filter((part) => !part.startsWith("0 ")).join(", ")}`);
  }

  /** A row that is run for the first time goes without saying. */
  began({ row, run, work }: Task): void {
    if (work.kind === "continue") this.#say(`row ${row.id} goes on: ${work.why}`);
    else if (work.isAgain) this.#say(`row ${row.id} is run again, as ${run}: ${work.why}`);
  }

  ended({ row, run, outcome }: RowReport): void {
    this.#ended += 1;
    // One cap, or one interruption, is the reason of all of them.
    if (run === null) return void this.#unbegun.set(outcome.evidence, (this.#unbegun.get(outcome.evidence) ?? 0) + 1);
    if (this.#isLive && outcome.class === "complete") return;
    this.#say(
      `row ${row.id} ${outcome.class}: ${outcome.evidence} (${this.#batch?.reports.size ?? 0} of ${this.#options.rows})`,
    );
  }

  close(summary?: BatchSummary): void {
    if (this.#isClosed) return;
    for (const [reason, rows] of this.#unbegun) this.#say(`${many(rows, "row")} ${reason}`);
    this.#isClosed = true;
    clearInterval(this.#timer);
    if (this.#isDrawn) this.#out.write(ERASE);
    this.#isDrawn = false;
    if (summary !== undefined && (this.#isLive || !this.#options.isJson)) this.#out.say(ending(summary));
  }

  #say(text: string): void {
    if (this.#isClosed || (this.#options.isJson && !this.#isLive)) return;
    if (this.#isDrawn) this.#out.write(ERASE);
    this.#isDrawn = false;
    this.#out.say(text);
  }

  #draw(): void {
    if (this.#batch === undefined || !this.#out.isReady()) return;
    const width = Math.max(20, this.#options.stream.columns || 80) - 1;
    const [rows, spending] = [this.#rows(this.#batch), this.#spending(this.#batch)].map((text) => clip(text, width));
    this.#out.write(`${this.#isDrawn ? ERASE : ""}${rows}\n${spending}`);
    this.#isDrawn = true;
  }

  #rows({ reports, running }: Batch): string {
    const ended = [...reports.values()];
    const classes = ROW_CLASSES.flatMap((name) => {
      const of = ended.filter(({ outcome }) => outcome.class === name).length;
      return of === 0 ? [] : [`${count(of)} ${name}`];
    });
    return [`${count(ended.length)} of ${many(this.#options.rows, "row")}`, ...classes, `${running} running`].join(
      " · ",
    );
  }

  /** Spend against the caps, rate, and time left by that rate. */
  #spending(batch: Batch): string {
    const { caps, clock, rows } = this.#options;
    const ms = clock.now() - this.#since;
    const rate = this.#ended / Math.max(1, ms);
    const left = clockTime((rows - batch.reports.size) / rate);
    const pace = rate === 0 ? [] : [`${(rate * 60_000).toFixed(1)} rows a minute`, `${left} left`];
    return [...figuresOf(batch.spent(), caps, ms), ...pace].join(" · ");
  }
}

function ending({ rows, spent }: BatchSummary): string {
  const classes = ROW_CLASSES.filter((name) => rows[name] > 0).map((name) => `${count(rows[name])} ${name}`);
  const cost = spent.usd > 0 ? `, ${dollars(spent.usd)}` : "";
  return `glasshive: ${many(rows.total, "row")}: ${classes.join(", ")}; ${many(spent.steps, "step")}${cost} in all`;
}

/** Each line that is no row, those with one problem together. */
export function tellProblems(problems: readonly LineProblem[]): void {
  const out = guardStream(process.stderr);
  const alike = Map.groupBy(problems, ({ problem }) => problem);
  for (const [problem, all] of [...alike].slice(0, MOST_LINES)) {
    const lines = all.map(({ line, id }) => (id === undefined ? `${line}` : `${line} (${id})`));
    out.say(`glasshive: line ${listed(lines, 5)}: ${problem}`);
  }
  if (alike.size > MOST_LINES)
    out.say(`glasshive: and ${many(alike.size - MOST_LINES, "more problem")}: see summary.json`);
}
