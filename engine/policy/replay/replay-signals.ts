/**
 * A recorded run under another policy: which signals would have fired, when, and what would have been done. Reads the journal
 * alone, line by line; no model is called. Pure.
 *
 * What a provider, a tool or a check did is a fact of the recording. What a threshold detects (idle, loop, no progress,
 * straggler) is detected anew, by what detects it in a run at work. Where another action would have been taken, the
 * recording no longer says what came after: later signals of that attempt are marked as moot.
 */
import type { AgentProfile } from "../../../state/agent-profile.ts";
import type { Plan, Subtask } from "../../../state/plan.ts";
import type { ActionName, Detection, RecoveryPolicy } from "../../../state/recovery-policy.ts";
import type { Signal, SignalKind } from "../../../state/signal.ts";
import type { JournalLine, LineOf } from "../../journal/events.ts";
import { afterGoodReply, chanceOf, decideRecovery, NOT_FOR_CHECKS, type Firings } from "../recovery/decide.ts";
import { layeredPolicy } from "../recovery/policy.ts";
import { CallTimes, StallWatch, type ToolStep } from "../recovery/stalls.ts";
import { indexAgents, routeSubtask, type RoutingFacts } from "../route/route.ts";

/** The rules to replay by; agents and subtasks of the plan may have some of their own. */
interface Rules {
  recovery: RecoveryPolicy;
  detection: Detection;
  agents: readonly AgentProfile[];
  plan: Plan | undefined;
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
  watch: StallWatch;
  /** The step whose tool calls come now. */
  step: ToolStep | undefined;
  /** It has called tools since it was last told something. */
  isActing: boolean;
  agent: string | undefined;
  diverged: boolean;
  /** Decisions so far: each is by chances of its own. */
  decided: number;
  /** A signal of the recording whose decision is the next line of the lane. */
  told: LineOf<"signal"> | undefined;
}

interface Entry extends ReplayedSignal {
  seq: number;
}

/** Takes the lines one after the other; `signals` is what came of them, in the order of the journal. */
export class ReplaySignals {
  readonly #rules: Rules;
  /** Who could take a subtask. */
  readonly #team: RoutingFacts;
  readonly #subtasks: ReadonlyMap<string, Subtask>;
  /** By subtask, what could not have been done for it. */
  readonly #impossible = new Map<string | undefined, ReadonlySet<ActionName>>();
  readonly #lanes = new Map<string, Lane>();
  readonly #times = new CallTimes();
  readonly #kept: Entry[] = [];
  /** Signals of thresholds, detected or recorded, whose other half has not been met. */
  readonly #halves = new Map<string, Entry[]>();

  constructor(rules: Rules) {
    this.#rules = rules;
    const { agents } = rules;
    const tools = new Set(agents.flatMap((agent) => agent.tools));
    this.#team = { agents, index: indexAgents(agents), records: new Map(), assigned: 0, tools };
    this.#subtasks = new Map((rules.plan?.subtasks ?? []).map((subtask) => [subtask.id, subtask]));
  }

  readonly add = (line: JournalLine): void => {
    const { kind } = line;
    if (kind === "attempt-start" || kind === "signal" || kind === "recovery") this.#follow(this.#laneOf(line), line);
    else if (kind === "tool-call" || kind === "model-call") {
      const lane = this.#laneOf(line);
      this.#answered(lane, null);
      if (kind === "tool-call") this.#tool(lane, line);
      else this.#call(lane, line);
    }
  };

  signals(): ReplayedSignal[] {
    for (const lane of this.#lanes.values()) this.#answered(lane, null);
    const inOrder = this.#kept.toSorted((one, other) => one.seq - other.seq);
    return inOrder.map(({ at, subtask, attempt, signal, evidence, moot, recorded, replayed, action, delayMs }) => ({
      at,
      subtask,
      attempt,
      signal,
      evidence,
      moot,
      recorded,
      replayed,
      action,
      delayMs,
    }));
  }

  #laneOf(line: JournalLine): Lane {
    const key = line.subtask ?? `coordinator/${coordinatorOf(line)}`;
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      const watch = new StallWatch(this.#rules.detection);
      const fresh = { firings: {}, step: undefined, isActing: false, agent: undefined, told: undefined };
      this.#lanes.set(key, (lane = { ...fresh, watch, diverged: false, decided: 0 }));
    }
    return lane;
  }

  #follow(lane: Lane, line: LineOf<"attempt-start"> | LineOf<"signal"> | LineOf<"recovery">): void {
    this.#answered(lane, line.kind === "recovery" ? line.data.rule : null);
    if (line.kind === "signal") lane.told = line;
    if (line.kind !== "attempt-start") return;
    this.#beginAnew(lane);
    Object.assign(lane, { agent: line.data.agent, diverged: false });
  }

  #beginAnew(lane: Lane): void {
    Object.assign(lane, { watch: new StallWatch(this.#rules.detection), step: undefined, isActing: false });
  }

  /** The recording's own decision on the lane's last signal; null: it made none. */
  #answered(lane: Lane, rule: string | null): void {
    const { told } = lane;
    if (told === undefined) return;
    lane.told = undefined;
    // The agent was told something: what stalls from here on stalls anew.
    if (rule?.includes(" repair ") === true) this.#beginAnew(lane);
    const { kind, evidence, retryAfterMs } = told.data;
    const signal: Signal = { kind, evidence, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
    this.#decide(lane, told, { signal, recorded: rule });
  }

  #call(lane: Lane, line: LineOf<"model-call">): void {
    const { ms, gapMs, calls = [], signal, model } = line.data;
    const { straggler, idleMs } = this.#rules.detection;
    if (line.subtask !== undefined) {
      const group = `${lane.agent ?? ""}/${model}`;
      const threshold = this.#times.threshold(group, straggler);
      if (threshold !== undefined && ms > threshold.afterMs && this.#times.takeExtra(straggler)) {
        const evidence = `a call took ${ms} ms, where ${threshold.calls} calls of its siblings took ${threshold.medianMs} ms (median)`;
        this.#decide(lane, line, { signal: { kind: "straggler", evidence }, recorded: null });
      }
      if (signal === undefined) {
        this.#times.record(group, ms);
        lane.firings = afterGoodReply(lane.firings);
      }
      if (calls.length > 0) this.#beginStep(lane, calls.length);
    }
    if (gapMs < idleMs) return;
    this.#decide(lane, line, {
      signal: { kind: "idle", evidence: `no token and no event for ${gapMs} ms` },
      recorded: null,
    });
  }

  /** Its tool calls come one line each, behind its model call; of one that was broken off not all. */
  #beginStep(lane: Lane, expected: number): void {
    if (lane.step !== undefined) lane.watch.push(lane.step);
    Object.assign(lane, { step: { calls: [], answers: [], expected }, isActing: true });
  }

  #tool(lane: Lane, line: LineOf<"tool-call">): void {
    const { step } = lane;
    const { tool, kept, args = kept?.digest, digest } = line.data;
    if (step === undefined) return;
    step.calls.push([tool, args]);
    // An answer without a digest is like no other.
    step.answers.push(digest ?? `line ${line.seq}`);
    if (step.calls.length < step.expected) return;
    lane.watch.push(step);
    lane.step = undefined;
    const signal = lane.watch.signal();
    if (signal === undefined) return;
    // Whatever is done about it begins anew.
    this.#beginAnew(lane);
    this.#decide(lane, line, { signal, recorded: null });
  }

  /** What the policy says of a signal, or that the recording's own is one that its thresholds would not have found. */
  #decide(lane: Lane, line: JournalLine, { signal, recorded }: { signal: Signal; recorded: string | null }): void {
    const { seq, at, subtask = null, attempt = null } = line;
    const about = { seq, at, subtask, attempt, signal: signal.kind, evidence: signal.evidence, moot: lane.diverged };
    if (DETECTED.has(signal.kind) && line.kind === "signal") {
      this.#keep({ ...about, recorded, replayed: null, action: null, delayMs: 0 });
      return;
    }
    const agent = (line.kind === "signal" ? line.data.agent : undefined) ?? lane.agent;
    const { action, rule, delayMs, firings } = decideRecovery({
      signal,
      firings: lane.firings,
      policy: this.#policyFor(line.subtask, agent),
      impossible: signal.kind === "invariant-violated" ? NOT_FOR_CHECKS : this.#impossibleFor(lane, line.subtask),
      chance: chanceOf(`${subtask ?? ""}/${attempt ?? ""}/${lane.decided}`),
    });
    Object.assign(lane, { firings, decided: lane.decided + 1 });
    if (recorded !== null && rule !== recorded) lane.diverged = true;
    if (recorded === null) lane.diverged ||= action === "give-up" || action === "reassign";
    this.#keep({ ...about, recorded, replayed: rule, action, delayMs });
  }

  #policyFor(subtask = "", agent = ""): RecoveryPolicy {
    const profile = this.#rules.agents.find(({ name }) => name === agent);
    return layeredPolicy(this.#rules.recovery, profile?.recovery, this.#subtasks.get(subtask)?.recovery);
  }

  /** A lane that has called no tool yet has nothing that could be taken out. */
  #impossibleFor({ isActing }: Lane, subtask: string | undefined): ReadonlySet<ActionName> {
    const impossible = this.#impossible.get(subtask) ?? impossibleFor(this.#subtasks.get(subtask ?? ""), this.#team);
    this.#impossible.set(subtask, impossible);
    return isActing ? impossible : new Set([...impossible, "compact"]);
  }

  /** What a threshold detects and what the recording says of it are one signal: met as neighbours, in either order. */
  #keep(entry: Entry): void {
    if (!DETECTED.has(entry.signal)) return void this.#kept.push(entry);
    const key = `${entry.subtask ?? ""}/${entry.attempt ?? ""}/${entry.signal}`;
    const halves = this.#halves.get(key) ?? [];
    const partner = halves.at(-1);
    if (partner !== undefined && isOther(partner, entry)) {
      halves.pop();
      if (entry.recorded === null)
        Object.assign(partner, { ...entry, recorded: partner.recorded, at: partner.at, seq: partner.seq });
      else partner.recorded = entry.recorded;
      return;
    }
    this.#kept.push(entry);
    if (entry.recorded === null && entry.replayed === null) return;
    halves.push(entry);
    this.#halves.set(key, halves);
  }
}

function isOther(one: Entry, other: Entry): boolean {
  return (one.recorded === null) !== (other.recorded === null) && (one.replayed === null) !== (other.replayed === null);
}

/** As far as the plan and the profiles say: who else could have taken it, whether it can be split. */
function impossibleFor(subtask: Subtask | undefined, team: RoutingFacts): Set<ActionName> {
  if (subtask === undefined) return new Set(["repair", "reassign", "split", "hedge", "ask-human"]);
  const impossible = new Set<ActionName>(subtask.role === "work" ? [] : ["split"]);
  return routeSubtask(subtask, team).candidates.length < 2 ? impossible.add("reassign") : impossible;
}

/** How many fired then, would fire now, and by which rule. */
export function signalCounts(signals: readonly ReplayedSignal[]) {
  const { same = [], different = [], onlyRecorded = [], onlyReplayed = [] } = Object.groupBy(signals, kindOf);
  const both = same.length + different.length;
  return {
    recorded: both + onlyRecorded.length,
    replayed: both + onlyReplayed.length,
    same: same.length,
    different: different.length,
    onlyRecorded: onlyRecorded.length,
    onlyReplayed: onlyReplayed.length,
  };
}

function kindOf({ recorded, replayed }: ReplayedSignal): "same" | "different" | "onlyRecorded" | "onlyReplayed" {
  if (recorded === null) return "onlyReplayed";
  if (replayed === null) return "onlyRecorded";
  return recorded === replayed ? "same" : "different";
}

function coordinatorOf({ kind, data }: JournalLine): string {
  if (kind === "signal" || kind === "recovery") return data.check ?? data.purpose ?? "";
  return kind === "reserve" ? data.purpose : "";
}
