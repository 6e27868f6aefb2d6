/**
 * A recorded run under another policy: which signals would have fired, when, and what would have been done. Reads the journal
 * alone; no model is called. Pure.
 *
 * What a provider, a tool or a check did is a fact of the recording. What a threshold detects (idle, loop, no progress,
 * straggler) is detected anew, from the calls' times and the answers' digests. Where another action would have been taken, the
 * recording no longer says what came after: later signals of that attempt are marked as moot.
 */
import type { JournalLine, LineOf } from "../../journal/events.ts";
import type { ActionName, Detection, RecoveryPolicy } from "../../../state/recovery-policy.ts";
import type { Signal, SignalKind } from "../../../state/signal.ts";
import { CallTimes } from "./call-times.ts";
import {
  afterGoodReply,
  chanceOf,
  decideRecovery,
  NOT_FOR_CHECKS,
  type Firings,
  type RecoveryDecision,
} from "./decide.ts";
import { stallInSteps, type ToolStep } from "./stalls.ts";

export interface ReplayPolicy {
  detection: Detection;
  /** The policy that holds for a subtask in the hands of an agent. */
  policyFor(subtask: string | undefined, agent: string | undefined): RecoveryPolicy;
  /** What could not have been done for the subtask. */
  impossible(subtask: string | undefined): ReadonlySet<ActionName>;
}

export interface ReplayedSignal {
  /** ISO 8601: when it was, or would have been, seen. */
  at: string;
  subtask: string | null;
  attempt: number | null;
  signal: Signal["kind"];
  evidence: string;
  /** The rule that fired in the recording; null: there the signal did not fire. */
  recorded: string | null;
  /** The rule that would fire; null: under this policy the signal would not fire. */
  replayed: string | null;
  action: ActionName | null;
  delayMs: number;
  /** An earlier difference has made it doubtful. */
  moot: boolean;
}

/** Signals that a threshold of the detection decides about. */
const DETECTED: ReadonlySet<SignalKind> = new Set(["idle", "loop", "no-progress", "straggler"]);

interface Lane {
  firings: Firings;
  steps: ToolStep[];
  agent: string | undefined;
  diverged: boolean;
  /** Detected and not yet met in the recording: it would have fired here. */
  decided: number;
}

/** In the order of the journal. */
export function replaySignals(lines: readonly JournalLine[], policy: ReplayPolicy): ReplayedSignal[] {
  const lanes = new Map<string, Lane>();
  const times = new CallTimes();
  const replayed: ReplayedSignal[] = [];
  const rules = recordedRules(lines);
  for (const line of lines) {
    const lane = laneOf(lanes, line);
    if (line.kind === "attempt-start") Object.assign(lane, { steps: [], agent: line.data.agent, diverged: false });
    for (const { signal, recorded } of signalsAt(line, { lane, times, policy, rules })) {
      replayed.push(replayOne(line, { lane, signal, recorded, policy }));
    }
  }
  return paired(replayed);
}

/** What a threshold detects and what the recording says of it are one signal: met as neighbours, in either order. */
function paired(found: readonly ReplayedSignal[]): ReplayedSignal[] {
  const kept: ReplayedSignal[] = [];
  for (const entry of found) {
    const partner = DETECTED.has(entry.signal) ? kept.findLast((other) => isOther(other, entry)) : undefined;
    if (partner === undefined) kept.push({ ...entry });
    else if (entry.recorded === null) Object.assign(partner, { ...entry, recorded: partner.recorded, at: partner.at });
    else partner.recorded = entry.recorded;
  }
  return kept;
}

function isOther(one: ReplayedSignal, other: ReplayedSignal): boolean {
  return (
    one.signal === other.signal &&
    one.subtask === other.subtask &&
    one.attempt === other.attempt &&
    (one.recorded === null) !== (other.recorded === null) &&
    (one.replayed === null) !== (other.replayed === null)
  );
}

/** The rule by the signal line that it answers: the recovery line right after it, of the same subtask. */
function recordedRules(lines: readonly JournalLine[]): Map<number, string> {
  const open = new Map<string, number>();
  const rules = new Map<number, string>();
  for (const line of lines) {
    const place = `${line.subtask ?? ""}/${line.attempt ?? ""}`;
    if (line.kind === "signal") open.set(place, line.seq);
    const seq = open.get(place);
    if (line.kind === "recovery" && seq !== undefined) rules.set(seq, line.data.rule);
  }
  return rules;
}

function laneOf(lanes: Map<string, Lane>, line: JournalLine): Lane {
  const key = line.subtask ?? `coordinator/${coordinatorOf(line)}`;
  const lane = lanes.get(key) ?? { firings: {}, steps: [], agent: undefined, diverged: false, decided: 0 };
  lanes.set(key, lane);
  return lane;
}

/** Which of the coordinator's conversations a line belongs to. */
function coordinatorOf({ kind, data }: JournalLine): string {
  if (kind === "signal" || kind === "recovery") return data.check ?? data.purpose ?? "";
  return kind === "reserve" ? data.purpose : "";
}

interface Found {
  signal: Signal;
  recorded: string | null;
}

interface Reading {
  lane: Lane;
  times: CallTimes;
  policy: ReplayPolicy;
  rules: ReadonlyMap<number, string>;
}

/** The facts that a line records, and what would have been detected at it. */
function signalsAt(line: JournalLine, reading: Reading): Found[] {
  if (line.kind === "signal") return recordedSignal(line, reading);
  if (line.kind === "tool-call") return detectedAtTool(line, reading);
  return line.kind === "model-call" ? detectedAtCall(line, reading) : [];
}

function recordedSignal(line: LineOf<"signal">, { lane, rules }: Reading): Found[] {
  const { kind, evidence, retryAfterMs } = line.data;
  const recorded = rules.get(line.seq) ?? null;
  const signal: Signal = { kind, evidence, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  // The agent was told something: what stalls from here on stalls anew.
  if (recorded?.includes(" repair ") === true) lane.steps = [];
  return [{ signal, recorded }];
}

/** A step's tool calls come one line each, behind its model call. */
function detectedAtTool(line: LineOf<"tool-call">, { lane, policy }: Reading): Found[] {
  const { tool, args, digest } = line.data;
  const step = lane.steps.at(-1);
  if (step === undefined) return [];
  step.calls.push([tool, args]);
  // An answer without a digest is like no other.
  step.answers.push(digest ?? `line ${line.seq}`);
  if (step.calls.length < step.expected) return [];
  const signal = stallInSteps(lane.steps, policy.detection);
  if (signal === undefined) return [];
  // Whatever is done about it begins anew.
  lane.steps = [];
  return [{ signal, recorded: null }];
}

function detectedAtCall(line: LineOf<"model-call">, { lane, times, policy }: Reading): Found[] {
  const { ms, gapMs, calls, signal, model } = line.data;
  const found: Found[] = [];
  if (line.subtask !== undefined) {
    const group = `${lane.agent ?? ""}/${model}`;
    const threshold = times.threshold(group, policy.detection.straggler);
    if (threshold !== undefined && ms > threshold.afterMs && times.takeExtra(policy.detection.straggler)) {
      const evidence = `a call took ${ms} ms, where ${threshold.calls} calls of its siblings took ${threshold.medianMs} ms (median)`;
      found.push({ signal: { kind: "straggler", evidence }, recorded: null });
    }
    if (signal === undefined) {
      times.record(group, ms);
      lane.firings = afterGoodReply(lane.firings);
    }
    if (calls !== undefined && calls.length > 0) lane.steps.push({ calls: [], answers: [], expected: calls.length });
  }
  if (gapMs !== undefined && gapMs >= policy.detection.idleMs) {
    found.push({ signal: { kind: "idle", evidence: `no token and no event for ${gapMs} ms` }, recorded: null });
  }
  return found;
}

interface Replaying extends Found {
  lane: Lane;
  policy: ReplayPolicy;
}

function replayOne(line: JournalLine, { lane, signal, recorded, policy }: Replaying): ReplayedSignal {
  const isOfThreshold = DETECTED.has(signal.kind);
  const about = {
    at: line.at,
    subtask: line.subtask ?? null,
    attempt: line.attempt ?? null,
    signal: signal.kind,
    evidence: signal.evidence,
    moot: lane.diverged,
  };
  // A recorded detection is met again where the thresholds find it; the recording's own line then only adds its rule.
  if (isOfThreshold && line.kind === "signal") return { ...about, recorded, replayed: null, action: null, delayMs: 0 };
  const decision = decide(line, { lane, signal, policy });
  lane.firings = decision.firings;
  lane.decided += 1;
  if (recorded !== null && decision.rule !== recorded) lane.diverged = true;
  if (recorded === null) lane.diverged ||= decision.action === "give-up" || decision.action === "reassign";
  return { ...about, recorded, replayed: decision.rule, action: decision.action, delayMs: decision.delayMs };
}

/** A lane that has called no tool yet has nothing that could be taken out. */
function impossibleInLane(line: JournalLine, lane: { steps: readonly unknown[] }, policy: ReplayPolicy) {
  return new Set([...policy.impossible(line.subtask), ...(lane.steps.length > 0 ? [] : (["compact"] as const))]);
}

function decide(line: JournalLine, { lane, signal, policy }: Omit<Replaying, "recorded">): RecoveryDecision {
  const agent = (line.kind === "signal" ? line.data.agent : undefined) ?? lane.agent;
  return decideRecovery({
    signal,
    firings: lane.firings,
    policy: policy.policyFor(line.subtask, agent),
    impossible: signal.kind === "invariant-violated" ? NOT_FOR_CHECKS : impossibleInLane(line, lane, policy),
    chance: chanceOf(`${line.subtask ?? ""}/${line.attempt ?? ""}/${lane.decided}`),
  });
}
