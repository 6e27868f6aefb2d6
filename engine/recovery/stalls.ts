/**
 * Stalls that no clock sees, because the agent is busy: the same calls with the same answers again and again, or many steps
 * that bring nothing new. Read from the conversation itself, since the last time that somebody told the agent something. Pure.
 */
import { createHash } from "node:crypto";
import { AIMessage, HumanMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";
import type { Detection } from "../../state/recovery-policy.ts";
import type { Signal } from "../../state/signal.ts";

interface Step {
  /** The calls with their answers. */
  signature: string;
  /** Each answer, by content. */
  answers: string[];
  names: string;
}

/** The signal of a conversation that stalls; undefined while it gets on. Linear in the messages. */
export function stallIn(
  messages: readonly BaseMessage[],
  detection: Pick<Detection, "loop" | "noProgressSteps">,
): Signal | undefined {
  return loopSignal(stepsIn(messages), detection.loop) ?? noProgressSignal(messages, detection.noProgressSteps);
}

function loopSignal(steps: readonly Step[], { repeats, longestCycle }: Detection["loop"]): Signal | undefined {
  for (let cycle = 1; cycle <= longestCycle; cycle += 1) {
    const length = cycle * repeats;
    if (steps.length < length) return undefined;
    const last = steps.slice(-length);
    if (!last.every((step, index) => step.signature === last[index % cycle]?.signature)) continue;
    const names = last
      .slice(0, cycle)
      .map((step) => step.names)
      .join(" → ");
    return {
      kind: "loop",
      evidence: `${names}: the same ${cycle === 1 ? "calls" : `cycle of ${cycle} steps`} with the same answers ${repeats} times`,
    };
  }
  return undefined;
}

function noProgressSignal(messages: readonly BaseMessage[], most: number): Signal | undefined {
  const seen = new Set<string>();
  let without = 0;
  for (const step of stepsIn(messages)) {
    const isNew = step.answers.some((answer) => !seen.has(answer));
    for (const answer of step.answers) seen.add(answer);
    without = isNew ? 0 : without + 1;
  }
  return without < most
    ? undefined
    : { kind: "no-progress", evidence: `${without} steps in a row brought no answer that was not there before` };
}

/** Steps with tool calls since the last human message (a repair begins anew). */
function stepsIn(messages: readonly BaseMessage[]): Step[] {
  const start = messages.findLastIndex((message) => HumanMessage.isInstance(message)) + 1;
  const steps: Step[] = [];
  let open: Step | undefined;
  for (const message of messages.slice(start)) {
    if (AIMessage.isInstance(message)) {
      const calls = message.tool_calls ?? [];
      if (calls.length === 0) continue;
      open = {
        signature: digest(calls.map(({ name, args }) => [name, args])),
        answers: [],
        names: calls.map(({ name }) => name).join(", "),
      };
      steps.push(open);
    } else if (ToolMessage.isInstance(message) && open !== undefined) {
      const answer = digestOf(message);
      open.answers.push(answer);
      open.signature += answer;
    }
  }
  return steps;
}

const known = new WeakMap<BaseMessage, string>();

/** What a message says, in 16 characters. Messages do not change: each is hashed once. */
export function digestOf(message: BaseMessage): string {
  const hash = known.get(message) ?? digest(message.content);
  known.set(message, hash);
  return hash;
}

function digest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("base64").slice(0, 16);
}
