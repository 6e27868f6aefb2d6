/**
 * Node `plan-review`: with `approve: plan` it interrupts for a human, in the shape that chat front ends render; without it
 * passes by. Approve goes on, edit takes the human's plan, reject sends the reason back to the planner.
 */
import type { LangGraphRunnableConfig } from "@langchain/langgraph";
import { recordPlan } from "../engine/journal/recorded-messages.ts";
import { forecastLine } from "../engine/policy/budget/forecast-text.ts";
import { checkedPlan } from "../engine/runtime/coordinator/ask-planner.ts";
import type { Run, Services } from "../engine/runtime/run/run.ts";
import { forecastRun } from "../engine/runtime/coordinator/forecast-run.ts";
import { askHuman, NOBODY } from "../engine/runtime/people/ask-human.ts";
import { withReduction } from "../engine/policy/plan/reduction-tree.ts";
import { many } from "../state/amounts.ts";
import { SwarmError } from "../state/errors.ts";
import type { Forecast } from "../state/forecast.ts";
import type { Plan, PlanFile } from "../state/plan.ts";
import { onlyDecision, requestOf, type HumanRequest, type ReviewDecision } from "../state/review.ts";
import type { PlanInState, SwarmState, SwarmUpdate } from "../state/swarm-state.ts";

/** What the human said; of an edit, the checked plan too. */
type Review = Exclude<ReviewDecision, { type: "edit" }> | { type: "edit"; file: PlanFile; plan: Plan };

export function planReview(services: Services) {
  return async (state: SwarmState, config: LangGraphRunnableConfig): Promise<SwarmUpdate> => {
    const run = await services.runs.open(state, config);
    if (!run.options.approve.includes("plan")) return { rejection: null };
    const version = state.planVersion + 1;
    const drawn = await forecastRun(run);
    const about = { version: state.planVersion };
    const { answer: review, by } = await askHuman(run, {
      key: String(state.planVersion),
      request: askingFor(run, state.planned ?? undefined, drawn),
      about,
      read: (answer) => readReview(run, answer, version),
      carryOut: (review) => carryOut(run, review, version),
      record: (review) => ({
        ...about,
        decision: review.type === "edit" ? { type: "edit", plan: review.file } : review,
      }),
    });
    if (by === "default") throw notApproved(run);
    return updateOf(review, version, state);
  };
}

function notApproved(run: Run): SwarmError {
  return new SwarmError("NOBODY_TO_ASK", `the plan of run ${run.id} was not approved: ${NOBODY}`, {
    next: "run it attended, or without plan in --approve",
  });
}

function askingFor(run: Run, planned: PlanInState | undefined, drawn: Forecast): HumanRequest {
  const count = run.shared.board.plan()?.subtasks.filter((subtask) => subtask.role === "work").length ?? 0;
  const description = `Run this plan of ${many(count, "subtask")}? ${forecastLine(drawn)}`;
  const action = { name: "run_plan", args: { plan: planned ?? {} }, description };
  return { ...requestOf({ kind: "plan", actions: [action] }), forecast: drawn };
}

/** Throws SwarmError ANSWER_INVALID, PLAN_INVALID: the human is asked again. */
function readReview(run: Run, answer: unknown, version: number): Review {
  const decision = onlyDecision(answer);
  if (decision.type !== "edit") return decision;
  const edited = checkedPlan(run, decision.edited_action.args["plan"], version);
  refuseReplaced(run, edited.plan);
  return { type: "edit", ...edited };
}

/** What lanes have done belongs to the plan that they were sent by: of another plan, a subtask of the same name would count as done. */
function refuseReplaced(run: Run, plan: Plan): void {
  if (run.shared.board.results().length === 0) return;
  // The same edit once more, after a crash.
  if (JSON.stringify(run.shared.board.plan()) === JSON.stringify(withReduction(plan))) return;
  throw new SwarmError("ANSWER_INVALID", `run ${run.id} has results by the plan it had; approve that one`, {
    next: "or ask anew, as a run of its own, for another plan",
  });
}

async function carryOut(run: Run, review: Review, version: number): Promise<void> {
  if (review.type !== "edit") return;
  const plan = withReduction(review.plan);
  await run.shared.board.savePlan(plan);
  const data = { version, origin: "human", plan: review.file, content: recordPlan(run.shared.contents, plan) };
  await run.record.once(`plan/${version}`, { kind: "plan", data });
}

function updateOf(review: Review, version: number, { planned, rejected }: SwarmState): SwarmUpdate {
  if (review.type === "approve") return { rejection: null };
  if (review.type === "reject") {
    const reason = review.message ?? "rejected without a reason";
    return { rejection: reason, rejected: [...rejected, { plan: planned ?? { subtasks: [] }, reason }] };
  }
  return { rejection: null, planVersion: version, planned: review.file };
}
