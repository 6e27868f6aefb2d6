/** One agent in place of a swarm: where a person wants it so, or where a plan gains nothing by several (`swarm` of a run's options). */
import type { ForecastAdvice } from "../../../state/forecast.ts";
import type { Plan, PlanFile, Subtask } from "../../../state/plan.ts";
import { noHistory } from "../../policy/budget/run-history.ts";
import { ARTIFACT_TOOLS } from "../../policy/merge/artifact-rules.ts";
import { parsePlanFile } from "../../policy/plan/plan-shape.ts";
import type { Run } from "../run/run.ts";
import { forecastRun } from "./forecast-run.ts";

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
  const drawn = await forecastRun(run, (subtask) => run.team.route(subtask).agent ?? "", noHistory());
  const isAboutOne = ({ kind }: ForecastAdvice): boolean => kind === "chain" || kind === "small";
  return drawn.advice.find(isAboutOne)?.text;
}

function isForAgents(run: Run, subtask: Subtask): boolean {
  const { agent } = run.team.route(subtask);
  return agent !== undefined && run.team.agent(agent)?.kind === "model";
}

/** Whether one agent can stand in for all of them: what they build together has names, and each output a shape, of its own. */
export function isReplaceable({ subtasks, artifacts, checks }: Plan): boolean {
  const isPlain = ({ expects, check, writes, reads }: Subtask): boolean =>
    expects === undefined && check === undefined && writes.length + reads.length === 0;
  return artifacts.length + checks.length === 0 && subtasks.every(isPlain);
}
