/** A dry run ends with what the plan is expected to take, as its answer. */
import { buildResult } from "../../policy/answer/build-result.ts";
import { forecastText } from "../../policy/budget/forecast-text.ts";
import type { Assignment } from "../../../state/lane-state.ts";
import type { Plan } from "../../../state/plan.ts";
import type { SwarmUpdate } from "../../../state/swarm-state.ts";
import type { Run } from "../run/run.ts";
import { forecastRun } from "./forecast-run.ts";

export async function endDryRun(run: Run, plan: Plan, assignments: readonly Assignment[]): Promise<SwarmUpdate> {
  const agents = new Map(assignments.map(({ subtask, agent }) => [subtask, agent]));
  const agentOf = (id: string): string => agents.get(id) ?? "";
  const drawn = await forecastRun(run, ({ id }) => agentOf(id));
  const work = plan.subtasks.filter(({ role }) => role === "work");
  const text =
    run.recording?.forecast ??
    forecastText(
      drawn,
      work.map(({ id, dependsOn }) => ({ id, agent: agentOf(id), dependsOn })),
    );
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
