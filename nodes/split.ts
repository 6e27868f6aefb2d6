/**
 * Node `split`: cuts a subtask into parts that run inside its lane, as a new version of the plan. While they work the lane
 * itself holds no slot. Running it twice splits once.
 */
import type { LangGraphRunnableConfig } from "@langchain/langgraph";
import { extractJson } from "../engine/policy/output/extract-json.ts";
import { checkedPlan } from "../engine/runtime/coordinator/ask-planner.ts";
import { assignPart } from "../engine/runtime/lanes/assign-part.ts";
import { partsByInputs, partsByPlan, withParts } from "../engine/policy/plan/split-subtask.ts";
import type { Run, Services } from "../engine/runtime/run/run.ts";
import { plannerPrompt } from "../engine/policy/prompts/planner-prompt.ts";
import { coordinatorTurn } from "../engine/runtime/coordinator/coordinator-turn.ts";
import { partsAllowed } from "../engine/policy/recovery/policy.ts";
import { signalOf } from "../engine/runtime/run/guarded.ts";
import { leaveLane } from "../engine/runtime/lanes/enter-lane.ts";
import type { LaneState, LaneUpdate } from "../state/lane-state.ts";
import type { Plan, Subtask } from "../state/plan.ts";

/** Files of the collection that the planner is shown. */
const SAMPLE_FILES = 20;

export function split(services: Services) {
  return async (state: LaneState, config: LangGraphRunnableConfig): Promise<LaneUpdate> => {
    const run = await services.runs.open(state, config);
    const subtask = run.shared.board.subtask(state.subtask) as Subtask;
    try {
      const parts = subtask.parts ?? (await splitNow(run, state, { subtask, services, config }));
      // Not to be cut: the policy's next action, if it has one.
      if (parts.length === 0) return { next: "recover" };
      await journalParts(run, state, parts);
      leaveLane(run, state.subtask, false);
      return { parts: await Promise.all(parts.map((id) => assignPart(run, id))), next: "part" };
    } catch (error) {
      return { signal: signalOf(error, config.signal), next: "recover" };
    }
  };
}

interface Splitting {
  subtask: Subtask;
  services: Services;
  config: LangGraphRunnableConfig;
}

/** The ids of the parts; none where it cannot be cut. */
async function splitNow(run: Run, state: LaneState, facts: Splitting): Promise<string[]> {
  const { subtask } = facts;
  const most = partsAllowed(run.recovery.policyFor(subtask, state.agent), state.signal?.kind);
  const plan = run.shared.board.plan() as Plan;
  const parts = partsByInputs(plan, subtask, most) ?? partsByPlan(plan, subtask, await planParts(run, facts, most));
  if (parts.length < 2) return [];
  await run.shared.board.extendPlan((plan) => withParts(plan, subtask.id, parts));
  return parts.map(({ id }) => id);
}

/** From the board, since a crash may have come between the new version and its line. */
function journalParts(run: Run, { subtask, attempt }: LaneState, ids: readonly string[]): Promise<void> {
  const parts = ids.map((id) => run.shared.board.subtask(id) as Subtask);
  const { version } = run.shared.board.plan() as Plan;
  return run.record.once(`plan/split/${subtask}/${ids[0]}`, {
    kind: "plan",
    subtask,
    attempt,
    data: { version, origin: `split of ${subtask}`, subtasks: parts.length, plan: { subtasks: parts } },
  });
}

/** What the planner makes of it; nothing where it answers with nonsense. */
async function planParts(run: Run, { subtask, services, config }: Splitting, most: number): Promise<Subtask[]> {
  const messages = plannerPrompt({
    task: `${subtask.instructions}\n\nThis is one subtask of a larger task; it was too large for one agent. Cut it into 2 to ${most} smaller ones.`,
    agents: run.team.agents,
    documents: run.shared.documents?.overview(SAMPLE_FILES),
    maxSubtasks: most,
    maxSteps: Math.max(1, run.budget.ledger.left("lanes").steps),
  });
  const turn = await coordinatorTurn(run, { purpose: "plan", messages, clock: services.clock, config });
  if (turn.kind === "signal") return [];
  try {
    const extracted = extractJson(turn.message.text);
    if (!extracted.ok) return [];
    return checkedPlan(run, extracted.value, 0).plan.subtasks.slice(0, most);
  } catch {
    return [];
  }
}
