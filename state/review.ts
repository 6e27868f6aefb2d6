/**
 * What the swarm asks a human and what it takes as an answer: the shape that LangChain's chat front ends and Studio render
 * (`action_requests` and `review_configs`, answered by `decisions`), with the kind and the subtask beside it.
 */
import { z } from "zod";
import { many } from "./amounts.ts";
import { SwarmError } from "./errors.ts";
import type { PendingInterrupt } from "./run-result.ts";
import type { Forecast } from "./forecast.ts";
import { nestsDeeper, TOO_DEEP } from "./nesting.ts";
import { firstProblem, shown } from "./problem.ts";

export type DecisionType = "approve" | "edit" | "reject";

export interface HumanRequest {
  kind: PendingInterrupt["kind"];
  subtask: string | null;
  action_requests: { name: string; args: Record<string, unknown>; description: string }[];
  review_configs: { action_name: string; allowed_decisions: DecisionType[] }[];
  /** Of a plan: what it is expected to take. */
  forecast?: Forecast;
  /** What a graph asks, as it asks it. Any answer is handed on to it. */
  value?: unknown;
  /** What was wrong with the answer before, where the same is asked again. */
  problem?: string;
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

/** A request of one action, as nearly all are. Pure. */
export function requestOf(facts: {
  kind: HumanRequest["kind"];
  subtask?: string;
  action: { name: string; args: Record<string, unknown>; description: string };
  allowed?: DecisionType[];
}): HumanRequest {
  const { kind, subtask, action, allowed = ["approve", "edit", "reject"] } = facts;
  return {
    kind,
    subtask: subtask ?? null,
    action_requests: [action],
    review_configs: [{ action_name: action.name, allowed_decisions: allowed }],
  };
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

/** The id of what a run pauses for by itself, in place of a question: a cap, a refused key, a full disk. */
export function pauseId(cause: string): string {
  return `paused-${cause}`;
}

/** Whether a run waits for no answer, but for its cause to be fixed. Pure. */
export function isOwnPause({ id }: { id: string }): boolean {
  return id.startsWith(pauseId(""));
}

/** What is waited for: `waits for an answer: tool of subtask s1`; of a run that paused itself its cause: `quota: …`. */
export function pendingText({ id, kind, subtask, request }: PendingInterrupt): string {
  if (isOwnPause({ id })) return `${String(request["signal"])}: ${String(request["evidence"])}`;
  return `waits for an answer: ${kind}${subtask === null ? "" : ` of subtask ${subtask}`}`;
}
