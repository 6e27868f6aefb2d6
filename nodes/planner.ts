/**
 * Node `planner`: the task becomes a checked plan on the board. A plan of the caller is taken as it is, without a model call.
 * The model's plan is repaired a bounded number of times; as the last resort the whole task is one subtask, and the journal
 * says so.
 */
import type { BaseMessage } from "@langchain/core/messages";
import type { LangGraphRunnableConfig } from "@langchain/langgraph";
import { extractJson } from "../engine/answer/extract-json.ts";
import type { RunHandle, Services } from "../engine/ports.ts";
import { plannerPrompt, planRepair } from "../engine/prompting/planner-prompt.ts";
import { coordinatorTurn } from "../engine/recovery/coordinator-turn.ts";
import { expandPlan, parsePlanFile } from "../engine/schedule/read-plan.ts";
import { withReduction } from "../engine/schedule/reduction-tree.ts";
import { SwarmError } from "../state/errors.ts";
import type { Plan, PlanFile } from "../state/plan.ts";
import type { SwarmState, SwarmUpdate } from "../state/swarm-state.ts";

/** How often a refused plan goes back to the model. */
const REPAIRS = 2;
/** Files of the collection that the planner is shown. */
const SAMPLE_FILES = 40;

interface Proposal {
  file: PlanFile;
  plan: Plan;
  /** Where it came from, for the journal. */
  origin: string;
}

export function planner(services: Services) {
  return async (state: SwarmState, config: LangGraphRunnableConfig): Promise<SwarmUpdate> => {
    const run = await services.runs.open(state.runId, config);
    const version = state.planVersion + 1;
    const proposal =
      run.givenPlan !== undefined && state.rejection === null
        ? proposalOf(run, run.givenPlan, { version, origin: "given" })
        : await propose(run, { services, config, version, rejection: state.rejection ?? undefined });
    const plan = withReduction(proposal.plan);
    await run.board.savePlan(plan);
    await run.journalOnce(`plan/${version}`, {
      kind: "plan",
      data: { version, origin: proposal.origin, subtasks: plan.subtasks.length, plan: proposal.file },
    });
    return { planVersion: version, planned: proposal.file, rejection: null };
  };
}

interface Proposing {
  services: Services;
  config: LangGraphRunnableConfig;
  version: number;
  rejection: string | undefined;
}

async function propose(run: RunHandle, context: Proposing): Promise<Proposal> {
  const left = run.ledger.left("lanes");
  const messages: BaseMessage[] = plannerPrompt({
    task: run.task,
    agents: run.agents,
    documents: run.documents?.overview(SAMPLE_FILES),
    maxSubtasks: left.steps,
    maxSteps: left.steps,
    rejection: context.rejection,
  });
  let problem = "";
  for (let attempt = 0; attempt <= REPAIRS; attempt += 1) {
    const turn = await coordinatorTurn(run, {
      purpose: "plan",
      messages,
      clock: context.services.clock,
      config: context.config,
    });
    if (turn.kind === "signal") return lastResort(run, context.version, turn.signal.evidence, turn.signal.kind);
    try {
      const extracted = extractJson(turn.message.text);
      if (!extracted.ok) throw new SwarmError("PLAN_INVALID", extracted.problem);
      return proposalOf(run, extracted.value, { version: context.version, origin: "planner" });
    } catch (error) {
      if (!(error instanceof SwarmError) || error.code !== "PLAN_INVALID") throw error;
      problem = error.message;
      messages.push(turn.message, planRepair(problem));
    }
  }
  return lastResort(run, context.version, problem, "malformed-answer");
}

function proposalOf(run: RunHandle, input: unknown, facts: { version: number; origin: string }): Proposal {
  const file = parsePlanFile(input);
  const { documents } = run;
  const plan = expandPlan(file, {
    task: run.task,
    version: facts.version,
    expandDocuments: documents === undefined ? undefined : (glob, as) => documents.expand(glob, as),
  });
  return { file, plan, origin: facts.origin };
}

/** One agent for the whole task: only where the model answered, but never with a plan. A provider that fails ends the run. */
function lastResort(run: RunHandle, version: number, reason: string, kind: string): Proposal {
  const answered =
    kind === "malformed-answer" || kind === "empty-answer" || kind === "content-filter" || kind === "budget";
  if (!answered) {
    throw new SwarmError("PLANNING_FAILED", `the planner's model failed (${kind}): ${reason}`, {
      next: `mend the cause, then: glasshive resume ${run.id}`,
      data: { signal: kind },
    });
  }
  const input = { subtasks: [{ id: "task", title: run.task.slice(0, 200), instructions: run.task }] };
  return proposalOf(run, input, { version, origin: `last resort: ${reason}` });
}
