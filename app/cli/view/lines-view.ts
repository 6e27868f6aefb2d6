/**
 * Progress where there is no terminal: few lines, each complete, fit for a log.
 *
 * 1. At most one line about the counts in five seconds, and only when something changed.
 * 2. Lanes that did not end well are named up to a limit, then counted.
 */
import type { JournalLine, LineOf } from "../../../engine/journal/events.ts";
import { OUTCOMES, plainWords } from "../../../state/outcome.ts";
import { clockTime, count, many } from "../../../state/amounts.ts";
import { Follower, type ProgressView, type ProgressViewOptions, type Renderer } from "./follower.ts";
import { totalsOf } from "./frame.ts";
import { guardStream, type GuardedStream } from "./guarded-stream.ts";
import type { LaneProgress } from "./lane-progress.ts";
import { plainText } from "./styled-row.ts";
import { clip } from "./terminal-text.ts";

const EVERY_MS = 5000;
const NAMED_LANES = 20;
/** Outcomes that are told one by one; what was skipped follows from another, and is counted. */
const NAMED_OUTCOMES: ReadonlySet<string> = new Set(
  OUTCOMES.filter((outcome) => outcome !== "done" && outcome !== "skipped"),
);

export function linesView(options: ProgressViewOptions): ProgressView {
  return new Follower(new LinesView(options), options.now);
}

class LinesView implements Renderer {
  readonly leastMs = EVERY_MS;
  readonly #now: () => number;
  readonly #out: GuardedStream;
  #said = "";
  #named = 0;
  #unnamed = 0;

  constructor({ stream, now }: ProgressViewOptions) {
    this.#now = now;
    this.#out = guardStream(stream);
  }

  begin(): void {
    this.#named = 0;
    this.#unnamed = 0;
  }

  tell(line: JournalLine, progress: LaneProgress): void {
    for (const text of newsIn(line, progress)) this.#out.say(text);
    if (line.kind === "publish") this.#tellEnd(line, progress);
  }

  draw(progress: LaneProgress): void {
    const text = progress.plan === undefined ? this.#said : progressLine(progress);
    if (text !== this.#said) this.#out.say(text);
    this.#said = text;
  }

  end(progress: LaneProgress): void {
    if (this.#unnamed > 0) this.#out.say(`${many(this.#unnamed, "more lane")} did not end well`);
    const { run, now } = progress;
    // Of a plan alone "complete" would say more than there is.
    const status = now.status === "" || run.options.dryRun ? "" : ` ${now.status}`;
    const worked = clockTime(progress.workedMs(this.#now()));
    this.#out.say(`run ${run.id}${status}: ${totalsOf(progress).map(plainText).join(" · ")} · ${worked}`);
  }

  fail(reason: string): void {
    this.#out.say(`progress is not shown any more, the run goes on: ${reason}`);
  }

  #tellEnd({ subtask, data }: LineOf<"publish">, progress: LaneProgress): void {
    const lane = progress.roster.lanes.get(subtask ?? "");
    if (lane?.now.outcome === undefined || !data.accepted || !NAMED_OUTCOMES.has(lane.now.outcome)) return;
    this.#named += 1;
    if (this.#named > NAMED_LANES) this.#unnamed += 1;
    else this.#out.say(`${lane.id} ${plainWords(lane.now.outcome)}${lane.cause === "" ? "" : `: ${lane.cause}`}`);
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
