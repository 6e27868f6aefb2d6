/**
 * Node `planner`: the task becomes a checked plan on the board. A plan of the caller is taken as it is, without a model call.
 * The model's plan is repaired a bounded number of times; a task that is too long for one call is planned in parts; as the last
 * resort the whole task is one subtask, and the journal says so.
 */
import type { LangGraphRunnableConfig } from "@langchain/langgraph";
import { recordPlan } from "../engine/journal/recorded-messages.ts";
import { promptRoom, TOO_LONG } from "../engine/policy/answer/material.ts";
import { withReduction } from "../engine/policy/plan/reduction-tree.ts";
import { replacePlan } from "../engine/policy/plan/replace-plan.ts";
import { plannerPrompt, type PlanningFacts, type PlanningRoom } from "../engine/policy/prompts/planner-prompt.ts";
import {
  askPlanner,
  checkedPlan,
  type CheckedPlan,
  type PlannerRequest,
} from "../engine/runtime/coordinator/ask-planner.ts";
import { adviceOnOne, isReplaceable, singlePlan } from "../engine/runtime/coordinator/forecast-run.ts";
import { planInParts } from "../engine/runtime/coordinator/plan-in-parts.ts";
import { withdraw } from "../engine/runtime/people/raise-cap.ts";
import { forkUpdate } from "../engine/runtime/run/begin-fork.ts";
import { planOf, type Run, type Services } from "../engine/runtime/run/run.ts";
import { SwarmError } from "../state/errors.ts";
import type { PlanFile } from "../state/plan.ts";
import { differenceOf, questionIn, rejectedIn } from "../state/question.ts";
import type { Signal, SignalKind } from "../state/signal.ts";
import type { RejectedPlan, SwarmState, SwarmUpdate } from "../state/swarm-state.ts";

/** Files of the collection that the planner is shown. */
const SAMPLE_FILES = 40;
/** No text has more bytes to a token, on average: a prompt above it need not be tried. */
const MOST_BYTES_PER_TOKEN = 5;
/** Signals of a model that does answer, only not with a plan; and of a cap that is reached: what it leaves ends as that. */
const ANSWERED: ReadonlySet<SignalKind> = new Set([
  "malformed-answer",
  "empty-answer",
  "content-filter",
  "budget",
  "deadline",
]);

interface Proposal extends CheckedPlan {
  /** Where it came from, for the journal. */
  origin: string;
}

export function planner(services: Services) {
  return async (state: SwarmState, config: LangGraphRunnableConfig): Promise<SwarmUpdate> => {
    const run = state.runId === "" ? undefined : await services.runs.open({ runId: state.runId }, config);
    if (run === undefined || asksAnew(state, run)) return NOTHING_PLANNED;
    const { replaces } = run.question;
    if (replaces !== undefined && state.planVersion <= replaces && run.shared.board.plan() !== undefined)
      return replace(run, replaces + 1, state.lanes);
    const fork = run.question.parent === null || state.planVersion > 0 ? undefined : await run.record.fork();
    if (fork !== undefined) return forkUpdate(run.id, fork, run.shared.artifacts.records);
    const recorded = planOnRecord(run, state.planVersion + 1);
    if (recorded !== undefined) return { ...recorded, rejection: null };
    const version = state.planVersion + 1;
    const rejected = [...(run.question.rejected ?? []), ...(state.rejection === null ? [] : rejectedIn(state))];
    const { file, plan, ...about } = await settle(run, { services, config, version, rejected });
    const content = recordPlan(run.shared.contents, plan);
    const data = { version, ...about, subtasks: plan.subtasks.length, plan: file, content };
    await run.record.once(`plan/${version}`, { kind: "plan", data });
    return { planVersion: version, planned: file, rejection: null };
  };
}

/** The plan of this version, on the board: the caller's, the planner's, or one agent's, as the options say. */
async function settle(run: Run, context: Proposing): Promise<Proposal & { advice?: string }> {
  const { version, rejected } = context;
  const { swarm } = run.options;
  const given = run.question.plan ?? undefined;
  const single = (): Proposal => ({
    ...checkedPlan(run, singlePlan(run, reasonsOf(rejected)), version),
    origin: "single",
  });
  const proposal =
    given !== undefined && rejected.length === 0
      ? { ...checkedPlan(run, given, version), origin: "given" }
      : swarm === "single"
        ? single()
        : await propose(run, context);
  const plan = withReduction(proposal.plan);
  await run.shared.board.savePlan(plan);
  const advice = proposal.origin === "planner" ? await adviceOnOne(run) : undefined;
  if (advice === undefined) return { ...proposal, plan };
  if (swarm !== "auto" || !isReplaceable(plan)) return { ...proposal, plan, advice };
  const alone = single();
  await run.shared.board.savePlan(alone.plan);
  return { ...alone, advice };
}

function reasonsOf(rejected: readonly RejectedPlan[]): string[] {
  return rejected.map(({ reason }) => reason);
}

/** Back to `intake`: the next node by `planVersion` (graphs/swarm.ts). */
const NOTHING_PLANNED: SwarmUpdate = { planVersion: 0, planned: null };

/** The state was changed, or taken from an older checkpoint, so that it asks what this run was not asked, or what it has answered. */
function asksAnew(state: SwarmState, run: Run): boolean {
  if (state.rejection !== null) return false;
  const { plan, ...asked } = questionIn(state);
  return run.life.hasEnded || plan !== null || differenceOf(asked, run.question) !== undefined;
}

/**
 * A crash between the journal's line and the checkpoint: the plan is made, and is the one on record. What lanes have done belongs
 * to the plan that they were sent by: once there is a result, no other plan is made.
 */
function planOnRecord(run: Run, next: number): { planVersion: number; planned: PlanFile } | undefined {
  const hasResults = run.shared.board.results().length > 0;
  const { plans } = run.record.journal.view;
  const recorded = hasResults ? [...plans.values()].at(-1) : plans.get(next);
  if (recorded === undefined || (!hasResults && run.shared.board.plan()?.version !== next)) return undefined;
  return { planVersion: recorded.version, planned: recorded.plan as PlanFile };
}

/**
 * The plan that a person gave in place of the one that the run has: what is the same keeps its result, all else is for the router.
 * The journal has it first, so that a crash in between does the same again.
 */
async function replace(run: Run, version: number, lanes: SwarmState["lanes"]): Promise<SwarmUpdate> {
  const { board } = run.shared;
  const { file, plan: given } = checkedPlan(run, run.question.plan, version);
  const old = planOf(run);
  if (old.version < version) {
    const isDone = (id: string): boolean => board.result(id)?.outcome === "done";
    const { plan, dropped } = replacePlan(old, withReduction(given), isDone);
    const content = recordPlan(run.shared.contents, plan);
    const data = { version, origin: "resume", subtasks: plan.subtasks.length, plan: file, dropped, content };
    await run.record.once(`plan/${version}`, { kind: "plan", data });
    if (run.budget.capQuestion.asker !== undefined) await withdraw(run, run.budget.capQuestion.asker);
    await board.reopen(dropped);
    await board.savePlan(plan);
  }
  return { planVersion: version, planned: file, rejection: null, lanes: await leftLanes(run, lanes) };
}

/** Lanes that were under way by the old plan: their attempts are over, and the next ones begin anew. */
async function leftLanes(run: Run, lanes: SwarmState["lanes"]): Promise<SwarmState["lanes"]> {
  const left: SwarmState["lanes"] = {};
  for (const [subtask, { attempt, agent }] of run.record.journal.view.lanes) {
    const title = run.shared.board.subtask(subtask)?.title;
    if (attempt === 0 || title === undefined) continue;
    const known = lanes[subtask];
    if (known?.runId === run.id && known.status === "ended" && known.attempt >= attempt) continue;
    const result = run.shared.board.result(subtask);
    const outcome = result?.attempt === attempt ? result.outcome : "cancelled";
    left[subtask] = {
      runId: run.id,
      subtask,
      title,
      agent,
      attempt,
      status: "ended",
      outcome,
      steps: result?.steps ?? 0,
    };
  }
  for (const { subtask, attempt, agent, outcome } of Object.values(left)) {
    if (outcome !== "cancelled") continue;
    const ended = { agent, outcome, cause: "the run was given another plan", steps: 0 };
    await run.record.once(`attempt-end/${subtask}/${attempt}`, { kind: "attempt-end", subtask, attempt, data: ended });
  }
  return left;
}

interface Proposing {
  services: Services;
  config: LangGraphRunnableConfig;
  version: number;
  rejected: readonly RejectedPlan[];
}

async function propose(run: Run, context: Proposing): Promise<Proposal> {
  const { config, version, services } = context;
  const facts = planningFacts(run, context);
  const bytes = Buffer.byteLength(run.question.task);
  if (bytes <= MOST_BYTES_PER_TOKEN * run.team.model.contextWindow) {
    const asked = await askPlanner(run, { prompt: promptOf(facts), version, clock: services.clock, config });
    if (asked.kind === "plan") return { file: asked.file, plan: asked.plan, origin: "planner" };
    if (!TOO_LONG.has(asked.signal.kind)) return lastResort(run, version, asked.signal);
    return (await proposeInParts(run, context, facts)) ?? lastResort(run, version, asked.signal);
  }
  const evidence = `the task has ${bytes} bytes, the model a context of ${run.team.model.contextWindow} tokens`;
  return (
    (await proposeInParts(run, context, facts)) ?? lastResort(run, version, { kind: "context-overflow", evidence })
  );
}

function planningFacts(run: Run, { rejected }: Proposing): PlanningFacts {
  const { steps } = run.budget.ledger.left("lanes");
  return {
    task: run.question.task,
    agents: run.team.agents,
    tools: new Set(run.team.tools.keys()),
    history: run.question.history,
    rules: run.options.plannerPrompt,
    documents: run.shared.documents?.overview(SAMPLE_FILES),
    view: run.shared.documents?.view(run.question.task) ?? "",
    maxSubtasks: steps,
    maxSteps: steps,
    room: roomOf(run),
    rejected,
  };
}

/** The deadline as a whole: how much of it is over is not the same when the run is run again. */
function roomOf({ budget, options, team }: Run): PlanningRoom {
  const { tokens, usd } = budget.ledger.left("lanes");
  const { maxAgents, deadlineMs = Infinity } = options.caps;
  const callsAtOnce = team.model.endpoint.concurrency;
  return { agentsAtOnce: maxAgents, callsAtOnce, tokens, usd, minutes: deadlineMs / 60_000 };
}

function promptOf(facts: PlanningFacts): PlannerRequest {
  const { task, history, agents, documents, maxSubtasks, rejected = [] } = facts;
  const objections = reasonsOf(rejected);
  return {
    messages: plannerPrompt(facts),
    brief: { role: "planner", task, history, agents, documents, maxSubtasks, objections },
  };
}

async function proposeInParts(
  run: Run,
  { services, config, version }: Proposing,
  facts: PlanningFacts,
): Promise<Proposal | undefined> {
  const planned = await planInParts(run, {
    version,
    clock: services.clock,
    config,
    room: promptRoom(run.team.model),
    promptOf: ({ text, number, of, share }) => {
      const most = Math.max(1, Math.floor(facts.maxSubtasks * share));
      return promptOf({ ...facts, task: text, part: { number, of }, maxSubtasks: most, maxSteps: most });
    },
    refuseFailure: (signal) => refuseFailure(run, signal),
  });
  if (planned === undefined) return undefined;
  const plain = planned.plain === 0 ? "" : `; no plan came of ${planned.plain}, so each of these is one subtask`;
  return { file: planned.file, plan: planned.plan, origin: `planner, in ${planned.parts} parts${plain}` };
}

/** Throws for a provider that failed: the run is resumed when it works again. */
function refuseFailure(run: Run, { kind, evidence }: Signal): void {
  if (ANSWERED.has(kind) || TOO_LONG.has(kind)) return;
  throw new SwarmError("PLANNING_FAILED", `the planner's model failed (${kind}): ${evidence}`, {
    next: `fix the cause, then: glasshive resume ${run.id}`,
    data: { signal: kind },
  });
}

/** One agent for the whole task: only where the model answered, but never with a plan. */
function lastResort(run: Run, version: number, signal: Signal): Proposal {
  refuseFailure(run, signal);
  return { ...checkedPlan(run, singlePlan(run), version), origin: `last resort: ${signal.evidence}` };
}
