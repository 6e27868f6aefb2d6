/**
 * What a run is asked, as its caller gave it. It is kept with the run and compared whenever the run is opened: a run answers one
 * question.
 */
import { HumanMessage, type BaseMessage } from "@langchain/core/messages";
import { SwarmError } from "./errors.ts";
import { boundedHistory, exchangesIn, type Exchange } from "./exchange.ts";
import { shown } from "./problem.ts";
import { cutTo } from "./plain-text.ts";
import type { RejectedPlan, SwarmState } from "./swarm-state.ts";

/** `null`: the caller did not give it. */
export interface Question {
  task: string;
  documents?: readonly string[] | null | undefined;
  approve?: readonly string[] | null | undefined;
  plan?: Readonly<Record<string, unknown>> | null | undefined;
  /** What was asked and answered before, which it goes on with. */
  history?: readonly Exchange[] | null | undefined;
  /** Plans that a human has sent back, in a run that this one leaves from there. */
  rejected?: readonly RejectedPlan[] | null | undefined;
}

/** As much of the graph's state as says what is asked. */
type AskingState = Pick<SwarmState, "task" | "asked" | "documents" | "approve" | "plan" | "history" | "messages">;

/** What the state asks, after what the caller or else the chat says was asked before. Throws SwarmError USAGE where it asks nothing. Pure. */
export function questionIn(state: AskingState): Question {
  const { documents, approve, plan } = state;
  const history = boundedHistory(state.history ?? exchangesIn(state.messages));
  return { task: taskOf(state), documents: documents ?? null, approve: approve ?? null, plan: plan ?? null, history };
}

/** A task that is new on this thread; else the newest human message; else the same task again. */
function taskOf(state: AskingState): string {
  const given = state.task.trim();
  const said = lastHumanText(state.messages);
  const planned = typeof state.plan?.["task"] === "string" ? state.plan["task"].trim() : "";
  const task = given !== "" && given !== state.asked ? given : (said ?? "") || given || planned;
  if (task.trim() === "") {
    throw new SwarmError("USAGE", "the task is empty", { next: 'give a "task", or a human message in "messages"' });
  }
  return task.trim();
}

export function lastHumanText(messages: readonly BaseMessage[]): string | undefined {
  return messages.findLast((message) => HumanMessage.isInstance(message))?.text.trim();
}

/** The plans that a human has sent back, also where the state has only the reason, as who edits it may write it. Pure. */
export function rejectedIn(state: Pick<SwarmState, "rejected" | "rejection" | "planned">): RejectedPlan[] {
  const { rejected, rejection, planned } = state;
  if (rejection === null || rejected.at(-1)?.reason === rejection) return rejected;
  return [...rejected, { plan: planned ?? { subtasks: [] }, reason: rejection }];
}

/** The thread that a call names; undefined: none. Throws SwarmError USAGE. Pure. */
export function threadIn(configurable: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const thread = configurable?.["thread_id"];
  if (thread === undefined || (typeof thread === "string" && thread !== "")) return thread;
  throw new SwarmError("USAGE", `thread_id: expected a text that is not empty, got ${shown(thread)}`, {
    next: 'name the thread by a text, as in { configurable: { thread_id: "steps-1" } }, or leave it out',
  });
}

const NAMES = { task: "task", documents: "documents", approve: "approvals", plan: "plan" } as const;

/**
 * In what a question differs from the one on record, with both named; undefined: in nothing. What either does not mention
 * (`undefined`) is no difference. Pure.
 */
export function differenceOf(asked: Partial<Question>, onRecord: Partial<Question>): string | undefined {
  for (const key of ["task", "documents", "approve", "plan"] as const) {
    const [now, before] = [asked[key], onRecord[key]];
    if (now === undefined || before === undefined || JSON.stringify(now) === JSON.stringify(before)) continue;
    return `its ${NAMES[key]} on record: ${brief(before)}; now: ${brief(now)}`;
  }
  return undefined;
}

const MOST_SHOWN = 120;

function brief(value: unknown): string {
  if (value === null) return "none given";
  return cutTo(JSON.stringify(value), MOST_SHOWN);
}
