/**
 * Node `plan-review`: with `approve: plan` it interrupts for a human, in the shape that chat front ends render; without it
 * passes by. Approve goes on, edit takes the human's plan, reject sends the reason back to the planner.
 */
import type { HumanRequest, ReviewDecision } from "../state/review.ts";
import { readDecisions } from "../state/review.ts";
import { interrupt, type LangGraphRunnableConfig } from "@langchain/langgraph";
import type { RunHandle, Services } from "../engine/ports.ts";
import { expandPlan, parsePlanFile } from "../engine/schedule/read-plan.ts";
import { withReduction } from "../engine/schedule/reduction-tree.ts";
import type { PlanFile } from "../state/plan.ts";
import type { PlanInState, SwarmState, SwarmUpdate } from "../state/swarm-state.ts";

export function planReview(services: Services) {
  return async (state: SwarmState, config: LangGraphRunnableConfig): Promise<SwarmUpdate> => {
    const run = await services.runs.open(state.runId, config);
    if (!run.options.approve.includes("plan")) return { rejection: null };
    await run.journalOnce(`interrupt/plan/${state.planVersion}`, {
      kind: "interrupt",
      data: { kind: "plan", version: state.planVersion },
    });
    const answer: unknown = interrupt(requestOf(run, state.planned ?? undefined));
    const [decision] = readDecisions(answer, 1);
    const update = await decide(run, state, decision as ReviewDecision);
    await run.journalOnce(`resume/plan/${state.planVersion}`, {
      kind: "resume",
      data: { kind: "plan", version: state.planVersion, decision },
    });
    return update;
  };
}

function requestOf(run: RunHandle, planned: PlanInState | undefined): HumanRequest {
  const count = run.board.plan()?.subtasks.filter((subtask) => subtask.role === "work").length ?? 0;
  return {
    kind: "plan",
    subtask: null,
    action_requests: [
      { name: "run_plan", args: { plan: planned ?? {} }, description: `Run this plan of ${count} subtasks?` },
    ],
    review_configs: [{ action_name: "run_plan", allowed_decisions: ["approve", "edit", "reject"] }],
  };
}

async function decide(run: RunHandle, state: SwarmState, decision: ReviewDecision): Promise<SwarmUpdate> {
  if (decision.type === "approve") return { rejection: null };
  if (decision.type === "reject") return { rejection: decision.message ?? "rejected without a reason" };
  const file: PlanFile = parsePlanFile(decision.edited_action.args["plan"]);
  const version = state.planVersion + 1;
  const { documents } = run;
  const expandDocuments = documents === undefined ? undefined : documents.expand.bind(documents);
  await run.board.savePlan(withReduction(expandPlan(file, { task: run.task, version, expandDocuments })));
  await run.journalOnce(`plan/${version}`, { kind: "plan", data: { version, origin: "human", plan: file } });
  return { rejection: null, planVersion: version, planned: file };
}
