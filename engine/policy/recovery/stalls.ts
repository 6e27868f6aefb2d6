/**
 * Stalls that no clock sees, because the agent is busy: the same calls with the same answers again and again, or many steps
 * that bring nothing new. Read from the conversation itself, since the last time that somebody told the agent something. Pure.
 */
import { hash } from "node:crypto";
import { AIMessage, HumanMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";
import type { Detection } from "../../../state/recovery-policy.ts";
import type { Signal } from "../../../state/signal.ts";
import { isNote } from "../prompts/artifact-notes.ts";

export interface ToolStep {
  calls: (readonly [name: string, args: unknown])[];
  answers: string[];
  /** Calls that the step made in all. */
  expected: number;
}

/** The signal of a conversation that stalls; undefined while it gets on. Linear in the messages. */
export function stallIn(messages: readonly BaseMessage[], limits: StallLimits): Signal | undefined {
  const watch = new StallWatch(limits);
  for (const step of stepsIn(messages)) watch.push(step);
  return watch.signal();
}

type StallLimits = Pick<Detection, "loop" | "noProgressSteps">;

/** Watches steps, oldest first, since the agent was last told something. Each takes constant time. */
export class StallWatch {
  readonly #limits: StallLimits;
  /** As many of the newest steps as the longest loop has. */
  readonly #newest: { signature: string; names: string }[] = [];
  readonly #answers = new Set<string>();
  #withoutNew = 0;

  constructor(limits: StallLimits) {
    this.#limits = limits;
  }

  push(step: ToolStep): void {
    const { repeats, longestCycle } = this.#limits.loop;
    this.#newest.push({ signature: signatureOf(step), names: step.calls.map(([name]) => name).join(", ") });
    if (this.#newest.length > longestCycle * repeats) this.#newest.shift();
    const isNew = step.answers.some((answer) => !this.#answers.has(answer));
    for (const answer of step.answers) this.#answers.add(answer);
    this.#withoutNew = isNew ? 0 : this.#withoutNew + 1;
  }

  /** What the steps so far are; undefined while they get on. */
  signal(): Signal | undefined {
    return this.#loop() ?? this.#noProgress();
  }

  #loop(): Signal | undefined {
    const { repeats, longestCycle } = this.#limits.loop;
    for (let cycle = 1; cycle <= longestCycle; cycle += 1) {
      const last = this.#newest.slice(-cycle * repeats);
      if (last.length < cycle * repeats) return undefined;
      if (!last.every(({ signature }, index) => signature === last[index % cycle]?.signature)) continue;
      const names = last.slice(-cycle).map((step) => step.names);
      const what = cycle === 1 ? "calls" : `cycle of ${cycle} steps`;
      return {
        kind: "loop",
        evidence: `${names.join(" → ")}: the same ${what} with the same answers ${repeats} times`,
      };
    }
    return undefined;
  }

  #noProgress(): Signal | undefined {
    if (this.#withoutNew < this.#limits.noProgressSteps) return undefined;
    const evidence = `${this.#withoutNew} steps in a row brought no answer that was not there before`;
    return { kind: "no-progress", evidence };
  }
}

/** Steps with tool calls since the last human message that is more than a note (a repair begins anew). */
function stepsIn(messages: readonly BaseMessage[]): ToolStep[] {
  const start = messages.findLastIndex((message) => HumanMessage.isInstance(message) && !isNote(message)) + 1;
  const steps: ToolStep[] = [];
  for (const message of messages.slice(start)) {
    if (AIMessage.isInstance(message)) {
      const calls = callsIn(message);
      if (calls.length > 0) steps.push({ calls, answers: [], expected: calls.length });
    } else if (ToolMessage.isInstance(message)) steps.at(-1)?.answers.push(digestOf(message));
  }
  return steps;
}

const callsOf = new WeakMap<BaseMessage, ToolStep["calls"]>();

/** The same list for the same message: its signature is computed once. */
function callsIn(message: AIMessage): ToolStep["calls"] {
  const calls = callsOf.get(message) ?? (message.tool_calls ?? []).map(({ name, args }) => [name, args] as const);
  callsOf.set(message, calls);
  return calls;
}

const signatures = new WeakMap<ToolStep["calls"], string>();

function signatureOf({ calls, answers }: ToolStep): string {
  const known = signatures.get(calls) ?? digest(calls);
  signatures.set(calls, known);
  return `${known}/${answers.join("/")}`;
}

const known = new WeakMap<BaseMessage, string>();

/** What a message says, in 16 characters. Messages do not change: each is hashed once. */
export function digestOf(message: BaseMessage): string {
  const hash = known.get(message) ?? digest(message.content);
  known.set(message, hash);
  return hash;
}

function digest(value: unknown): string {
  return hash("sha256", JSON.stringify(value), "base64").slice(0, 16);
}

const KEPT = 200;

/** The same durations twice: as they came, and sorted, since every call asks for their median. */
interface Durations {
  newest: number[];
  sorted: number[];
}

/**
 * How long model calls take, by agent: what a straggler is measured against. Keeps the newest durations of each group.
 */
export class CallTimes {
  readonly #durations = new Map<string, Durations>();
  #calls = 0;
  #extra = 0;

  record(group: string, ms: number): void {
    const { newest, sorted } = this.#durations.get(group) ?? { newest: [], sorted: [] };
    this.#durations.set(group, { newest, sorted });
    newest.push(ms);
    sorted.splice(placeOf(ms, sorted), 0, ms);
    if (newest.length > KEPT) sorted.splice(placeOf(newest.shift() ?? ms, sorted), 1);
    this.#calls += 1;
  }

  /** Takes one second attempt out of their allowance; false: it is used up. */
  takeExtra(limits: Detection["straggler"]): boolean {
    if (this.#extra + 1 > Math.max(1, this.#calls * limits.mostExtraCalls)) return false;
    this.#extra += 1;
    return true;
  }

  /** When a call of the group is a straggler, and against what; undefined while too few have ended. */
  threshold(
    group: string,
    limits: Detection["straggler"],
  ): { afterMs: number; medianMs: number; calls: number } | undefined {
    const calls = this.#durations.get(group)?.sorted ?? [];
    const medianMs = calls[calls.length >> 1];
    if (medianMs === undefined || calls.length < limits.leastCalls) return undefined;
    return { afterMs: Math.max(limits.leastMs, medianMs * limits.factor), medianMs, calls: calls.length };
  }
}

/** The first place in ascending numbers before which all are smaller. */
function placeOf(value: number, sorted: readonly number[]): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? Infinity) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
