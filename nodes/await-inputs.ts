/**
 * Node `await-inputs`: the lane's gate. Waits for exactly the results that the subtask names, then for a place among the
 * agents at work. A lane whose input is suspended ends as parked: the router sends it again.
 */
import type { LangGraphRunnableConfig } from "@langchain/langgraph";
import type { Clock } from "../engine/ports/clock.ts";
import type { Run, Services } from "../engine/runtime/run/run.ts";
import { OUTCOME_OF_SIGNAL } from "../engine/policy/recovery/policy.ts";
import { asksAboutCap } from "../engine/runtime/people/raise-cap.ts";
import { laneStops } from "../engine/runtime/turns/ending.ts";
import { outputOf } from "../engine/policy/output/kept-output.ts";
import { enterLane, stoppedBy } from "../engine/runtime/lanes/enter-lane.ts";
import type { LaneChange, LaneState, LaneUpdate } from "../state/lane-state.ts";
import type { Subtask } from "../state/plan.ts";

export function awaitInputs(services: Services) {
  return async (state: LaneState, config: LangGraphRunnableConfig): Promise<LaneUpdate> => {
    const run = await services.runs.open(state, config);
    const subtask = run.shared.board.subtask(state.subtask) as Subtask;
    const ended = endedBefore(run, state);
    if (ended !== undefined) return ended;
    try {
      await run.shared.board.settled(subtask.dependsOn, laneStops(run.life.stop, config.signal));
    } catch (error) {
      return outcomeOf(
        state,
        stoppedBy(run, error).signal.kind,
        "the run's deadline passed while it waited for its inputs",
      );
    }
    if (subtask.dependsOn.some((id) => run.shared.board.isSuspended(id))) return parked(run, state, subtask);
    const failed = subtask.dependsOn.filter((id) => run.shared.board.result(id)?.outcome !== "done");
    if (failed.length > 0 && !subtask.allowMissingInputs) return skipped(state, failed);
    if (state.agent === "")
      return { ...fresh(state), outcome: "failed", cause: noAgent(run, subtask), next: "publish" };
    // A person takes no step and holds no slot.
    const isPerson = run.team.agent(state.agent)?.kind === "human";
    const entry = isPerson ? NO_WAIT : await enterLane(run, { subtask, agent: state.agent }, config.signal);
    if (entry.kind === "stopped") {
      const { signal } = entry;
      // It has not begun: after the answer it asks for entry again.
      if (asksAboutCap(run, subtask, signal)) return { ...fresh(state), signal, next: "recover" };
      const isForPolicy = (run.recovery.policyFor(subtask, state.agent)[signal.kind] ?? []).length > 0;
      if (!isForPolicy) return outcomeOf(state, signal.kind, signal.evidence);
    }
    await journalStart(run, state);
    const started = { ...fresh(state), startedAt: isoNow(services.clock) };
    // The policy has something to say about it (a cheaper model, a pause): asked where it is asked of everything else.
    if (entry.kind === "stopped") return { ...started, signal: entry.signal, next: "recover" };
    return { ...started, waitedForSlotMs: entry.waitedMs, next: "think" };
  };
}

const NO_WAIT = { kind: "entered", waitedMs: 0 } as const;

/** A crash between the commit of a result and the checkpoint that mentions it: the board is the truth. */
function endedBefore(run: Run, state: LaneState): LaneUpdate | undefined {
  const result = run.shared.board.result(state.subtask);
  if (result === undefined || result.attempt < state.attempt) return undefined;
  const { attempt, agent, outcome, cause, steps, startedAt, waitedForSlotMs } = result;
  return {
    ...fresh(state),
    attempt,
    agent,
    outcome,
    cause,
    output: outputOf(result),
    steps,
    startedAt,
    waitedForSlotMs,
    next: "publish",
  };
}

/** Every field that is read later has a value from here on; and a stream of updates learns whose lane this is. */
function fresh(state: LaneState): LaneChange {
  return {
    ...{ subtask: state.subtask, attempt: state.attempt },
    ...{ turns: 0, steps: 0, waitedForSlotMs: 0, output: "", startedAt: "" },
    ...{
      signal: null,
      firings: {},
      triedAgents: [],
      model: null,
      outcome: null,
      cause: null,
      agent: state.agent,
      seen: {},
    },
  };
}

function outcomeOf(state: LaneState, kind: keyof typeof OUTCOME_OF_SIGNAL, cause: string): LaneUpdate {
  return { ...fresh(state), outcome: OUTCOME_OF_SIGNAL[kind], cause, next: "publish" };
}

function skipped(state: LaneState, failed: readonly string[]): LaneUpdate {
  const named = failed.slice(0, 3).join(", ");
  const more = failed.length > 3 ? ` and ${failed.length - 3} more` : "";
  return { ...fresh(state), outcome: "skipped", cause: `its input ${named}${more} was not done`, next: "publish" };
}

/** On record, since another process does not run this lane again before the router does: those that wait for it must know. */
async function parked(run: Run, state: LaneState, subtask: Subtask): Promise<LaneUpdate> {
  const { runId, agent, attempt } = state;
  const waitsFor = subtask.dependsOn.filter((id) => run.shared.board.isSuspended(id));
  await run.record.journal.append({ kind: "park", subtask: subtask.id, attempt, data: { waitsFor } });
  run.shared.board.suspend(subtask.id);
  const record = {
    runId,
    subtask: subtask.id,
    title: subtask.title,
    agent,
    attempt,
    status: "parked" as const,
    steps: 0,
  };
  return { lanes: { [subtask.id]: record }, next: "end" };
}

function noAgent(run: Run, subtask: Subtask): string {
  const { rejected } = run.team.route(subtask);
  const reasons = rejected.slice(0, 3).map(({ agent, reason }) => `${agent}: ${reason}`);
  return `no agent fits (${reasons.join("; ") || "the run has no agents"})`;
}

function journalStart(run: Run, { subtask, attempt, agent }: LaneState): Promise<void> {
  return run.record.once(`attempt-start/${subtask}/${attempt}`, {
    kind: "attempt-start",
    subtask,
    attempt,
    data: { agent },
  });
}

function isoNow(clock: Clock): string {
  return new Date(clock.now()).toISOString();
}
