/** The forecast of a run's current plan, from the prompts that its agents will be given and the home's earlier runs. */
import type { Forecast } from "../../../state/forecast.ts";
import type { Subtask } from "../../../state/plan.ts";
import { FIRST_GUESS_STEPS, inputTokenBound, toolBytes } from "../../policy/budget/estimate.ts";
import { forecast } from "../../policy/budget/forecast.ts";
import type { RunHistory } from "../../policy/budget/run-history.ts";
import type { PlannedWork } from "../../policy/budget/forecast-turns.ts";
import type { Run } from "../run/run.ts";
import { workMessages } from "../lanes/lane-messages.ts";

/** `agentOf`: who will do a subtask; empty: nobody fits. `history`: default: that of the home. */
export async function forecastRun(
  run: Run,
  agentOf: (subtask: Subtask) => string,
  history?: RunHistory,
): Promise<Forecast> {
  const subtasks = run.shared.board.plan()?.subtasks ?? [];
  const work = subtasks
    .filter(({ id, role }) => role === "work" && run.shared.board.result(id) === undefined)
    .map((subtask) => plannedWork(run, subtask, agentOf(subtask)));
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

function plannedWork(run: Run, subtask: Subtask, name: string): PlannedWork {
  const agent = run.team.agent(name);
  const tools = run.team.toolsOf(name, subtask);
  const messages = agent === undefined ? [] : workMessages(run, { subtask, agent });
  return {
    ...{ id: subtask.id, dependsOn: subtask.dependsOn, agent: name, limit: subtask.steps },
    model: agent?.model ?? run.team.model.id,
    most: subtask.steps ?? agent?.maxSteps ?? FIRST_GUESS_STEPS,
    openingBytes: inputTokenBound(messages, toolBytes(tools)),
    reads:
      run.shared.documents !== undefined &&
      tools.some((tool) => tool.name.endsWith("_document") || tool.name.endsWith("_documents")),
  };
}
