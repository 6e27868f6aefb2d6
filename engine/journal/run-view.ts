/**
 * The one view of a run, folded from its journal event by event. Ledger, questions, the live view, `show`, results, the report of
 * parallelism, what two runs differ in and what a new process takes over are read from it and from nothing else; a run at work and a
 * file that is read fold alike.
 *
 * 1. An event takes constant time; that another process goes on takes time in the lanes.
 * 2. The view grows with the plan, with what is shared, with the different answers that tools gave, with what was recovered from, and
 *    with the lines that are written once, not with the calls that were made.
 * 3. What a beginning of the journal says, the whole does not take back, but for results that another plan drops.
 */
import type { ConflictResult } from "../../state/artifact.ts";
import { withChanges, type ChangedDocuments } from "../../state/left-out.ts";
import { addCounts, type RedactedCounts } from "../../state/redaction.ts";
import type { ArtifactReport } from "../../state/run-result.ts";
import type { TraceIds } from "./run-events.ts";
import { addUsage, type Caps } from "../../state/usage.ts";
import { EMPTY_CHAIN, type ChainHead } from "./chain.ts";
import { byKind, type ByKind, type DataOf, type JournalEntry, type JournalLine, type LineOf } from "./events.ts";
import { newLane, type LaneView } from "./lane-view.ts";
import { newProgressView, PROGRESS, type ProgressView } from "./progress-view.ts";
import { AS_ASKED, newSpendingView, reserved, settled, type SpendingView } from "./spending-view.ts";

/** The action of a question for a higher cap; pauses for a quota are interrupts of the same kind, and none of these. */
export const RAISE_CAP = "raise_cap";
/** What a tool says in fewer characters is a note, not a passage. */
const LEAST_PASSAGE = 200;

/** One answer of one tool, and the lanes that were given it. */
export interface Reading {
  tool: string;
  characters: number;
  lanes: Set<string>;
}

export interface RunView {
  /** Of the lines so far: their count, the last one's hash. */
  head: ChainHead;
  /** The hash of the first line: runs of two homes may have one name. */
  first: string | undefined;
  /** ISO 8601, of the first line. */
  startedAt: string | undefined;
  start: DataOf<"run-start"> | undefined;
  /** The newest; work may have gone on behind it. */
  end: DataOf<"run-end"> | undefined;
  isClosed: boolean;
  /** How many lines the newest `run-close` says stand before it. */
  lastClose: number | undefined;
  spending: SpendingView;
  /** By version: as given, made or edited as a whole; in the order in which they were put on record. */
  plans: Map<number, LineOf<"plan">["data"]>;
  /** Digest of the newest version; undefined where it was not put on record. */
  planContent: string | undefined;
  lanes: Map<string, LaneView>;
  /** The coordinator: what no lane did. */
  coordinator: LaneView;
  /** Lanes that have parked themselves and were not routed again. */
  parked: Set<string>;
  /** Questions to a human that were denied by default. */
  denied: number;
  /** The question for a higher cap: how many were answered, who asks now, and at which caps a human would not raise. */
  capQuestion: { round: number; asker: string | undefined; stoppedAt: Caps | undefined };
  /** What those who went on with the run found of its documents. */
  changedDocuments: ChangedDocuments | undefined;
  /** Of each artifact the newest version. */
  artifacts: Map<string, ArtifactReport>;
  /** By id, what became of each in the end. */
  conflicts: Map<string, { artifact: string; result: ConflictResult }>;
  /** What tools gave to lanes, by tool and digest. */
  readings: Map<string, Reading>;
  /** Models that were called, and those that the endpoint has refused. */
  models: Set<string>;
  refusedModels: Set<string>;
  /** By the key under which it was written once; of some kinds (`isKept`) all that they say. */
  keys: Map<string, JournalEntry | undefined>;
  /** Ids of OpenTelemetry's traces, one for each process that was traced, the oldest first. */
  traces: string[];
  redacted: RedactedCounts;
  clock: Clock;
  progress: ProgressView;
}

/** Milliseconds in which some process worked on the run: a night between two processes counts for nothing. */
interface Clock {
  lastMs: number;
  /** Between processes, so far. */
  idleMs: number;
  /** Of the processes before. */
  workedMs: number;
  processSince: number | undefined;
}

/** Stale writes that could not simply be merged: what a person calls a conflict. */
export function conflictsIn({ conflicts }: Pick<RunView, "conflicts">): number {
  let count = 0;
  for (const { result } of conflicts.values()) if (result !== "merged") count += 1;
  return count;
}

export function newRunView(): RunView {
  return {
    head: EMPTY_CHAIN,
    first: undefined,
    startedAt: undefined,
    start: undefined,
    end: undefined,
    isClosed: false,
    lastClose: undefined,
    spending: newSpendingView(),
    plans: new Map(),
    planContent: undefined,
    lanes: new Map(),
    coordinator: newLane(),
    parked: new Set(),
    denied: 0,
    capQuestion: { round: 0, asker: undefined, stoppedAt: undefined },
    changedDocuments: undefined,
    artifacts: new Map(),
    conflicts: new Map(),
    readings: new Map(),
    models: new Set(),
    refusedModels: new Set(),
    traces: [],
    redacted: {},
    keys: new Map(),
    clock: { lastMs: 0, idleMs: 0, workedMs: 0, processSince: undefined },
    progress: newProgressView(),
  };
}

/** Kinds of lines whose data is asked for again, by their key. */
export type KeptKind = "check" | "citations" | "publish";

export function isKept(kind: string): kind is KeptKind {
  return kind === "check" || kind === "citations" || kind === "publish";
}

export function foldRun(lines: Iterable<JournalLine>): RunView {
  const view = newRunView();
  for (const line of lines) applyEvent(view, line);
  return view;
}

export function applyEvent(view: RunView, line: JournalLine): void {
  const now = Date.parse(line.at);
  tick(view.clock, line.kind, now);
  view.head = { seq: line.seq, hash: line.hash };
  view.first ??= line.hash;
  view.startedAt ??= line.at;
  view.isClosed = line.kind === "run-close";
  if (line.kind !== "unknown" && line.data.key !== undefined)
    view.keys.set(line.data.key, isKept(line.kind) ? line : undefined);
  const lane = line.subtask === undefined ? undefined : laneOf(view, line);
  byKind(HANDLERS, line, { view, now: now - view.clock.idleMs });
  const isNewest = lane !== undefined && (line.attempt ?? lane.now.attempt) >= lane.now.attempt;
  byKind(PROGRESS, line, { view, at: now, lane: isNewest ? lane.now : undefined });
}

/** Milliseconds in which some process worked on the run, up to the last line. */
export function workedMs({ clock }: RunView): number {
  return clock.workedMs + (clock.processSince === undefined ? 0 : clock.lastMs - clock.processSince);
}

function tick(clock: Clock, kind: JournalLine["kind"], now: number): void {
  if (kind === "process-start" && clock.lastMs > 0) clock.idleMs += Math.max(0, now - clock.lastMs);
  if (kind === "run-start" || kind === "process-start") {
    if (clock.processSince !== undefined) clock.workedMs += clock.lastMs - clock.processSince;
    clock.processSince = now;
  }
  clock.lastMs = now;
}

interface Moment {
  view: RunView;
  /** Milliseconds of the run's working time. */
  now: number;
}

const WHOLE_PLAN = /^plan\/\d+$/;

const HANDLERS: ByKind<void, Moment> = {
  "run-start": ({ data }, { view }) => {
    view.start = data;
    traced(view, data.traces);
  },
  "process-start": ({ data: { changedDocuments: found, traces } }, { view }) => {
    traced(view, traces);
    if (found !== undefined) view.changedDocuments = withChanges(view.changedDocuments, found);
  },
  "run-end": ({ data }, { view }) => {
    view.end = data;
  },
  "run-close": ({ data }, { view }) => {
    view.lastClose = data.lines;
  },
  plan: ({ data }, { view }) => {
    view.planContent = data.content;
    for (const id of data.dropped ?? []) {
      const lane = view.lanes.get(id);
      if (lane !== undefined) lane.published = undefined;
    }
    if (!WHOLE_PLAN.test(data.key ?? "")) return;
    view.plans.delete(data.version);
    view.plans.set(data.version, data);
  },
  route: (line, { view, now }) => {
    const lane = laneOf(view, line);
    const { agent, rule } = line.data;
    lane.route = { agent, rule };
    lane.routedAt ??= now;
  },
  park: ({ subtask, data: { routedAgain = [] } }, { view }) => {
    if (subtask !== undefined) view.parked.add(subtask);
    for (const id of routedAgain) view.parked.delete(id);
  },
  "attempt-start": (line, { view, now }) => {
    const lane = laneOf(view, line);
    lane.startedAt ??= now;
    Object.assign(lane, { agent: line.data.agent, attempt: line.attempt ?? 1 });
  },
  recovery: (line, { view }) => {
    laneOf(view, line).recoveries.push(line.data.rule);
  },
  "attempt-end": (line, { view }) => {
    laneOf(view, line).ends.set(line.attempt ?? 0, line.data);
  },
  reserve: (line, { view }) => reserved(view.spending, line),
  "model-call": (line, { view }) => {
    const lane = laneOf(view, line);
    const { model, ms, waitedMs, signal } = line.data;
    lane.slotMs += waitedMs;
    lane.providerMs += ms;
    view.models.add(model);
    if (signal === "model") view.refusedModels.add(model);
  },
  settle: (line, { view }) => {
    const lane = laneOf(view, line);
    lane.spent = addUsage(lane.spent, line.data.usage);
    settled(view.spending, line);
  },
  "usage-unreported": ({ data: { model } }, { view: { spending } }) => {
    if (!spending.overruns.has(model)) spending.overruns.set(model, AS_ASKED);
  },
  "tool-call": ({ subtask, data: { tool, digest, outcome, characters } }, { view }) => {
    if (subtask === undefined || digest === undefined || outcome !== "ok" || characters < LEAST_PASSAGE) return;
    const key = `${tool} ${digest}`;
    const known = view.readings.get(key);
    if (known === undefined) view.readings.set(key, { tool, characters, lanes: new Set([subtask]) });
    else known.lanes.add(subtask);
  },
  publish: (line, { view, now }) => {
    const { data } = line;
    if (!data.accepted) return;
    const lane = laneOf(view, line);
    lane.published = line;
    lane.endedAt = now;
    // What was recorded elsewhere has taken none of this run's tokens.
    lane.isDone ||= data.outcome === "done" && data.keptFrom === undefined;
  },
  interrupt: (line, { view, now }) => {
    laneOf(view, line).askedAt ??= now;
    if (line.data.action === RAISE_CAP) view.capQuestion.asker = line.data.asker;
  },
  resume: (line, { view, now }) => {
    const { action, by, kind, stopped, caps } = line.data;
    const lane = laneOf(view, line);
    lane.humanMs += now - (lane.askedAt ?? now);
    lane.askedAt = undefined;
    // An answer is published all the same: that is no denial.
    if (by === "default" && kind !== "answer") view.denied += 1;
    if (action !== RAISE_CAP) return;
    const stoppedAt = stopped === true ? caps : undefined;
    view.capQuestion = { round: view.capQuestion.round + 1, asker: undefined, stoppedAt };
  },
  write: ({ subtask = "", data: { artifact: name, type, version, bytes, hash } }, { view }) => {
    view.artifacts.set(name, { name, type, version, bytes, hash, writtenBy: subtask, path: null });
  },
  redaction: ({ data: { counts } }, { view }) => addCounts(view.redacted, counts),
  conflict: ({ data: { id, artifact, result } }, { view }) => {
    view.conflicts.set(id, { artifact, result });
  },
};

function traced({ traces }: RunView, { opentelemetry: id }: TraceIds = {}): void {
  if (id !== undefined) traces.push(id);
}

/** The lane that the line is about; the coordinator where it names no subtask. */
function laneOf(view: RunView, { subtask }: JournalLine): LaneView {
  if (subtask === undefined) return view.coordinator;
  const known = view.lanes.get(subtask);
  if (known !== undefined) return known;
  const lane = newLane();
  view.lanes.set(subtask, lane);
  return lane;
}
