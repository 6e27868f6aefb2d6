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
import { planIn } from "../../policy/plan/meant-plan.ts";
import { unwrittenReads } from "../../policy/plan/shared-parts.ts";

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
    if (checked !== undefined) problems.push(...unroutable(run, checked.plan.subtasks));
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
  const count = checked?.plan.subtasks.length ?? 0;
  problems.push(
    ...commandsIn(file),
    ...unwrittenReads(file),
    ...overSteps(run, file),
    ...(count > most ? [`it has ${count} subtasks, and the caps allow ${most}: each takes at least one step`] : []),
  );
  if (checked !== undefined && problems.length === 0) return checked;
  const known = file.subtasks.filter((one) => absentNames([one], available).length === 0);
  throw invalidPlan([...problems, ...unroutable(run, known.map(asSubtask))]);
}

function asSubtask(planned: PlannedSubtask): Subtask {
  return { ...planned, title: planned.title ?? planned.id, role: "work" };
}

/** What is run on this machine is for a person to say, not for a model. */
function commandsIn({ checks }: PlanFile): string[] {
  return checks
    .filter((check) => "command" in check)
    .map(({ id }) => `check "${id}": a command is for a person to give; use a schema or a predicate`);
}

/** A plan of a model does not widen what a profile allows. */
function overSteps(run: Run, { subtasks }: PlanFile): string[] {
  const { agents } = run.team;
  return subtasks.flatMap(({ id, agent, steps = 0 }) => {
    const who = agents.filter(({ name }) => agent === undefined || name === agent);
    const most = Math.max(...who.map(({ maxSteps }) => maxSteps));
    return who.length > 0 && steps > most
      ? [`subtask "${id}" takes ${steps} steps, and its agent at most ${most}`]
      : [];
  });
}

/** Subtasks that nobody can take, or not the one that the plan pins; of a `forEach` one for all. */
function unroutable(run: Run, subtasks: readonly Subtask[]): string[] {
  const groups = new Map(subtasks.map((subtask) => [subtask.group ?? subtask.id, subtask]));
  return [...groups].flatMap(([id, subtask]) => {
    const { agent, rejected } = run.team.route(subtask);
    if (agent !== undefined && (subtask.agent === undefined || subtask.agent === agent)) return [];
    const pinned = rejected.find((one) => one.agent === subtask.agent);
    if (pinned !== undefined) return [`subtask "${id}" pins agent "${pinned.agent}", and ${pinned.reason}`];
    const reasons = rejected.map((one) => `${one.agent}: ${one.reason}`);
    return [`subtask "${id}": no agent can take it (${reasons.join("; ") || "the run has no agents"})`];
  });
}

/** Parsed and expanded. Throws SwarmError PLAN_INVALID. */
export function checkedPlan(run: Run, input: unknown, version: number): CheckedPlan {
  const available = availableIn(run.team);
  const file = parsePlanFile(input, available);
  const { documents } = run.shared;
  const expandDocuments = documents === undefined ? undefined : documents.expand.bind(documents);
  return { file, plan: expandPlan(file, { task: run.question.task, version, expandDocuments, ...available }) };
}
