/**
 * Stalls that no clock sees, because the agent is busy: the same calls with the same answers again and again, or many steps
 * that bring nothing new. Read from the conversation itself, since the last time that somebody told the agent something. Pure.
 */
import { hash } from "node:crypto";
import { AIMessage, HumanMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";
import type { Detection } from "../../../state/recovery-policy.ts";
import { isNote } from "../prompts/artifact-notes.ts";
import type { Signal } from "../../../state/signal.ts";

/** One step's tool calls and what they answered. */
export interface ToolStep {
  calls: (readonly [name: string, args: unknown])[];
  /** Digests of the answers. */
  answers: string[];
  /** Calls that the step made in all. */
  expected: number;
}

/** The signal of a conversation that stalls; undefined while it gets on. Linear in the messages. */
export function stallIn(messages: readonly BaseMessage[], detection: StallLimits): Signal | undefined {
  return stallInSteps(stepsIn(messages), detection);
}

type StallLimits = Pick<Detection, "loop" | "noProgressSteps">;

/** The same for steps since the agent was last told something, oldest first. */
export function stallInSteps(steps: readonly ToolStep[], { loop, noProgressSteps }: StallLimits): Signal | undefined {
  return loopSignal(steps, loop) ?? noProgressSignal(steps, noProgressSteps);
}

function loopSignal(steps: readonly ToolStep[], { repeats, longestCycle }: Detection["loop"]): Signal | undefined {
  const signatures = steps.slice(-longestCycle * repeats).map(signatureOf);
  for (let cycle = 1; cycle <= longestCycle; cycle += 1) {
    const last = signatures.slice(-cycle * repeats);
    if (last.length < cycle * repeats) return undefined;
    if (!last.every((signature, index) => signature === last[index % cycle])) continue;
    const names = steps.slice(-cycle).map(({ calls }) => calls.map(([name]) => name).join(", "));
    const what = cycle === 1 ? "calls" : `cycle of ${cycle} steps`;
    return {
      kind: "loop",
      evidence: `${names.join(" → ")}: the same ${what} with the same answers ${repeats} times`,
    };
  }
  return undefined;
}

function noProgressSignal(steps: readonly ToolStep[], most: number): Signal | undefined {
  const seen = new Set<string>();
  let without = 0;
  for (const { answers } of steps) {
    const isNew = answers.some((answer) => !seen.has(answer));
    for (const answer of answers) seen.add(answer);
    without = isNew ? 0 : without + 1;
  }
  if (without < most) return undefined;
  return { kind: "no-progress", evidence: `${without} steps in a row brought no answer that was not there before` };
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
