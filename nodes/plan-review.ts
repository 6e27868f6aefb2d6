/**
 * Node `plan-review`: with `approve: plan` it interrupts for a human, in the shape that chat front ends render; without it
 * passes by. Approve goes on, edit takes the human's plan, reject sends the reason back to the planner.
 */
import type { LangGraphRunnableConfig } from "@langchain/langgraph";
import type { RunHandle, Services } from "../engine/ports.ts";
import { askHuman } from "../engine/recovery/ask-human.ts";
import { expandPlan, parsePlanFile } from "../engine/schedule/read-plan.ts";
import { withReduction } from "../engine/schedule/reduction-tree.ts";
import type { Plan, PlanFile } from "../state/plan.ts";
import { readDecisions, type HumanRequest, type ReviewDecision } from "../state/review.ts";
import type { PlanInState, SwarmState, SwarmUpdate } from "../state/swarm-state.ts";

/** What the human said; of an edit, the checked plan too. */
type Review = Exclude<ReviewDecision, { type: "edit" }> | { type: "edit"; file: PlanFile; plan: Plan };

export function planReview(services: Services) {
  return async (state: SwarmState, config: LangGraphRunnableConfig): Promise<SwarmUpdate> => {
    const run = await services.runs.open(state.runId, config);
    if (!run.options.approve.includes("plan")) return { rejection: null };
    await run.journalOnce(`interrupt/plan/${state.planVersion}`, {
      kind: "interrupt",
      data: { kind: "plan", version: state.planVersion },
    });
    const version = state.planVersion + 1;
    const review = askHuman(requestOf(run, state.planned ?? undefined), (answer) => readReview(run, answer, version));
    const update = await carryOut(run, review, version);
    const decision = review.type === "edit" ? { type: "edit", plan: review.file } : review;
    await run.journalOnce(`resume/plan/${state.planVersion}`, {
      kind: "resume",
      data: { kind: "plan", version: state.planVersion, decision },
    });
    return update;
  };
}

function requestOf(run: RunHandle, planned: PlanInState | undefined): HumanRequest {
  const count = run.board.plan()?.subtasks.filter((subtask) => subtask.role === "work").length ?? 0;
  const description = `Run this plan of ${count} ${count === 1 ? "subtask" : "subtasks"}?`;
  return {
    kind: "plan",
    subtask: null,
    action_requests: [{ name: "run_plan", args: { plan: planned ?? {} }, description }],
    review_configs: [{ action_name: "run_plan", allowed_decisions: ["approve", "edit", "reject"] }],
  };
}

/** Throws SwarmError ANSWER_INVALID, PLAN_INVALID: the human is asked again. */
function readReview(run: RunHandle, answer: unknown, version: number): Review {
  const [decision] = readDecisions(answer, 1) as [ReviewDecision];
  if (decision.type !== "edit") return decision;
  const file = parsePlanFile(decision.edited_action.args["plan"]);
  const { documents } = run;
  const expandDocuments = documents === undefined ? undefined : documents.expand.bind(documents);
  return {
    type: "edit",
    file,
    plan: expandPlan(file, { task: run.task, version, expandDocuments, agents: run.agents }),
  };
}

async function carryOut(run: RunHandle, review: Review, version: number): Promise<SwarmUpdate> {
  if (review.type === "approve") return { rejection: null };
  if (review.type === "reject") return { rejection: review.message ?? "rejected without a reason" };
  await run.board.savePlan(withReduction(review.plan));
  await run.journalOnce(`plan/${version}`, { kind: "plan", data: { version, origin: "human", plan: review.file } });
  return { rejection: null, planVersion: version, planned: review.file };
}
