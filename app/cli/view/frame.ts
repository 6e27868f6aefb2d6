/**
 * What the live view shows: a pure function of the progress, the time and the terminal's size. Owns the layout and what gives
 * way when room is short: events first, then lanes; header, bar and budget stay.
 */
import type { CoordinatorTurn, RunPhase } from "../../../engine/journal/progress-view.ts";
import { coverageSentence, coveredText, plainWords } from "../../../state/outcome.ts";
import { clockTime, compact, count, dollars, many, wait } from "../../../state/amounts.ts";
import type { LaneProgress, Notable } from "./lane-progress.ts";
import { PHASE_WORDS, type Lane, type ShownPhase } from "./lane-roster.ts";
import { fitRow, flow, justify, rowWidth, span, type Row, type Span, type Tone } from "./styled-row.ts";
import { clip, column, widthOf } from "./terminal-text.ts";

export interface FrameSize {
  now: number;
  columns: number;
  rows: number;
}

const EVENTS = 5;
const LONGEST_BAR = 60;
const SHORTEST_BAR = 8;

const RUN_PHASE_WORDS: Readonly<Record<RunPhase, string>> = {
  starting: "starting",
  planning: "planning",
  "plan-review": "the plan waits for a human",
  working: "",
  writing: "writing the answer",
  ended: "ended",
};

const CHIPS: readonly { phase: ShownPhase; tone: Tone }[] = [
  { phase: "thinking", tone: "accent" },
  { phase: "acting", tone: "good" },
  { phase: "waiting-model", tone: "plain" },
  { phase: "retrying", tone: "warn" },
  { phase: "reassigned", tone: "warn" },
  { phase: "paused", tone: "accent" },
  { phase: "waiting-slot", tone: "plain" },
  { phase: "waiting-inputs", tone: "plain" },
];

/** The frame of a run at work; never wider or higher than the size says. */
export function frameOf(progress: LaneProgress, size: FrameSize): Row[] {
  const { columns, rows } = size;
  const head = [
    headerRow(progress, size),
    ...stateRows(progress, columns),
    ...flow(budgetItems(progress), columns, rows < 14 ? 2 : 3),
  ];
  const room = rows - head.length;
  const events = progress.notables(Math.max(0, Math.min(EVENTS, Math.floor((room - 4) / 2))));
  const below = events.length === 0 ? 0 : events.length + 1;
  const lanes = laneRows(progress, size, room - below - 1);
  return [
    ...head,
    ...(lanes.length === 0 ? [] : [[], ...lanes]),
    ...(events.length === 0 ? [] : [[], ...events.map((event) => fitRow(eventRow(event), columns))]),
  ].slice(0, Math.max(1, rows));
}

/** What stays on the screen when the view is closed. */
export function summaryOf(progress: LaneProgress, size: { now: number; columns: number }): Row[] {
  return [headerRow(progress, size), ...flow(totalsOf(progress), size.columns, 3)];
}

/** How far the run came and what it took. */
export function totalsOf({ run, roster, now: { phase, signals }, spent, conflicts }: LaneProgress): Row[] {
  return [
    ...(roster.total === 0 ? [] : [[span(coveredText(roster.coverage, run.options.dryRun), "strong")]]),
    ...(phase === "plan-review" ? [[span(RUN_PHASE_WORDS["plan-review"], "accent")]] : []),
    ...(roster.paused.size > 0 ? [[span(`${count(roster.paused.size)} waiting for a human`, "accent")]] : []),
    [span(many(spent.steps, "step"))],
    [span(`${compact(spent.inputTokens + spent.outputTokens)} tokens`)],
    ...(spent.usd > 0 ? [[span(dollars(spent.usd))]] : []),
    ...(signals > 0 ? [[span(many(signals, "problem"), "warn")]] : []),
    ...(conflicts > 0 ? [[span(many(conflicts, "conflict"), "warn")]] : []),
  ] satisfies Row[];
}

function headerRow(progress: LaneProgress, { now, columns }: { now: number; columns: number }): Row {
  const { id, options } = progress.run;
  const { deadlineMs } = options.caps;
  const limit = deadlineMs === undefined ? "" : ` of ${clockTime(deadlineMs)}`;
  const right = [span(`${id}  `, "faint"), span(`${clockTime(progress.workedMs(now))}${limit}`, "strong")];
  return justify([span("◆ ", "accent"), span(progress.task, "strong")], right, columns);
}

function stateRows(progress: LaneProgress, columns: number): Row[] {
  const { roster } = progress;
  const words = RUN_PHASE_WORDS[progress.now.phase];
  if (roster.total === 0) return [[span(words, "accent")]];
  const chips = CHIPS.filter(({ phase }) => roster.counts[phase] > 0).map(({ phase, tone }) => [
    span(count(roster.counts[phase]), tone),
    span(` ${PHASE_WORDS[phase]}`),
  ]);
  const beside = [
    { ...roster.reduction, what: "summaries of results" },
    { ...roster.repairs, what: "repairs" },
  ]
    .filter(({ total }) => total > 0)
    .map(({ total, ended, what }) => [span(`${ended} of ${total} ${what}`, "faint")]);
  const phase = words === "" ? [] : [[span(words, "accent")]];
  return [barRow(progress, columns), ...flow([...phase, ...chips, ...beside], columns, 2)];
}

function barRow(progress: LaneProgress, columns: number): Row {
  const { counts, coverage, total } = progress.roster;
  const waiting = counts["waiting-inputs"] + counts["waiting-slot"] + counts.paused;
  const ended = counts.ended - coverage.done;
  const parts = { done: coverage.done, ended, waiting, working: total - waiting - counts.ended };
  const label = [span(coverageSentence(coverage), ended > 0 ? "warn" : "plain")];
  const room = Math.min(LONGEST_BAR, columns - rowWidth(label) - 2);
  return room < SHORTEST_BAR ? fitRow(label, columns) : [...progressBar(parts, room), span("  "), ...label];
}

function budgetItems(progress: LaneProgress): Row[] {
  const { spent, now, conflicts, roster, run } = progress;
  const { signals, toolErrors, inFlight } = now;
  const { caps } = run.options;
  const { concurrency } = run.team.model.endpoint;
  const tokens = spent.inputTokens + spent.outputTokens;
  const cached = spent.inputTokens === 0 ? 0 : Math.round((100 * spent.cachedInputTokens) / spent.inputTokens);
  const usd = spent.usd > 0 || caps.maxUsd !== undefined;
  return [
    against("steps", { now: spent.steps, cap: caps.maxSteps, shown: count }),
    against("tokens", { now: tokens, cap: caps.maxTokens, shown: compact }, cached > 0 ? ` (${cached} % cached)` : ""),
    ...(usd ? [against("cost", { now: spent.usd, cap: caps.maxUsd, shown: dollars })] : []),
    [span("agents ", "faint"), span(`${count(roster.working.size)}/${count(caps.maxAgents)}`)],
    [span("calls in flight ", "faint"), span(`${count(inFlight.size)}/${count(concurrency)}`)],
    ...Object.entries({ problems: signals, "tool errors": toolErrors, conflicts })
      .filter(([, amount]) => amount > 0)
      .map(([what, amount]) => [span(`${what} `, "faint"), span(count(amount), "warn")]),
  ];
}

interface Amount {
  now: number;
  cap: number | undefined;
  shown: (amount: number) => string;
}

/** Yellow from 80 % of a cap on, red from 95 %. */
function against(name: string, { now, cap, shown }: Amount, more = ""): Row {
  const share = cap === undefined ? 0 : now / cap;
  const tone = share >= 0.95 ? "bad" : share >= 0.8 ? "warn" : "plain";
  return [
    span(`${name} `, "faint"),
    span(shown(now), tone),
    span(cap === undefined ? "" : `/${shown(cap)}`),
    span(more, "faint"),
  ];
}

/** The coordinator, those that wait for a human, then the longest-running; and how many more there are. */
function laneRows(progress: LaneProgress, { now, columns }: FrameSize, room: number): Row[] {
  if (room < 1) return [];
  const { roster } = progress;
  const { coordinator } = progress.now;
  const first = coordinator === undefined ? [] : [fitRow(coordinatorRow(coordinator, now), columns)];
  const working = [...roster.working.values()].sort((one, other) => begun(one) - begun(other));
  const lanes = [...roster.paused.values(), ...working];
  const fits = room - first.length;
  const shown = lanes.slice(0, lanes.length <= fits ? lanes.length : Math.max(0, fits - 1));
  const widths = laneColumns(columns, shown);
  const rows = shown.map((lane) => fitRow(laneRow(lane, progress, widths, now), columns));
  const hidden = lanes.length - shown.length;
  return [...first, ...rows, ...(hidden > 0 ? [[span(`       + ${count(hidden)} more`, "faint")]] : [])].slice(0, room);
}

function eventRow({ at, tone, what, detail, times }: Notable): Row {
  return [
    span(`${new Date(at).toTimeString().slice(0, 8)}  `, "faint"),
    span(what, tone),
    span(times > 1 ? ` ×${count(times)}` : "", tone),
    span(detail === "" ? "" : `  ${times > 1 ? "last " : ""}${detail}`, "faint"),
  ];
}

const BAR_PARTS = [
  { part: "done", glyph: "█", tone: "good" },
  { part: "ended", glyph: "▓", tone: "bad" },
  { part: "working", glyph: "▒", tone: "accent" },
  { part: "waiting", glyph: "░", tone: "faint" },
] as const satisfies readonly { part: string; glyph: string; tone: Tone }[];
type BarParts = Record<(typeof BAR_PARTS)[number]["part"], number>;

/**
 * All subtasks: done, ended otherwise, at work, still to come. Each part has a glyph of its own, for want of colour. Exactly `width`
 * cells; whatever is there has at least one, as long as there is room.
 */
export function progressBar(parts: BarParts, width: number): Row {
  const total = BAR_PARTS.reduce((sum, { part }) => sum + parts[part], 0);
  if (total === 0) return [span("░".repeat(width), "faint")];
  const cells = BAR_PARTS.map(({ part }) =>
    parts[part] === 0 ? 0 : Math.max(1, Math.floor((parts[part] * width) / total)),
  );
  const sum = (): number => cells.reduce((all, cell) => all + cell, 0);
  while (sum() !== width) {
    const widest = cells.indexOf(Math.max(...cells));
    cells[widest] = (cells[widest] ?? 0) + Math.sign(width - sum());
  }
  return BAR_PARTS.map(({ glyph, tone }, index) => span(glyph.repeat(cells[index] ?? 0), tone));
}

interface LaneColumns {
  /** Cells of each column; 0: left out. */
  title: number;
  agent: number;
  turn: number;
}

/** A phase that lasts longer is shown with its duration, and later in another tone. */
const LONG_MS = 5000;
const VERY_LONG_MS = 60_000;
const TIME_CELLS = 7;
const LONGEST_TITLE = 60;

/** Widths for a terminal of so many columns and the names that are on show. Narrow ones lose the agent, then the turn. */
function laneColumns(width: number, lanes: readonly Lane[]): LaneColumns {
  const agent = width < 76 ? 0 : Math.min(20, Math.max(6, ...lanes.map((lane) => widthOf(lane.agent)))) + 2;
  const turn = width < 56 ? 0 : 9;
  const rest = Math.max(0, width - TIME_CELLS - agent - turn);
  const widest = Math.max(8, ...lanes.map((lane) => widthOf(nameOf(lane)))) + 2;
  return { title: Math.min(widest, LONGEST_TITLE, Math.floor(rest * 0.5)), agent, turn };
}

/** One working lane as one row: how long, which subtask, who, which turn, what it does now. Pure. */
function laneRow(lane: Lane, progress: LaneProgress, { title, agent, turn }: LaneColumns, now: number): Row {
  return [
    lastingColumn(begun(lane), now),
    span(column(clip(nameOf(lane), title - 2), title)),
    span(column(clip(lane.agent, agent - 2), agent), "faint"),
    span(column(turnOf(lane, progress), turn), "faint"),
    ...doing(lane, now),
  ];
}

function begun({ now }: Lane): number {
  return now.startedAt ?? now.since;
}

const COORDINATOR_WORDS = {
  planner: "plans the subtasks",
  judge: "judges a check",
  synthesizer: "writes the answer",
} as const;

function coordinatorRow({ role, since, state, retryAt }: CoordinatorTurn, now: number): Row {
  const doing = state === "retrying" ? span(retryWords(retryAt, now), "warn") : span(COORDINATOR_WORDS[role]);
  return [lastingColumn(since, now), span(role, "strong"), span("  "), doing];
}

function lastingColumn(since: number, now: number): Span {
  return span(column(clockTime(now - since).padStart(TIME_CELLS - 2), TIME_CELLS), "faint");
}

function nameOf(lane: Lane): string {
  return lane.title === lane.id ? lane.id : `${lane.id} ${lane.title}`;
}

function turnOf(lane: Lane, progress: LaneProgress): string {
  const turn = lane.phase === "thinking" || lane.now.turns === 0 ? lane.now.turns + 1 : lane.now.turns;
  const limit = lane.limit ?? progress.run.team.agent(lane.agent)?.maxSteps;
  return `${turn}${limit === undefined ? "" : `/${limit}`}`;
}

function doing(lane: Lane, now: number): Row {
  const ms = now - lane.now.since;
  switch (lane.phase) {
    case "thinking":
      return [span("thinking", "accent"), lasting(ms), ...after(lane)];
    case "acting":
      return [span(lane.calls === "" ? "hands in its result" : lane.calls, "good"), lasting(ms)];
    case "waiting-model":
      return [span("queued for the model", "faint"), lasting(ms), ...after(lane)];
    case "retrying":
      return [
        span(`${plainWords(lane.now.signal?.kind ?? "signal")}: `, "warn"),
        span(retryWords(lane.now.retryAt, now), "warn"),
        span(firingOf(lane), "faint"),
      ];
    case "reassigned":
      return [span(`reassigned, attempt ${lane.now.attempt}`, "warn"), lasting(ms)];
    case "paused":
      return [span("waits for a human", "accent"), span(lane.calls === "" ? "" : `: ${lane.calls}`), lasting(ms)];
    case "waiting-inputs":
      return [span("waits for inputs", "faint")];
    case "waiting-slot":
      return [span("waits for a slot", "faint")];
    case "ended":
      return [span(plainWords(lane.now.outcome ?? "ended"), "faint")];
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
  return lane.now.firing === "" ? "" : ` (${lane.now.firing})`;
}
