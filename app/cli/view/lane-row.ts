/** One working lane as one row: how long, which subtask, who, which turn, what it does now. Pure. */
import { plainWords } from "../../../state/outcome.ts";
import { clockTime, wait } from "./amounts.ts";
import type { CoordinatorTurn } from "../../../engine/journal/progress-view.ts";
import type { LaneProgress } from "./lane-progress.ts";
import type { Lane } from "./lane.ts";
import { fitRow, span, type Row, type Span } from "./styled-row.ts";
import { clip, column, widthOf } from "./terminal-text.ts";

export interface LaneColumns {
  /** Cells of each column; 0: left out. */
  title: number;
  agent: number;
  turn: number;
  doing: number;
}

/** A phase that lasts longer is shown with its duration, and later in another tone. */
const LONG_MS = 5000;
const VERY_LONG_MS = 60_000;
const TIME_CELLS = 7;
const LONGEST_TITLE = 60;

/** Widths for a terminal of so many columns and the names that are on show. Narrow ones lose the agent, then the turn. */
export function laneColumns(width: number, lanes: readonly Lane[]): LaneColumns {
  const agent = width < 76 ? 0 : Math.min(20, Math.max(6, ...lanes.map((lane) => widthOf(lane.agent)))) + 2;
  const turn = width < 56 ? 0 : 9;
  const rest = Math.max(0, width - TIME_CELLS - agent - turn);
  const widest = Math.max(8, ...lanes.map((lane) => widthOf(nameOf(lane)))) + 2;
  const title = Math.min(widest, LONGEST_TITLE, Math.floor(rest * 0.5));
  return { title, agent, turn, doing: Math.max(0, rest - title) };
}

export function laneRow(
  lane: Lane,
  progress: LaneProgress,
  at: { now: number; columns: LaneColumns; width: number },
): Row {
  const { now, columns } = at;
  const row: Span[] = [
    span(column(clockTime(now - (lane.startedAt ?? lane.since)).padStart(TIME_CELLS - 2), TIME_CELLS), "faint"),
    span(column(clip(nameOf(lane), columns.title - 2), columns.title)),
  ];
  if (columns.agent > 0) row.push(span(column(clip(lane.agent, columns.agent - 2), columns.agent), "faint"));
  if (columns.turn > 0) row.push(span(column(turnOf(lane, progress), columns.turn), "faint"));
  return fitRow([...row, ...doing(lane, now)], at.width);
}

const COORDINATOR_WORDS = {
  planner: "plans the subtasks",
  judge: "judges a check",
  synthesizer: "writes the answer",
} as const;

export function coordinatorRow(turn: CoordinatorTurn, now: number): Row {
  const time = span(column(clockTime(now - turn.since).padStart(TIME_CELLS - 2), TIME_CELLS), "faint");
  const retry = turn.state === "retrying" ? retryWords(turn.retryAt, now) : "";
  return [
    time,
    span(turn.role, "strong"),
    span("  "),
    retry === "" ? span(COORDINATOR_WORDS[turn.role]) : span(retry, "warn"),
  ];
}

function nameOf(lane: Lane): string {
  return lane.title === lane.id ? lane.id : `${lane.id} ${lane.title}`;
}

function turnOf(lane: Lane, progress: LaneProgress): string {
  const turn = lane.phase === "thinking" || lane.turns === 0 ? lane.turns + 1 : lane.turns;
  const limit = lane.limit ?? progress.facts.maxStepsOf(lane.agent);
  return `${turn}${limit === undefined ? "" : `/${limit}`}`;
}

function doing(lane: Lane, now: number): Row {
  const ms = now - lane.since;
  switch (lane.phase) {
    case "thinking":
      return [span("thinking", "accent"), lasting(ms), ...after(lane)];
    case "acting":
      return [span(lane.calls === "" ? "hands in its result" : lane.calls, "good"), lasting(ms)];
    case "waiting-model":
      return [span("queued for the model", "faint"), lasting(ms), ...after(lane)];
    case "retrying":
      return [
        span(`${plainWords(lane.signal?.kind ?? "signal")}: `, "warn"),
        span(retryWords(lane.retryAt, now), "warn"),
        span(firingOf(lane), "faint"),
      ];
    case "reassigned":
      return [span(`reassigned, attempt ${lane.attempt}`, "warn"), lasting(ms)];
    case "paused":
      return [span("waits for a human", "accent"), span(lane.calls === "" ? "" : `: ${lane.calls}`), lasting(ms)];
    case "waiting-inputs":
      return [span("waits for inputs", "faint")];
    case "waiting-slot":
      return [span("waits for a slot", "faint")];
    case "ended":
      return [span(plainWords(lane.outcome ?? "ended"), "faint")];
  }
}

function lasting(ms: number): Span {
  if (ms < LONG_MS) return span("");
  return span(` ${wait(Math.floor(ms / 1000) * 1000)}`, ms > VERY_LONG_MS ? "warn" : "faint");
}

function after(lane: Lane): Row {
  return lane.lastTool === "" ? [] : [span(` · after ${lane.lastTool}`, "faint")];
}

function retryWords(retryAt: number | undefined, now: number): string {
  return retryAt !== undefined && retryAt > now ? `goes on in ${wait(retryAt - now)}` : "tries again";
}

function firingOf(lane: Lane): string {
  return lane.firing === "" ? "" : ` (${lane.firing})`;
}
