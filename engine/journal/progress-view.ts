/**
 * What a run is doing now: part of the one fold (`run-view.ts`), and what a person sees of a run while it works. Lanes that no plan
 * names are there too; which of them wait for inputs the plan says.
 *
 * 1. A line of an older attempt moves no lane.
 * 2. What happens again under the same name is counted, not repeated, so that a hundred rate limits do not drive the one reassignment
 *    out of sight.
 */
import type { Outcome } from "../../state/outcome.ts";
import type { SignalKind } from "../../state/signal.ts";
import type { ByKind, JournalLine, LineOf } from "./events.ts";

/**
 * `waiting` for inputs or for an agent slot · `waiting-model` for a place among the calls in flight · `thinking` a model call is in
 * flight · `acting` its tools run · `retrying` after a signal · `reassigned` to another agent, which has not begun · `paused` for a
 * human · `ended` with an outcome.
 */
export type LanePhase =
  "waiting" | "waiting-model" | "thinking" | "acting" | "retrying" | "reassigned" | "paused" | "ended";
export type RunPhase = "starting" | "planning" | "plan-review" | "working" | "writing" | "ended";

/** Phases in which a lane holds an agent slot. */
export const WORKING_PHASES: ReadonlySet<LanePhase | "waiting-inputs" | "waiting-slot"> = new Set([
  ...(["waiting-model", "thinking", "acting", "retrying", "reassigned"] as const),
]);

export interface SeenSignal {
  kind: SignalKind;
  evidence: string;
}

/** A lane as it stands; times are milliseconds since the epoch. */
export interface LaneNow {
  phase: LanePhase;
  since: number;
  startedAt: number | undefined;
  /** Empty before a route. */
  agent: string;
  attempt: number;
  /** Model turns of this attempt that were answered. */
  turns: number;
  /** Tools that it runs now, or that wait for a human. */
  calls: readonly string[];
  lastTool: { tool: string; args: unknown } | undefined;
  signal: SeenSignal | undefined;
  /** When it goes on after a signal. */
  retryAt: number | undefined;
  /** Which firing of how many: "2/6"; empty where the policy does not count. */
  firing: string;
  outcome: Outcome | undefined;
  /** Why it did not end in `done`. */
  cause: string;
}

/** The planner, the synthesizer or the judge of a check at work. */
export interface CoordinatorTurn {
  role: "planner" | "synthesizer" | "judge";
  state: "thinking" | "retrying";
  since: number;
  retryAt: number | undefined;
}

/** Something notable: the last line of its name, and what was known of its lane then. */
export interface Noted {
  line: JournalLine;
  at: number;
  times: number;
  signal: SeenSignal | undefined;
  cause: string;
}

export interface ProgressView {
  phase: RunPhase;
  status: string;
  /** Model calls that this process has in flight. */
  inFlight: Set<string>;
  signals: number;
  toolErrors: number;
  coordinator: CoordinatorTurn | undefined;
  coordinatorSignal: SeenSignal | undefined;
  /** By what happened, the newest last. */
  notes: Map<string, Noted>;
}

export function newProgressView(): ProgressView {
  return {
    phase: "starting",
    status: "",
    inFlight: new Set(),
    signals: 0,
    toolErrors: 0,
    coordinator: undefined,
    coordinatorSignal: undefined,
    notes: new Map(),
  };
}

export function newLaneNow(): LaneNow {
  return {
    phase: "waiting",
    since: 0,
    startedAt: undefined,
    agent: "",
    attempt: 1,
    turns: 0,
    calls: [],
    lastTool: undefined,
    signal: undefined,
    retryAt: undefined,
    firing: "",
    outcome: undefined,
    cause: "",
  };
}

interface Moment {
  view: { progress: ProgressView; lanes: ReadonlyMap<string, { now: LaneNow }> };
  at: number;
  /** Of the line's subtask, unless the line is one of an older attempt. */
  lane: LaneNow | undefined;
}

const MOST_NOTES = 16;

export const PROGRESS: ByKind<void, Moment> = {
  "run-start": (_, { view: { progress: run } }) => {
    run.phase = "planning";
  },
  "process-start": (line, { view: { progress: run, lanes }, at }) => {
    run.inFlight.clear();
    run.notes.clear();
    run.coordinator = undefined;
    for (const { now } of lanes.values())
      if (WORKING_PHASES.has(now.phase) && now.phase !== "retrying") move(now, "waiting", at);
    note(run, "continues", { line, at });
  },
  plan: (line, { view: { progress: run }, at }) => {
    run.phase = "working";
    run.coordinator = undefined;
    if (line.data.origin.startsWith("last resort")) note(run, "last resort", { line, at });
    if (line.data.advice !== undefined) note(run, "advice", { line, at });
  },
  route: ({ attempt = 0, data }, { at, lane }) => {
    if (lane === undefined) return;
    if (lane.phase === "ended" && attempt > lane.attempt)
      Object.assign(lane, { phase: "waiting", outcome: undefined, since: at });
    begin(lane, attempt);
    lane.agent = data.agent ?? "";
  },
  "attempt-start": ({ attempt, data }, { at, lane }) => {
    if (lane === undefined) return;
    begin(lane, attempt);
    lane.agent = data.agent;
    lane.startedAt ??= at;
    if (lane.phase !== "reassigned") move(lane, "waiting-model", at);
  },
  reserve: ({ subtask, data: { id, purpose } }, { view: { progress: run }, at, lane }) => {
    run.inFlight.add(id);
    if (lane !== undefined) move(lane, "thinking", at);
    if (subtask !== undefined) return;
    const role = roleOf(purpose);
    if (role !== "judge") run.phase = role === "planner" ? "planning" : "writing";
    run.coordinator = { role, state: "thinking", since: at, retryAt: undefined };
  },
  "model-call": ({ subtask, data: { id, signal, calls = [] } }, { view: { progress: run }, at, lane }) => {
    run.inFlight.delete(id);
    if (subtask === undefined) run.coordinator = undefined;
    if (lane === undefined || signal !== undefined) return;
    Object.assign(lane, { turns: lane.turns + 1, signal: undefined, calls });
    if (calls.length > 0) move(lane, "acting", at);
  },
  settle: ({ data: { id } }, { view: { progress: run } }) => {
    run.inFlight.delete(id);
  },
  "tool-call": ({ data: { tool, kept, args = kept, outcome } }, { view: { progress: run }, at, lane }) => {
    if (outcome !== "ok") run.toolErrors += 1;
    if (lane === undefined) return;
    lane.lastTool = { tool, args };
    if (lane.phase === "acting") move(lane, "waiting-model", at);
  },
  signal: ({ subtask, data: { kind, evidence } }, { view: { progress: run }, at, lane }) => {
    // That it is not there is an answer, no problem.
    if (kind !== "not-found") run.signals += 1;
    if (subtask === undefined) run.coordinatorSignal = { kind, evidence };
    if (lane === undefined) return;
    Object.assign(lane, { signal: { kind, evidence }, retryAt: undefined });
    move(lane, "retrying", at);
  },
  recovery: recovered,
  "attempt-end": ({ data }, { lane }) => {
    if (lane !== undefined) lane.cause = data.cause ?? "";
  },
  publish: (line, { view: { progress: run }, at, lane }) => {
    const { accepted, outcome } = line.data;
    if (lane === undefined || !accepted) return;
    const wasEnded = lane.phase === "ended";
    if (!wasEnded) lane.outcome = outcome;
    move(lane, "ended", at);
    // One that gave up after a signal was noted with it.
    if (wasEnded || outcome === "done" || lane.signal !== undefined) return;
    note(run, `ended ${outcome}`, { line, at, cause: lane.cause });
  },
  interrupt: (line, { view: { progress: run }, at, lane }) => {
    const { kind, calls = [] } = line.data;
    if (line.subtask === undefined && kind === "plan") run.phase = "plan-review";
    if (line.subtask !== undefined && lane === undefined) return;
    if (lane !== undefined) {
      lane.calls = calls.map(({ name }) => name);
      move(lane, "paused", at);
    }
    note(run, "asks", { line, at });
  },
  resume: (line, { view: { progress: run }, at, lane }) => {
    if (lane?.phase === "paused") move(lane, "acting", at);
    if (line.subtask === undefined && line.data.kind === "plan") run.phase = "working";
    note(run, "answered", { line, at });
  },
  conflict: (line, { view: { progress: run }, at }) => {
    if (line.data.result !== "merged") note(run, `conflict ${line.data.artifact}`, { line, at });
  },
  park: (line, { view: { progress: run }, at }) => note(run, "park", { line, at }),
  "limit-change": (line, { view: { progress: run }, at }) => note(run, "limit", { line, at }),
  "usage-unreported": (line, { view: { progress: run }, at }) => note(run, "unreported", { line, at }),
  "run-end": ({ data }, { view: { progress: run } }) => {
    Object.assign(run, { phase: "ended", status: data.status, coordinator: undefined });
  },
};

export function roleOf(purpose: LineOf<"recovery">["data"]["purpose"]): CoordinatorTurn["role"] {
  if (purpose === "check") return "judge";
  return purpose === "synthesize" ? "synthesizer" : "planner";
}

function recovered(line: LineOf<"recovery">, { view: { progress: run }, at, lane }: Moment): void {
  const { action, delayMs, purpose } = line.data;
  const seen = line.subtask === undefined ? run.coordinatorSignal : lane?.signal;
  const signal = seen ?? { kind: line.data.signal, evidence: "" };
  note(run, `${signal.kind} ${action}`, { line, at, signal });
  if (line.subtask === undefined) {
    const waits = action === "retry" || action === "wait";
    const turn = { role: roleOf(purpose), state: "retrying" as const, since: at, retryAt: at + delayMs };
    run.coordinator = waits ? turn : undefined;
  }
  if (lane === undefined || action === "give-up") return;
  Object.assign(lane, { firing: firingOf(line), retryAt: at + delayMs });
  if (action === "ask-human") move(lane, "paused", at);
  else move(lane, action === "reassign" ? "reassigned" : "retrying", at);
}

/** "2/6"; empty where the policy does not count. */
export function firingOf({ data }: LineOf<"recovery">): string {
  return /(\d+\/\d+)$/.exec(data.rule)?.[1] ?? "";
}

function move(lane: LaneNow, phase: LanePhase, at: number): void {
  if (lane.phase !== phase && lane.phase !== "ended") Object.assign(lane, { phase, since: at });
}

/** A new attempt starts from nothing. */
function begin(lane: LaneNow, attempt = 0): void {
  if (attempt <= lane.attempt) return;
  Object.assign(lane, { attempt, turns: 0, signal: undefined, lastTool: undefined });
}

function note(
  { notes }: ProgressView,
  name: string,
  { line, at, signal, cause = "" }: { line: JournalLine; at: number; signal?: SeenSignal; cause?: string },
): void {
  const times = (notes.get(name)?.times ?? 0) + 1;
  notes.delete(name);
  notes.set(name, { line, at, times, signal, cause });
  const oldest = notes.keys().next();
  if (notes.size > MOST_NOTES && oldest.done !== true) notes.delete(oldest.value);
}
