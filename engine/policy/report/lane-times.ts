/** What each lane did with its time, from the lines of the journal and the plan. Pure; linear in the lines. */
import type { JournalLine } from "../../journal/events.ts";
import type { Plan } from "../../../state/plan.ts";
import { workingTime } from "./working-time.ts";

/** Milliseconds of the run's working time. */
export interface LaneTimes {
  subtask: string;
  startMs: number;
  endMs: number;
  /** From the plan's routing to its last input. */
  waitedForInputsMs: number;
  /** From then to its place among the agents at work. */
  waitedForAgentSlotMs: number;
  waitedForModelSlotMs: number;
  /** From a question to a human to its answer: the lane holds no slot meanwhile. */
  waitedForHumanMs: number;
  /** Model calls, from the request to the end of the answer. */
  providerMs: number;
  steps: number;
}

export interface RunTimes {
  /** Those that have begun, in the order of the plan. */
  lanes: LaneTimes[];
  tokens: number;
  /** Subtasks of the plan whose result is done. */
  done: number;
  /** Waiting for a model slot and for the provider, by the coordinator. */
  coordinator: Pick<LaneTimes, "waitedForModelSlotMs" | "providerMs" | "steps">;
}

/** As they are gathered; the ends are absent while they are unknown. */
interface Gathered {
  routedAt?: number;
  startedAt?: number;
  endedAt?: number;
  askedAt?: number | undefined;
  humanMs: number;
  slotMs: number;
  providerMs: number;
  steps: number;
}

export function runTimes(lines: readonly JournalLine[], plan: Plan | undefined): RunTimes {
  const worked = workingTime(lines);
  const by = new Map<string, Gathered>();
  const done = new Set<string>();
  let tokens = 0;
  const of = (subtask = ""): Gathered => {
    let lane = by.get(subtask);
    if (lane === undefined) by.set(subtask, (lane = { humanMs: 0, slotMs: 0, providerMs: 0, steps: 0 }));
    return lane;
  };
  for (const { kind, subtask, data, at } of lines) {
    const lane = of(subtask);
    const now = worked(Date.parse(at));
    if (kind === "route") lane.routedAt ??= now;
    if (kind === "attempt-start") lane.startedAt ??= now;
    if (kind === "interrupt") lane.askedAt ??= now;
    if (kind === "resume") answered(lane, now);
    if (kind === "publish" && data.accepted) {
      lane.endedAt = now;
      if (data.outcome === "done") done.add(subtask ?? "");
    }
    if (kind === "model-call") {
      lane.slotMs += data.waitedMs;
      lane.providerMs += data.ms;
    }
    if (kind === "settle") {
      const usage = data.usage;
      lane.steps += usage.steps;
      tokens += usage.inputTokens + usage.outputTokens;
    }
  }
  const subtasks = plan?.subtasks ?? [];
  const end = lines.length === 0 ? 0 : worked(Date.parse((lines.at(-1) as JournalLine).at));
  const { slotMs, providerMs, steps } = of();
  return {
    lanes: subtasks.flatMap(({ id, dependsOn }) => {
      const lane = by.get(id);
      if (lane?.startedAt === undefined) return [];
      const inputs = dependsOn.map((input) => by.get(input)?.endedAt ?? 0);
      return [timesOf(id, { ...lane, startedAt: lane.startedAt }, Math.max(0, ...inputs), end)];
    }),
    tokens,
    done: subtasks.filter(({ id, role }) => role === "work" && done.has(id)).length,
    coordinator: { waitedForModelSlotMs: slotMs, providerMs, steps },
  };
}

function answered(lane: Gathered, now: number): void {
  lane.humanMs += now - (lane.askedAt ?? now);
  lane.askedAt = undefined;
}

function timesOf(subtask: string, lane: Gathered & { startedAt: number }, inputsAt: number, end: number): LaneTimes {
  const routedAt = lane.routedAt ?? lane.startedAt;
  const readyAt = Math.min(lane.startedAt, Math.max(routedAt, inputsAt));
  return {
    subtask,
    startMs: lane.startedAt,
    endMs: Math.max(lane.startedAt, lane.endedAt ?? end),
    waitedForInputsMs: Math.max(0, readyAt - routedAt),
    waitedForAgentSlotMs: lane.startedAt - readyAt,
    waitedForModelSlotMs: lane.slotMs,
    waitedForHumanMs: lane.humanMs + (lane.askedAt === undefined ? 0 : Math.max(0, end - lane.askedAt)),
    providerMs: lane.providerMs,
    steps: lane.steps,
  };
}
