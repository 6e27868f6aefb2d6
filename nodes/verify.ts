/**
 * Node `verify`: the plan's invariants across artifacts, once all lanes have ended. A violated one names the writes that led to
 * it and goes through the recovery policy. Running it twice asks nobody twice and mends nothing twice.
 */
import type { LangGraphRunnableConfig } from "@langchain/langgraph";
import { checkState, type Looked } from "../engine/policy/checks/check-state.ts";
import type { Evaluating } from "../engine/runtime/checks/evaluate-check.ts";
import { lookAt } from "../engine/runtime/checks/check-record.ts";
import { mendChecks } from "../engine/runtime/checks/mend-checks.ts";
import type { Services } from "../engine/runtime/run/run.ts";
import type { SwarmState, SwarmUpdate } from "../state/swarm-state.ts";

export function verify(services: Services) {
  return async (state: SwarmState, config: LangGraphRunnableConfig): Promise<SwarmUpdate> => {
    const run = await services.runs.open(state, config);
    const facts: Evaluating = { run, commands: services.commands, clock: services.clock, config };
    const looked: Looked[] = [];
    for (const check of run.shared.board.plan()?.checks ?? []) looked.push(await lookAt(check, facts));
    const earlier = new Map(state.checks.map((report) => [report.id, report]));
    const left = new Set(state.checks.filter(({ isLeft }) => isLeft).map(({ id }) => id));
    const repairs = await mendChecks(run, looked, left);
    const parked = repairs.map(({ id }) => id);
    const reports = looked.map((one) => checkState(one, earlier.get(one.check.id), left.has(one.check.id)));
    return { checks: reports, parked };
  };
}
