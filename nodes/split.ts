/**
 * Node `split`: cuts a subtask into parts that run inside its lane, as a new version of the plan. While they work the lane
 * itself holds no slot. Running it twice splits once.
 */
import { recordPlan } from "../engine/journal/recorded-messages.ts";
import { planIn } from "../engine/policy/plan/meant-plan.ts";
import { partsByInputs, partsByPlan, withParts } from "../engine/policy/plan/split-subtask.ts";
import { plannerPrompt } from "../engine/policy/prompts/planner-prompt.ts";
import { partsAllowed } from "../engine/policy/recovery/policy.ts";
import { checkedPlan } from "../engine/runtime/coordinator/ask-planner.ts";
import { coordinatorTurn } from "../engine/runtime/coordinator/coordinator-turn.ts";
import { assignPart } from "../engine/runtime/lanes/assign.ts";
import { leaveLane } from "../engine/runtime/lanes/enter-lane.ts";
import { laneNode, type LaneContext } from "../engine/runtime/lanes/lane-node.ts";
import { planOf, subtaskOf } from "../engine/runtime/run/run.ts";
import type { Subtask } from "../state/plan.ts";

/** Files of the collection that the planner is shown. */
const SAMPLE_FILES = 20;

export const split = laneNode(
  async (lane) => {
    const { run, subtask } = lane;
    const parts = subtask.parts ?? (await splitNow(lane));
    // Not to be cut: the policy's next action, if it has one.
    if (parts.length === 0) return { next: "recover" };
    await journalParts(lane, parts);
    leaveLane(run, subtask.id, false);
    return { parts: await Promise.all(parts.map((id) => assignPart(run, id))), next: "part" };
  },
  (signal) => ({ signal, next: "recover" }),
);

/** What is left to all of them changes while it is planned. */
const UNSAID = { agentsAtOnce: Infinity, callsAtOnce: Infinity, tokens: Infinity, usd: Infinity, minutes: Infinity };

/** The ids of the parts; none where it cannot be cut. */
async function splitNow(lane: LaneContext): Promise<string[]> {
  const { run, subtask, state } = lane;
  const most = partsAllowed(run.recovery.policyFor(subtask, state.agent), state.signal?.kind);
  const plan = planOf(run);
  const parts = partsByInputs(plan, subtask, most) ?? partsByPlan(plan, subtask, await planParts(lane, most));
  if (parts.length < 2) return [];
  await run.shared.board.extendPlan((plan) => withParts(plan, subtask.id, parts));
  return parts.map(({ id }) => id);
}

/** From the board, since a crash may have come between the new version and its line. */
function journalParts({ run, state: { subtask, attempt } }: LaneContext, ids: readonly string[]): Promise<void> {
  const parts = ids.map((id) => subtaskOf(run, id));
  const plan = planOf(run);
  const { version } = plan;
  const content = recordPlan(run.shared.contents, plan);
  return run.record.once(`plan/split/${subtask}/${ids[0]}`, {
    kind: "plan",
    subtask,
    attempt,
    data: { version, origin: `split of ${subtask}`, subtasks: parts.length, plan: { subtasks: parts }, content },
  });
}

/** What one agent may take for it: what is left to all of them changes while it is planned. */
function stepsOf({ run, subtask, state }: LaneContext): number {
  return subtask.steps ?? run.team.agent(state.agent)?.maxSteps ?? 1;
}

/** What the planner makes of it; nothing where it answers with nonsense. */
async function planParts(lane: LaneContext, most: number): Promise<Subtask[]> {
  const { run, subtask, clock, config } = lane;
  const { documents } = run.shared;
  const facts = {
    task: `${subtask.instructions}\n\nThis is one subtask of a larger task; it was too large for one agent. Cut it into 2 to ${most} smaller ones.`,
    agents: run.team.agents,
    documents: documents?.overview(SAMPLE_FILES),
    maxSubtasks: most,
  };
  const messages = plannerPrompt({
    ...facts,
    tools: new Set(run.team.tools.keys()),
    maxSteps: most * stepsOf(lane),
    room: UNSAID,
    view: documents?.view(run.question.task) ?? "",
    rules: run.options.plannerPrompt,
  });
  const brief = { ...facts, role: "planner" as const, task: subtask.instructions, objections: [] };
  const turn = await coordinatorTurn(run, { purpose: "plan", messages, brief, clock, config });
  if (turn.kind === "signal") return [];
  try {
    const extracted = planIn(turn.message.text);
    if (!extracted.ok) return [];
    return checkedPlan(run, extracted.value, 0).plan.subtasks.slice(0, most);
  } catch {
    return [];
  }
}
