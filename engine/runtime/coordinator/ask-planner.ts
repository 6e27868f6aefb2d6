/** A plan from the model: asked, checked, and repaired a bounded number of times. What is no plan comes back as the signal that it is. */
import type { BaseMessage } from "@langchain/core/messages";
import type { RunnableConfig } from "@langchain/core/runnables";
import type { Plan, PlanFile, PlannedSubtask, Subtask } from "../../../state/plan.ts";
import type { Signal } from "../../../state/signal.ts";
import { absentNames, availableIn } from "../../policy/plan/plan-names.ts";
import type { PlannerBrief } from "../../ports/brief.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Run } from "../run/run.ts";
import { planRepair } from "../../policy/prompts/planner-prompt.ts";
import { coordinatorTurn } from "./coordinator-turn.ts";
import { collecting, invalidPlan } from "../../policy/plan/plan-problems.ts";
import { expandPlan } from "../../policy/plan/read-plan.ts";
import { parsePlanFile, readablePlan } from "../../policy/plan/plan-shape.ts";
import { beyondPlanner, planIn, unroutable } from "../../policy/plan/meant-plan.ts";

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
  let problems: string[] = [];
  // One that can run, if not as it says: the router drops its pins.
  let runnable: CheckedPlan | undefined;
  for (let attempt = 0; attempt <= REPAIRS; attempt += 1) {
    const turn = await coordinatorTurn(run, { purpose: "plan", messages, brief, clock, config });
    if (turn.kind === "signal") return { kind: "failed", signal: turn.signal };
    problems = [];
    const checked = collecting(problems, () => plannedIn(run, turn.message.text, { version, most: brief.maxSubtasks }));
    if (checked !== undefined)
      problems.push(...unroutable(checked.plan.subtasks, (subtask) => run.team.route(subtask)));
    if (checked !== undefined && problems.length === 0) return { kind: "plan", ...checked };
    runnable = checked ?? runnable;
    messages.push(turn.message, planRepair(problems));
    brief = { ...brief, objections: [...brief.objections, problems.join("; ")] };
  }
  if (runnable !== undefined) return { kind: "plan", ...runnable };
  return { kind: "failed", signal: { kind: "malformed-answer", evidence: invalidPlan(problems).message } };
}

/** The plan in a planner's reply. Throws SwarmError PLAN_INVALID with all that is wrong, but where it is only who can take what. */
function plannedIn(run: Run, reply: string, { version, most }: { version: number; most: number }): CheckedPlan {
  const extracted = planIn(reply);
  if (!extracted.ok) throw invalidPlan([extracted.problem]);
  const problems: string[] = [];
  const checked = collecting(problems, () => checkedPlan(run, extracted.value, version));
  const available = availableIn(run.team);
  const file = checked?.file ?? readablePlan(extracted.value, available);
  problems.push(...beyondPlanner(file, checked?.plan.subtasks.length ?? 0, { agents: run.team.agents, most }));
  if (checked !== undefined && problems.length === 0) return checked;
  const known = file.subtasks.filter((one) => absentNames([one], available).length === 0);
  const asSubtask = (one: PlannedSubtask): Subtask => ({ ...one, title: one.title ?? one.id, role: "work" });
  throw invalidPlan([...problems, ...unroutable(known.map(asSubtask), (subtask) => run.team.route(subtask))]);
}

/** Parsed and expanded. Throws SwarmError PLAN_INVALID. */
export function checkedPlan(run: Run, input: unknown, version: number): CheckedPlan {
  const available = availableIn(run.team);
  const file = parsePlanFile(input, available);
  const { documents } = run.shared;
  const expandDocuments = documents === undefined ? undefined : documents.expand.bind(documents);
  return { file, plan: expandPlan(file, { task: run.question.task, version, expandDocuments, ...available }) };
}
