/**
 * Node `recover`: what to do about a signal, as the policy says: the same step again, the output repaired, another agent, or
 * the end with an outcome. It runs in the lane, beside the other lanes, never in front of them.
 */
import { RemoveMessage } from "@langchain/core/messages";
import { GraphDrained, REMOVE_ALL_MESSAGES, type LangGraphRunnableConfig } from "@langchain/langgraph";
import type { RunHandle, Services } from "../engine/ports.ts";
import { outputRepair } from "../engine/prompting/agent-prompt.ts";
import { decideRecovery, type RecoveryDecision } from "../engine/recovery/decide.ts";
import { OUTCOME_OF_SIGNAL } from "../engine/recovery/policy.ts";
import type { RouteDecision } from "../engine/routing/route.ts";
import type { LaneState, LaneUpdate } from "../state/lane-state.ts";
import type { Subtask } from "../state/plan.ts";
import type { Signal } from "../state/signal.ts";

export function recover(services: Services) {
  return async (state: LaneState, config: LangGraphRunnableConfig): Promise<LaneUpdate> => {
    const run = await services.runs.open(state.runId, config);
    const subtask = run.board.subtask(state.subtask) as Subtask;
    const signal = state.signal as Signal;
    const tried = new Set([...state.triedAgents, state.agent]);
    const other = subtask.role === "work" ? run.route(subtask, tried) : undefined;
    const decision = decideRecovery({
      signal,
      firings: state.firings,
      policy: run.recovery,
      canReassign: other?.agent !== undefined,
    });
    await journalDecision(run, state, { signal, decision, other });
    const update = await carryOut(run, { state, subtask, signal, decision, other, services, config });
    return { firings: decision.firings, ...update };
  };
}

interface Recovering {
  state: LaneState;
  subtask: Subtask;
  signal: Signal;
  decision: RecoveryDecision;
  other: RouteDecision | undefined;
  services: Services;
  config: LangGraphRunnableConfig;
}

async function carryOut(run: RunHandle, facts: Recovering): Promise<LaneUpdate> {
  const { state, signal, decision, other } = facts;
  switch (decision.action) {
    case "retry":
      await pause(run, facts);
      return { signal: null, next: "think" };
    case "repair":
      return { signal: null, messages: [outputRepair(signal.evidence)], next: "think" };
    case "reassign":
      return reassign(run, state, other as RouteDecision);
    case "give-up":
      return giveUp(facts);
  }
}

/** A drain ends the wait; the lane goes on from here when it is resumed. */
async function pause(run: RunHandle, { decision, services, config }: Recovering): Promise<void> {
  const { draining, lanesDeadline } = run.stop;
  const stopping = AbortSignal.any([draining, lanesDeadline, ...(config.signal === undefined ? [] : [config.signal])]);
  try {
    await services.clock.sleep(decision.delayMs, stopping);
  } catch (error) {
    if (draining.aborted) throw new GraphDrained("drained while a lane waited to try again");
    // Past the deadline the next step says so itself.
    if (!lanesDeadline.aborted) throw error;
  }
}

async function reassign(run: RunHandle, state: LaneState, route: RouteDecision): Promise<LaneUpdate> {
  const attempt = state.attempt + 1;
  const agent = route.agent as string;
  const { subtask } = state;
  run.assigned(agent);
  await run.journalOnce(`route/reassign/${subtask}/${attempt}`, {
    kind: "route",
    subtask,
    attempt,
    data: { agent, rule: `reassigned: ${route.rule}`, candidates: route.candidates, rejected: route.rejected },
  });
  await run.journalOnce(`attempt-start/${subtask}/${attempt}`, {
    kind: "attempt-start",
    subtask,
    attempt,
    data: { agent },
  });
  return {
    agent,
    attempt,
    triedAgents: [...state.triedAgents, state.agent],
    turns: 0,
    output: "",
    signal: null,
    messages: [new RemoveMessage({ id: REMOVE_ALL_MESSAGES })],
    next: "think",
  };
}

/** Condensing that fails is no loss: the inputs go on as they are. */
function giveUp({ subtask, signal }: Recovering): LaneUpdate {
  if (subtask.role === "reduce") return { outcome: "done", output: "", next: "publish" };
  return {
    outcome: OUTCOME_OF_SIGNAL[signal.kind],
    cause: `${signal.kind}: ${signal.evidence}`,
    output: "",
    next: "publish",
  };
}

interface Decided {
  signal: Signal;
  decision: RecoveryDecision;
  other: RouteDecision | undefined;
}

async function journalDecision(run: RunHandle, state: LaneState, { signal, decision, other }: Decided): Promise<void> {
  const { subtask, attempt } = state;
  const { action, rule, delayMs } = decision;
  const agent = action === "reassign" ? { agent: other?.agent } : {};
  const key = `${subtask}/${attempt}/${state.steps}/${Object.values(state.firings).reduce((sum, count) => sum + count, 0)}`;
  await run.journalOnce(`signal/${key}`, { kind: "signal", subtask, attempt, data: { agent: state.agent, ...signal } });
  await run.journalOnce(`recovery/${key}`, {
    kind: "recovery",
    subtask,
    attempt,
    data: { signal: signal.kind, action, rule, delayMs, ...agent },
  });
}
