/** A plan from the model: asked, checked, and repaired a bounded number of times. What is no plan comes back as the signal that it is. */
import type { BaseMessage } from "@langchain/core/messages";
import type { RunnableConfig } from "@langchain/core/runnables";
import { SwarmError } from "../../../state/errors.ts";
import type { Plan, PlanFile } from "../../../state/plan.ts";
import type { Signal } from "../../../state/signal.ts";
import { availableIn } from "../../policy/plan/plan-names.ts";
import type { PlannerBrief } from "../../ports/brief.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Run } from "../run/run.ts";
import { planRepair } from "../../policy/prompts/planner-prompt.ts";
import { coordinatorTurn } from "./coordinator-turn.ts";
import { expandPlan, parsePlanFile } from "../../policy/plan/read-plan.ts";
import { planIn } from "../../policy/plan/meant-plan.ts";

/** How often a refused plan goes back to the model. */
const REPAIRS = 2;

export interface CheckedPlan {
  file: PlanFile;
  plan: Plan;
}

export interface PlannerRequest {
  messages: readonly BaseMessage[];
  brief: PlannerBrief;
}

export type Asked = ({ kind: "plan" } & CheckedPlan) | { kind: "failed"; signal: Signal };

/** Throws GraphDrained where the run drains. */
export async function askPlanner(
  run: Run,
  request: { prompt: PlannerRequest; version: number; clock: Clock; config: RunnableConfig },
): Promise<Asked> {
  const { clock, config, version } = request;
  const messages = [...request.prompt.messages];
  let { brief } = request.prompt;
  let evidence = "";
  for (let attempt = 0; attempt <= REPAIRS; attempt += 1) {
    const turn = await coordinatorTurn(run, { purpose: "plan", messages, brief, clock, config });
    if (turn.kind === "signal") return { kind: "failed", signal: turn.signal };
    try {
      const extracted = planIn(turn.message.text);
      if (!extracted.ok) throw new SwarmError("PLAN_INVALID", extracted.problem);
      const checked = checkedPlan(run, extracted.value, version);
      refuseCommands(checked.file);
      return { kind: "plan", ...checked };
    } catch (error) {
      if (!(error instanceof SwarmError) || error.code !== "PLAN_INVALID") throw error;
      evidence = error.message;
      messages.push(turn.message, planRepair(evidence));
      brief = { ...brief, objections: [...brief.objections, evidence] };
    }
  }
  return { kind: "failed", signal: { kind: "malformed-answer", evidence } };
}

/** What is run on this machine is for a person to say, not for a model. */
function refuseCommands({ checks }: PlanFile): void {
  const check = checks.find((each) => "command" in each);
  if (check !== undefined)
    throw new SwarmError(
      "PLAN_INVALID",
      `check "${check.id}": a command is for a person to give; use a schema or a predicate`,
    );
}

/** Parsed and expanded. Throws SwarmError PLAN_INVALID. */
export function checkedPlan(run: Run, input: unknown, version: number): CheckedPlan {
  const file = parsePlanFile(input);
  const { documents } = run.shared;
  const expandDocuments = documents === undefined ? undefined : documents.expand.bind(documents);
  return {
    file,
    plan: expandPlan(file, { task: run.question.task, version, expandDocuments, ...availableIn(run.team) }),
  };
}
