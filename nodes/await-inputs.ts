/**
 * Node `await-inputs`: the lane's gate. Waits for exactly the results that the subtask names, then for a place among the
 * agents at work. A lane whose input is suspended ends as parked: the router sends it again.
 */
import { outputOf } from "../engine/policy/output/kept-output.ts";
import { OUTCOME_OF_SIGNAL } from "../engine/policy/recovery/policy.ts";
import { asksAboutCap } from "../engine/runtime/people/raise-cap.ts";
import { enterLane, waitInLane, type Entry } from "../engine/runtime/lanes/enter-lane.ts";
import { laneNode, type LaneContext } from "../engine/runtime/lanes/lane-node.ts";
import { promptOf } from "../engine/runtime/lanes/lane-messages.ts";
import type { Unbegun } from "../engine/runtime/run/effects.ts";
import type { Run } from "../engine/runtime/run/run.ts";
import type { LaneChange, LaneState, LaneUpdate } from "../state/lane-state.ts";
import type { Subtask } from "../state/plan.ts";
import type { Signal } from "../state/signal.ts";
import { listed } from "../state/plain-text.ts";

export const awaitInputs = laneNode(async (lane) => {
  const { run, subtask, state, clock } = lane;
  const ended = endedBefore(run, state);
  if (ended !== undefined) return ended;
  const entry = await run.effects.entry(state, () => entryOf(lane));
  if (entry.kind === "parked") return parked(lane, entry.waitsFor);
  if (entry.kind === "ended") return { ...fresh(state), outcome: entry.outcome, cause: entry.cause, next: "publish" };
  // It has not begun: after the answer it asks for entry again.
  if (entry.kind === "stopped" && asksAboutCap(run, subtask, entry.signal))
    return { ...fresh(state), signal: entry.signal, next: "recover" };
  await journalStart(run, state);
  const startedAt = new Date(clock.now()).toISOString();
  const started = { ...fresh(state), startedAt, prompt: promptOf(run, subtask, state.agent) ?? null };
  // The policy has something to say about it (a cheaper model, a pause): asked where it is asked of everything else.
  if (entry.kind === "stopped") return { ...started, signal: entry.signal, next: "recover" };
  return { ...started, waitedForSlotMs: entry.waitedMs, next: "think" };
});

/** `stopped`: a person or the policy has something to say about it. */
type LaneEntry = Entry | Unbegun | { kind: "parked"; waitsFor: string[] };

async function entryOf({ run, subtask, state, config }: LaneContext): Promise<LaneEntry> {
  const { board } = run.shared;
  const passed = ({ kind }: Signal): LaneEntry => {
    const cause = "the run's deadline passed while it waited for its inputs";
    return { kind: "ended", outcome: OUTCOME_OF_SIGNAL[kind], cause };
  };
  const late = await waitInLane(run, { caller: config.signal, passed }, async (signal) => {
    await board.settled(subtask.dependsOn, signal);
    return undefined;
  });
  if (late !== undefined) return late;
  const waitsFor = subtask.dependsOn.filter((id) => board.isSuspended(id));
  if (waitsFor.length > 0) return { kind: "parked", waitsFor };
  const failed = subtask.dependsOn.filter((id) => board.result(id)?.outcome !== "done");
  if (failed.length > 0 && !subtask.allowMissingInputs)
    return { kind: "ended", outcome: "skipped", cause: `its input ${listed(failed, 3)} was not done` };
  if (state.agent === "") return { kind: "ended", outcome: "failed", cause: noAgent(run, subtask) };
  // A person takes no step and holds no slot.
  if (run.team.agent(state.agent)?.kind === "human") return { kind: "entered", waitedMs: 0 };
  const entry = await enterLane(run, { subtask, agent: state.agent }, config.signal);
  if (entry.kind === "entered" || asksAboutCap(run, subtask, entry.signal)) return entry;
  const { kind, evidence } = entry.signal;
  const isForPolicy = (run.recovery.policyFor(subtask, state.agent)[kind] ?? []).length > 0;
  return isForPolicy ? entry : { kind: "ended", outcome: OUTCOME_OF_SIGNAL[kind], cause: evidence };
}

/** A crash between the commit of a result and the checkpoint that mentions it: the board is the truth. */
function endedBefore(run: Run, state: LaneState): LaneUpdate | undefined {
  const result = run.shared.board.result(state.subtask);
  if (result === undefined || result.attempt < state.attempt) return undefined;
  const { attempt, agent, outcome, cause, steps, startedAt, waitedForSlotMs } = result;
  const output = outputOf(result);
  const asPublished = { attempt, agent, outcome, cause, output, steps, startedAt, waitedForSlotMs };
  return { ...fresh(state), ...asPublished, next: "publish" };
}

/** Every field that is read later has a value from here on; and a stream of updates learns whose lane this is. */
function fresh(state: LaneState): LaneChange {
  return {
    subtask: state.subtask,
    attempt: state.attempt,
    turns: 0,
    steps: 0,
    waitedForSlotMs: 0,
    output: "",
    startedAt: "",
    prompt: null,
    signal: null,
    sound: "",
    firings: {},
    triedAgents: [],
    model: null,
    outcome: null,
    cause: null,
    agent: state.agent,
    seen: {},
  };
}

/** On record, since another process does not run this lane again before the router does: those that wait for it must know. */
async function parked({ run, state, subtask: { id, title } }: LaneContext, waitsFor: string[]): Promise<LaneUpdate> {
  const { runId, agent, attempt } = state;
  await run.record.journal.append({ kind: "park", subtask: id, attempt, data: { waitsFor } });
  run.shared.board.setSuspended(id, true);
  return { lanes: { [id]: { runId, subtask: id, title, agent, attempt, status: "parked", steps: 0 } }, next: "end" };
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
