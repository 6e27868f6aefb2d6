/** The forecast of a run's current plan, from the prompts that its agents will be given and the home's earlier runs. */
import type { Forecast, ForecastAdvice } from "../../../state/forecast.ts";
import type { Assignment } from "../../../state/lane-state.ts";
import type { Plan, PlanFile, Subtask } from "../../../state/plan.ts";
import type { SwarmUpdate } from "../../../state/swarm-state.ts";
import { buildResult } from "../../policy/answer/build-result.ts";
import { FIRST_GUESS_STEPS, inputTokenBound, toolBytes } from "../../policy/budget/estimate.ts";
import { forecastText } from "../../policy/budget/forecast-text.ts";
import type { PlannedWork } from "../../policy/budget/forecast-turns.ts";
import { forecast } from "../../policy/budget/forecast.ts";
import { noHistory, type RunHistory } from "../../policy/budget/run-history.ts";
import { ARTIFACT_TOOLS } from "../../policy/merge/artifact-rules.ts";
import { parsePlanFile } from "../../policy/plan/plan-shape.ts";
import { laneOpening } from "../lanes/lane-messages.ts";
import type { Run } from "../run/run.ts";

interface Drawing {
  /** Who will do a subtask; empty: nobody fits. Default: who would be given it now. */
  agentOf?: (subtask: Subtask) => string;
  /** Default: that of the home. */
  history?: RunHistory;
}

export async function forecastRun(run: Run, { agentOf, history }: Drawing = {}): Promise<Forecast> {
  const doerOf = agentOf ?? ((subtask: Subtask): string => run.team.route(subtask).agent ?? "");
  const subtasks = run.shared.board.plan()?.subtasks ?? [];
  const work = subtasks
    .filter(({ id, role }) => role === "work" && run.shared.board.result(id) === undefined)
    .map((subtask) => plannedWork(run, subtask, doerOf(subtask)));
  return forecast({
    work,
    reduceNodes: subtasks.filter(({ role }) => role === "reduce").length,
    caps: run.options.caps,
    concurrency: run.team.model.endpoint.concurrency,
    model: run.team.model.id,
    // The run's own may be an instance, which no name leads to.
    priceOf: (model) => (model === run.team.model.id ? run.team.model : run.team.modelOf(model)).price,
    spent: run.budget.ledger.spent,
    history: history ?? (await run.record.history()),
  });
}

/** A dry run ends with what its plan is expected to take, as its answer. */
export async function endDryRun(run: Run, plan: Plan, assignments: readonly Assignment[]): Promise<SwarmUpdate> {
  const agents = new Map(assignments.map(({ subtask, agent }) => [subtask, agent]));
  const agentOf = (id: string): string => agents.get(id) ?? "";
  const drawn = await forecastRun(run, { agentOf: ({ id }) => agentOf(id) });
  const work = plan.subtasks.filter(({ role }) => role === "work");
  const assigned = work.map(({ id, dependsOn }) => ({ id, agent: agentOf(id), dependsOn }));
  const text = run.effects.forecast(() => forecastText(drawn, assigned));
  const { parent, task } = run.question;
  const result = buildResult({
    runId: run.id,
    parent,
    task,
    plan,
    lookup: () => undefined,
    answer: text,
    status: "complete",
    usage: run.budget.ledger.spent,
    wallMs: run.life.workedMs(),
    interrupts: [],
    model: run.team.model.id,
    runDir: null,
    redacted: run.record.journal.view.redacted,
    citations: { total: 0, verified: 0, broken: [] },
  });
  await run.finish({ ...result, forecast: drawn });
  return { answer: text, status: "complete" };
}

function plannedWork(run: Run, subtask: Subtask, name: string): PlannedWork {
  const agent = run.team.agent(name);
  const opening = agent === undefined ? undefined : laneOpening(run, { subtask, agent });
  const messages = opening === undefined ? [] : [opening.system, opening.asked];
  const tools = opening?.tools ?? [];
  return {
    id: subtask.id,
    dependsOn: subtask.dependsOn,
    agent: name,
    limit: subtask.steps,
    model: agent?.model ?? run.team.model.id,
    most: subtask.steps ?? agent?.maxSteps ?? FIRST_GUESS_STEPS,
    openingBytes: inputTokenBound(messages, toolBytes(tools)),
    reads:
      run.shared.documents !== undefined &&
      tools.some((tool) => tool.name.endsWith("_document") || tool.name.endsWith("_documents")),
  };
}

/** A larger plan is one that several agents gain by. */
const MOST_WEIGHED = 50;

/** The whole task as one subtask, for the agent that has most tools in this run. `reasons`: why a person has sent it back. */
export function singlePlan(run: Run, reasons: readonly string[] = []): PlanFile {
  const { task } = run.question;
  const instructions = [task, ...reasons].join("\n\n");
  const plan = parsePlanFile({ subtasks: [{ id: "task", title: task.slice(0, 200).toWellFormed(), instructions }] });
  const [subtask] = plan.subtasks;
  const agent = subtask === undefined ? undefined : bestEquipped(run, { ...subtask, title: "", role: "work" });
  return subtask === undefined || agent === undefined ? plan : { ...plan, subtasks: [{ ...subtask, agent }] };
}

/** Of equals the one that fits best. */
function bestEquipped(run: Run, subtask: Subtask): string | undefined {
  const toolsOf = (name: string): number =>
    (run.team.agent(name)?.tools ?? []).filter((tool) => run.team.tools.has(tool) && !ARTIFACT_TOOLS.has(tool)).length;
  const names = run.team.route(subtask).candidates.map(({ agent }) => agent);
  return names.toSorted((one, other) => toolsOf(other) - toolsOf(one))[0];
}

/** What speaks for one agent in place of the plan on the board; undefined: nothing. Without the home's earlier runs: the same each time. */
export async function adviceOnOne(run: Run): Promise<string | undefined> {
  const work = run.shared.board.plan()?.subtasks.filter(({ role }) => role === "work") ?? [];
  if (work.length > MOST_WEIGHED || !work.every((subtask) => isForAgents(run, subtask))) return undefined;
  const drawn = await forecastRun(run, { history: noHistory() });
  const isAboutOne = ({ kind }: ForecastAdvice): boolean => kind === "chain" || kind === "small";
  return drawn.advice.find(isAboutOne)?.text;
}

function isForAgents(run: Run, subtask: Subtask): boolean {
  const { agent } = run.team.route(subtask);
  return agent !== null && run.team.agent(agent)?.kind === "model";
}

/** Whether one agent can stand in for all of them: what they build together has names, and each output a shape, of its own. */
export function isReplaceable({ subtasks, artifacts, checks }: Plan): boolean {
  const isPlain = ({ expects, check, writes, reads }: Subtask): boolean =>
    expects === undefined && check === undefined && writes.length + reads.length === 0;
  return artifacts.length + checks.length === 0 && subtasks.every(isPlain);
}
