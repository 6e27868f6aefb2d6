/**
 * Progress where there is no terminal: few lines, each complete, fit for a log.
 *
 * 1. At most one line about the counts in five seconds, and only when something changed.
 * 2. Lanes that did not end well are named up to a limit, then counted.
 */
import type { JournalLine, LineOf } from "../../../engine/journal/events.ts";
import type { Run } from "../../../engine/runtime/run/run.ts";
import { OUTCOMES, plainWords } from "../../../state/outcome.ts";
import { clockTime, count, many } from "../../../state/amounts.ts";
import type { ProgressView, ProgressViewOptions } from "./progress-view.ts";
import { totalsOf } from "./frame.ts";
import { guardStream, type GuardedStream } from "./guarded-stream.ts";
import { followRun, type Following, type LaneProgress } from "./lane-progress.ts";
import { plainText } from "./styled-row.ts";
import { clip } from "./terminal-text.ts";

const EVERY_MS = 5000;
const NAMED_LANES = 20;
/** Outcomes that are told one by one; what was skipped follows from another, and is counted. */
const NAMED_OUTCOMES: ReadonlySet<string> = new Set(
  OUTCOMES.filter((outcome) => outcome !== "done" && outcome !== "skipped"),
);

export class LinesView implements ProgressView {
  readonly #options: ProgressViewOptions;
  readonly #out: GuardedStream;
  #run: Run | undefined;
  #following: Following | undefined;
  #saidAt = 0;
  #said = "";
  #timer: NodeJS.Timeout | undefined;
  #named = 0;
  #unnamed = 0;
  #isClosed = false;

  constructor(options: ProgressViewOptions) {
    this.#options = options;
    this.#out = guardStream(options.stream);
  }

  attach(run: Run): void {
    if (this.#isClosed || run === this.#run) return;
    this.#following?.stop();
    this.#run = run;
    this.#named = 0;
    this.#unnamed = 0;
    this.#following = followRun(run, {
      onLine: (line, progress) => this.#follow(line, progress),
      onFailure: (error) =>
        this.#out.say(
          `progress is not shown any more, the run goes on: ${error instanceof Error ? error.message : String(error)}`,
        ),
    });
    this.#saidAt = this.#options.now();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#following?.stop();
    if (this.#following === undefined) return;
    if (this.#unnamed > 0) this.#out.say(`${many(this.#unnamed, "more lane")} did not end well`);
    const { progress } = this.#following;
    const now = this.#options.now();
    // Of a plan alone "complete" would say more than there is.
    const status = progress.now.status === "" || progress.run.options.dryRun ? "" : ` ${progress.now.status}`;
    this.#out.say(
      `run ${progress.run.id}${status}: ${totalsOf(progress).map(plainText).join(" · ")} · ${clockTime(progress.workedMs(now))}`,
    );
  }

  #follow(line: JournalLine, progress: LaneProgress): void {
    for (const text of newsIn(line, progress)) this.#out.say(text);
    if (line.kind === "publish") this.#tellEnd(line, progress);
    if (this.#timer === undefined && progress.plan !== undefined) this.#wait();
  }

  #tellEnd({ subtask, data }: LineOf<"publish">, progress: LaneProgress): void {
    const lane = progress.roster.lanes.get(subtask ?? "");
    if (lane?.now.outcome === undefined || !data.accepted || !NAMED_OUTCOMES.has(lane.now.outcome)) return;
    this.#named += 1;
    if (this.#named > NAMED_LANES) this.#unnamed += 1;
    else this.#out.say(`${lane.id} ${plainWords(lane.now.outcome)}${lane.cause === "" ? "" : `: ${lane.cause}`}`);
  }

  #wait(): void {
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#saidAt = this.#options.now();
        const text = this.#following === undefined ? "" : progressLine(this.#following.progress);
        if (text !== this.#said) this.#out.say(text);
        this.#said = text;
      },
      Math.max(0, this.#saidAt + EVERY_MS - this.#options.now()),
    );
    this.#timer.unref();
  }
}

/** What is worth a line of its own, at once. */
function newsIn({ kind, subtask, data }: JournalLine, progress: LaneProgress): string[] {
  const { run, roster } = progress;
  if (kind === "run-start") return [`run ${run.id} started: ${clip(progress.task, 160)}`];
  if (kind === "process-start") return [`run ${run.id} continues: ${progressLine(progress)}`];
  if (kind === "plan" && data.added !== undefined) return [`plan version ${data.version}: ${data.origin}`];
  if (kind === "plan") {
    if (data.anew !== undefined) return [`plan kept, ${count(data.anew.length)} of its subtasks to run anew`];
    const { total } = roster.reduction;
    const more = total === 0 ? "" : `, and ${count(total)} to condense their results`;
    const advice = data.advice === undefined ? [] : [data.advice];
    return [`plan made: ${many(roster.total, "subtask")}${more}`, ...advice];
  }
  const isNews = kind === "interrupt" || kind === "resume" || (kind === "recovery" && subtask === undefined);
  return isNews ? progress.notables(1).map(({ what, detail }) => `${what}: ${detail}`) : [];
}

/** "12/300 done, 48 working, 240 steps of 4,000, 1 failed". */
function progressLine({ roster, spent, run }: LaneProgress): string {
  const bad = OUTCOMES.filter((outcome) => outcome !== "done" && roster.outcomes[outcome] > 0);
  return [
    `${roster.outcomes.done}/${roster.total} done`,
    `${roster.working.size} working`,
    ...(roster.paused.size > 0 ? [`${roster.paused.size} waiting for a human`] : []),
    `${many(spent.steps, "step")} of ${count(run.options.caps.maxSteps)}`,
    ...bad.map((outcome) => `${roster.outcomes[outcome]} ${plainWords(outcome)}`),
  ].join(", ");
}
