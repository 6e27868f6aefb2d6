/**
 * Journal lines folded into what a person wants to see of a run while it works. Deterministic: no clock but the lines' own
 * times, no input or output. Owns the meaning of each line for the view; `lane-roster.ts` keeps the lanes.
 *
 * 1. Folding a line takes constant time; a `plan` line takes time in its subtasks, an end in its dependents.
 * 2. A line of an older attempt moves no lane.
 * 3. A line that says less than expected, or of a kind that is new, changes nothing and throws nothing.
 */
import type { JournalKind, JournalLine } from "../../../engine/journal/events.ts";
import { plainWords } from "../../../state/outcome.ts";
import type { Plan } from "../../../state/plan.ts";
import { addUsage, NO_USAGE, type Caps, type Usage } from "../../../state/usage.ts";
import { namesIn, numberOf, outcomeIn, textOf, toolGist, usageIn, type JournalData } from "./journal-data.ts";
import type { Lane } from "./lane.ts";
import { LaneRoster } from "./lane-roster.ts";
import { Notables } from "./notables.ts";
import { recoveryNotable, type SeenSignal } from "./recovery-notable.ts";
import { cleanText } from "./terminal-text.ts";

export type RunPhase = "starting" | "planning" | "plan-review" | "working" | "writing" | "ended";

/** What the view knows of a run beside its journal. */
export interface RunFacts {
  id: string;
  task: string;
  caps: Caps;
  /** Model calls in flight at most. */
  concurrency: number;
  /** The run's plan as it stands, expanded. */
  plan: () => Plan | undefined;
  /** The most turns of an agent. */
  maxStepsOf: (agent: string) => number | undefined;
}

/** The planner or the synthesizer at work. */
export interface CoordinatorTurn {
  role: "planner" | "synthesizer" | "judge";
  state: "thinking" | "retrying";
  since: number;
  retryAt: number | undefined;
}

/** What one line is about. */
interface Event {
  line: JournalLine;
  data: JournalData;
  at: number;
  /** Of the line's subtask, unless the line is one of an older attempt. */
  lane: Lane | undefined;
}

export class LaneProgress {
  readonly facts: RunFacts;
  /** Cleaned. */
  readonly task: string;
  readonly roster = new LaneRoster();
  readonly notables = new Notables();
  /** Ids of model calls that were reserved and not settled. */
  readonly callsInFlight = new Set<string>();
  phase: RunPhase = "starting";
  spent: Usage = NO_USAGE;
  signals = 0;
  toolErrors = 0;
  conflicts = 0;
  /** How the run ended, as its journal says. */
  status = "";
  coordinator: CoordinatorTurn | undefined;
  coordinatorSignal: SeenSignal | undefined;
  #workedMs = 0;
  #processSince: number | undefined;
  #lastAt = 0;

  constructor(facts: RunFacts) {
    this.facts = facts;
    this.task = cleanText(facts.task);
  }

  /** Milliseconds in which some process worked on the run. */
  workedMs(now: number): number {
    return this.#workedMs + (this.#processSince === undefined ? 0 : Math.max(0, now - this.#processSince));
  }

  /** The lines of earlier processes: their clock stands still between the processes. */
  foldPast(lines: readonly JournalLine[]): void {
    for (const line of lines) this.fold(line);
    this.#stopClock();
  }

  fold(line: JournalLine): void {
    const at = Date.parse(line.at);
    this.#lastAt = at;
    const known = line.subtask === undefined ? undefined : this.roster.lane(line.subtask, at);
    const lane = known !== undefined && (line.attempt ?? known.attempt) >= known.attempt ? known : undefined;
    HANDLERS[line.kind as JournalKind]?.(this, { line, data: line.data, at, lane });
  }

  startClock(at: number): void {
    this.#stopClock();
    this.#processSince = at;
  }

  #stopClock(): void {
    if (this.#processSince !== undefined) this.#workedMs += Math.max(0, this.#lastAt - this.#processSince);
    this.#processSince = undefined;
  }
}

type Handler = (progress: LaneProgress, event: Event) => void;

const HANDLERS: Partial<Record<JournalKind, Handler>> = {
  "run-start": (progress, { at }) => {
    progress.phase = "planning";
    progress.startClock(at);
  },
  "process-start": (progress, { data, at }) => {
    progress.startClock(at);
    progress.callsInFlight.clear();
    progress.coordinator = undefined;
    progress.notables.clear();
    progress.roster.releaseSlots(at);
    const lost = numberOf(data, "lostCalls");
    const detail =
      lost === 0 ? "" : `${lost} model calls of the process before are booked in full: their end is unknown`;
    progress.notables.add({ at, tone: "plain", what: "the run continues", detail });
  },
  plan: (progress, { data, at }) => {
    progress.phase = "working";
    progress.coordinator = undefined;
    const plan = progress.facts.plan();
    if (plan !== undefined) progress.roster.adopt(plan.subtasks, at);
    const origin = textOf(data, "origin");
    if (origin.startsWith("last resort"))
      progress.notables.add({ at, tone: "warn", what: "no usable plan", detail: origin });
  },
  route: (progress, { line, data, at, lane }) => {
    if (lane === undefined) return;
    if ((line.attempt ?? 0) > lane.attempt) progress.roster.reopen(lane, at);
    lane.agent = textOf(data, "agent");
    begin(lane, line.attempt);
  },
  "attempt-start": (progress, { line, data, at, lane }) => {
    if (lane === undefined) return;
    begin(lane, line.attempt);
    lane.agent = textOf(data, "agent");
    lane.startedAt ??= at;
    if (lane.phase !== "reassigned") progress.roster.move(lane, "waiting-model", at);
  },
  reserve: (progress, { line, data, at, lane }) => {
    progress.callsInFlight.add(textOf(data, "id"));
    if (lane !== undefined) return progress.roster.move(lane, "thinking", at);
    if (line.subtask !== undefined) return undefined;
    const role = coordinatorRole(data);
    if (role !== "judge") progress.phase = role === "planner" ? "planning" : "writing";
    progress.coordinator = { role, state: "thinking", since: at, retryAt: undefined };
  },
  "model-call": (progress, { line, data, at, lane }) => {
    progress.callsInFlight.delete(textOf(data, "id"));
    if (line.subtask === undefined) progress.coordinator = undefined;
    if (lane === undefined || data.signal !== undefined) return;
    lane.turns += 1;
    lane.signal = undefined;
    lane.calls = namesIn(data, "calls");
    if (lane.calls !== "") progress.roster.move(lane, "acting", at);
  },
  settle: (progress, { data }) => {
    progress.callsInFlight.delete(textOf(data, "id"));
    progress.spent = addUsage(progress.spent, usageIn(data));
  },
  "tool-call": (progress, { data, at, lane }) => {
    if (data.outcome !== undefined && data.outcome !== "ok") progress.toolErrors += 1;
    if (lane === undefined) return;
    lane.lastTool = toolGist(data);
    if (lane.phase === "acting") progress.roster.move(lane, "waiting-model", at);
  },
  signal: (progress, { line, data, at, lane }) => {
    // That it is not there is an answer, no problem.
    if (data.kind !== "not-found") progress.signals += 1;
    const signal = { kind: textOf(data, "kind"), evidence: textOf(data, "evidence") };
    if (line.subtask === undefined) progress.coordinatorSignal = signal;
    if (lane === undefined) return;
    lane.signal = signal;
    lane.retryAt = undefined;
    progress.roster.move(lane, "retrying", at);
  },
  recovery: foldRecovery,
  "attempt-end": (_, { data, lane }) => {
    if (lane !== undefined) lane.cause = textOf(data, "cause");
  },
  publish: (progress, { data, at, lane }) => {
    const outcome = outcomeIn(data);
    if (lane === undefined || outcome === undefined || data.accepted === false) return;
    const wasEnded = lane.phase === "ended";
    progress.roster.end(lane, outcome, at);
    // One that gave up after a signal was noted with it.
    if (wasEnded || outcome === "done" || lane.signal !== undefined) return;
    progress.notables.add({
      at,
      tone: outcome === "skipped" || outcome === "not-found" ? "warn" : "bad",
      what: `ended ${plainWords(outcome)}`,
      detail: `${lane.id}: ${lane.cause}`,
    });
  },
  interrupt: (progress, { line, data, at, lane }) => {
    if (line.subtask === undefined) {
      if (data.kind === "plan") progress.phase = "plan-review";
      progress.notables.add({
        at,
        tone: "accent",
        what: "waits for a human",
        detail: `the ${textOf(data, "kind") || "run"}`,
      });
      return;
    }
    if (lane === undefined) return;
    lane.calls = namesIn(data, "calls");
    progress.roster.move(lane, "paused", at);
    progress.notables.add({ at, tone: "accent", what: "waits for a human", detail: `${lane.id} ${lane.calls}` });
  },
  resume: (progress, { line, data, at, lane }) => {
    if (lane !== undefined && lane.phase === "paused") progress.roster.move(lane, "acting", at);
    if (line.subtask === undefined && data.kind === "plan") progress.phase = "working";
    progress.notables.add({
      at,
      tone: "accent",
      what: "a human answered",
      detail: lane?.id ?? `the ${textOf(data, "kind") || "run"}`,
    });
  },
  conflict: (progress, { data, at, line }) => {
    progress.conflicts += 1;
    progress.notables.add({
      at,
      tone: "warn",
      what: "conflict",
      detail: `${line.subtask ?? ""} ${textOf(data, "artifact")}`.trim(),
    });
  },
  park: (progress, { data, at }) => {
    const detail = namesIn(data, "routedAgain");
    progress.notables.add({ at, tone: "plain", what: "routed again after a pause", detail });
  },
  "limit-change": (progress, { data, at }) => {
    const words = Object.entries(data).map(
      ([key, value]) => `${cleanText(key)} ${typeof value === "object" ? "…" : cleanText(String(value))}`,
    );
    progress.notables.add({ at, tone: "plain", what: "limit changed", detail: words.join(", ") });
  },
  "run-end": (progress, { data }) => {
    progress.phase = "ended";
    progress.status = textOf(data, "status");
    progress.coordinator = undefined;
  },
};

function coordinatorRole({ purpose }: JournalData): CoordinatorTurn["role"] {
  if (purpose === "check") return "judge";
  return purpose === "synthesize" ? "synthesizer" : "planner";
}

function foldRecovery(progress: LaneProgress, { line, data, at, lane }: Event): void {
  const seen = line.subtask === undefined ? progress.coordinatorSignal : lane?.signal;
  const signal = seen ?? { kind: textOf(data, "signal"), evidence: "" };
  const action = textOf(data, "action");
  const delayMs = numberOf(data, "delayMs");
  const [, firing = ""] = /(\d+\/\d+)$/.exec(textOf(data, "rule")) ?? [];
  const purpose = coordinatorRole(data);
  const who = line.subtask ?? (data.check === undefined ? purpose : `check ${textOf(data, "check")}`);
  progress.notables.add({
    at,
    ...recoveryNotable({ who, signal, action, delayMs, firing, agent: textOf(data, "agent") }),
  });
  if (line.subtask === undefined) {
    const waits = action === "retry" || action === "wait";
    progress.coordinator = waits ? { role: purpose, state: "retrying", since: at, retryAt: at + delayMs } : undefined;
    return;
  }
  if (lane === undefined || action === "give-up") return;
  lane.firing = firing;
  lane.retryAt = at + delayMs;
  if (action === "ask-human") progress.roster.move(lane, "paused", at);
  else progress.roster.move(lane, action === "reassign" ? "reassigned" : "retrying", at);
}

/** A new attempt starts from nothing. */
function begin(lane: Lane, attempt: number | undefined): void {
  if (attempt === undefined || attempt <= lane.attempt) return;
  lane.attempt = attempt;
  lane.turns = 0;
  lane.signal = undefined;
  lane.lastTool = "";
}
