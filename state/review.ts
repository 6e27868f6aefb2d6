/**
 * What the swarm asks a human and what it takes as an answer: the shape that LangChain's chat front ends and Studio render
 * (`action_requests` and `review_configs`, answered by `decisions`), with the kind and the subtask beside it. One shape from the node that
 * asks to the person who answers; in a result it stands beside LangGraph's id of the interrupt (`PendingInterrupt`).
 */
import { z } from "zod";
import { many } from "./amounts.ts";
import { SwarmError } from "./errors.ts";
import type { Forecast } from "./forecast.ts";
import { nestsDeeper, TOO_DEEP } from "./nesting.ts";
import { firstProblem, shown } from "./problem.ts";
import type { PendingInterrupt } from "./run-result.ts";

const DECISIONS = ["approve", "edit", "reject"] as const;
export type DecisionType = (typeof DECISIONS)[number];

/** Also as a graph of somebody else's asks: what it does not say is empty, and decisions that there are not here are left out. */
const Review = z.object({
  action_requests: z.array(
    z.object({
      name: z.string(),
      args: z.record(z.string(), z.unknown()).catch({}),
      description: z.string().catch(""),
    }),
  ),
  review_configs: z.array(
    z.object({
      action_name: z.string(),
      allowed_decisions: z
        .array(z.string())
        .transform((names) => DECISIONS.filter((decision) => names.includes(decision))),
    }),
  ),
});
type Review = z.infer<typeof Review>;

export interface HumanRequest extends Review {
  kind: PendingInterrupt["kind"];
  /** The lane that asks; null: the run. */
  subtask: string | null;
  /** Of a plan: what it is expected to take. */
  forecast?: Forecast;
  /** What a graph asks, as it asks it. Any answer is handed on to it. */
  value?: unknown;
  /** What was wrong with the answer before, where the same is asked again. */
  problem?: string;
}

/** A question as it stands in a result; `id`: LangGraph's. */
export function pendingOf(id: string, { kind, subtask, ...request }: HumanRequest): PendingInterrupt {
  return { id, kind, subtask, request };
}

/** An action that is to be decided. */
export type AskedAction = Review["action_requests"][number] & { allowed: readonly DecisionType[] };

/** Those of a question; none: it is a pause of the run's own. */
export function actionsOf({ request }: PendingInterrupt): AskedAction[] {
  const { action_requests = [], review_configs = [] } = Review.safeParse(request).data ?? {};
  return action_requests.map((action) => {
    const review = review_configs.find(({ action_name }) => action_name === action.name);
    return { ...action, allowed: review?.allowed_decisions ?? [] };
  });
}

const ReviewDecision = z.discriminatedUnion("type", [
  z.object({ type: z.literal("approve") }),
  z.object({
    type: z.literal("edit"),
    edited_action: z.object({ name: z.string().optional(), args: z.record(z.string(), z.unknown()) }),
  }),
  z.object({ type: z.literal("reject"), message: z.string().optional() }),
]);
export type ReviewDecision = z.infer<typeof ReviewDecision>;
const Answer = z.object({ decisions: z.array(ReviewDecision) });

/** `{ decisions: [{ type }] }`, or the short forms `{ type }`, `{ type: "edit", args }`, `"approve"` and `true`/`false` where one decision is asked. */
export function readDecisions(answer: unknown, count: number): ReviewDecision[] {
  if (nestsDeeper(answer))
    throw new SwarmError("ANSWER_INVALID", `the answer does not fit the request: ${TOO_DEEP}`, {
      next: "make it flatter",
    });
  const given = asList(answer);
  const parsed = Answer.safeParse({ decisions: given });
  if (parsed.success && parsed.data.decisions.length === count) return parsed.data.decisions;
  const problem = parsed.success ? otherCount(parsed.data.decisions.length, count) : problemOf(parsed.error, given);
  const shape = '{ "decisions": [{ "type": "approve" }] } (or "edit" with "edited_action", or "reject" with "message")';
  throw new SwarmError("ANSWER_INVALID", `the answer does not fit the request: ${problem}`, {
    next: `answer with ${shape}`,
  });
}

function otherCount(given: number, count: number): string {
  return `it takes ${many(count, "decision")}, got ${given === 0 ? "none" : given}`;
}

function problemOf(error: z.ZodError, given: unknown): string {
  if (!Array.isArray(given)) return `expected decisions, "approve" or "reject", got ${shown(given)}`;
  return firstProblem(error, { decisions: given });
}

function asList(answer: unknown): unknown {
  if (answer === true || answer === "approve") return [{ type: "approve" }];
  if (answer === false || answer === "reject") return [{ type: "reject" }];
  if (typeof answer !== "object" || answer === null || Array.isArray(answer)) return answer;
  const list: unknown = "decisions" in answer ? answer.decisions : [answer];
  return Array.isArray(list) ? list.map(withEditedAction) : list;
}

/** `{ type: "edit", args }` for `{ type: "edit", edited_action: { args } }`. */
function withEditedAction(decision: unknown): unknown {
  if (typeof decision !== "object" || decision === null || !("args" in decision)) return decision;
  const { args, ...rest } = decision;
  return "edited_action" in rest ? rest : { ...rest, edited_action: { args } };
}

/** Each action may be decided as `allowed` says. Pure. */
export function requestOf(facts: {
  kind: HumanRequest["kind"];
  subtask?: string;
  actions: HumanRequest["action_requests"];
  allowed?: DecisionType[];
}): HumanRequest {
  const { kind, subtask = null, actions, allowed = ["approve", "edit", "reject"] } = facts;
  const names = new Set(actions.map(({ name }) => name));
  const review_configs = [...names].map((action_name) => ({ action_name, allowed_decisions: allowed }));
  return { kind, subtask, action_requests: actions, review_configs };
}

/** The decision of an answer to a request of one action. Throws SwarmError ANSWER_INVALID. */
export function onlyDecision(answer: unknown): ReviewDecision {
  const [decision] = readDecisions(answer, 1) as [ReviewDecision];
  return decision;
}

/** The one decision, of a kind that the request allows. Throws SwarmError ANSWER_INVALID; `problem` says why another is refused. */
export function readDecision(answer: unknown, request: HumanRequest, problem: string): ReviewDecision {
  const decision = onlyDecision(answer);
  const allowed = request.review_configs[0]?.allowed_decisions ?? [];
  if (allowed.includes(decision.type)) return decision;
  throw new SwarmError("ANSWER_INVALID", problem);
}

/** What a run pauses for by itself, in place of a question: a cap, a refused key, a full disk. */
export interface OwnPause {
  signal: string;
  evidence: string;
}

/** It waits for no answer, but for its cause to be fixed. */
export function pendingPause({ signal, evidence }: OwnPause): PendingInterrupt {
  const action = signal === "budget" ? "resume with a higher cap" : "fix the cause, then resume";
  return { id: `${PAUSED}${signal}`, kind: "budget", subtask: null, request: { signal, evidence, action } };
}

/** Undefined: it is a question. Pure. */
export function ownPauseIn({ id, request }: PendingInterrupt): OwnPause | undefined {
  if (!id.startsWith(PAUSED)) return undefined;
  return { signal: String(request["signal"]), evidence: String(request["evidence"]) };
}

const PAUSED = "paused-";

/** What is waited for: `waits for an answer: tool of subtask s1`; of a run that paused itself its cause: `quota: …`. */
export function pendingText(pending: PendingInterrupt): string {
  const pause = ownPauseIn(pending);
  if (pause !== undefined) return `${pause.signal}: ${pause.evidence}`;
  const { kind, subtask } = pending;
  return `waits for an answer: ${kind}${subtask === null ? "" : ` of subtask ${subtask}`}`;
}
