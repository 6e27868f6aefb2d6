/**
 * Node `publish`: the lane's end. The result goes to the board, fenced by its attempt, and wakes the lanes that wait for it in
 * this same superstep; the slot goes to the next lane. Running it twice publishes once.
 */
import { resultWith } from "../engine/policy/output/kept-output.ts";
import { requestedBy } from "../engine/runtime/coordinator/request-subtasks.ts";
import { assignPart, partRouteKey } from "../engine/runtime/lanes/assign.ts";
import { leaveLane } from "../engine/runtime/lanes/enter-lane.ts";
import { laneNode, type LaneContext } from "../engine/runtime/lanes/lane-node.ts";
import { recordEnd } from "../engine/runtime/run/record-end.ts";
import type { Run } from "../engine/runtime/run/run.ts";
import { SwarmError } from "../state/errors.ts";
import { laneRecordOf, type SubtaskResult } from "../state/lane-record.ts";
import type { Assignment } from "../state/lane-state.ts";

export const publish = laneNode(async (lane) => {
  const { run, subtask } = lane;
  const result = await resultOf(lane);
  // Between "is it the newest?" and its commit no other may slip in.
  await run.shared.deliveries.add(subtask.id, () => deliver(run, result));
  leaveLane(run, subtask.id, result.outcome === "done" || result.outcome === "not-found");
  const about = { runId: lane.state.runId, title: subtask.title };
  const ended = {
    // As the board has it.
    lanes: { [subtask.id]: laneRecordOf(run.shared.board.result(subtask.id) ?? result, about) },
    artifacts: run.shared.artifacts.recordsOf([subtask.id, ...(subtask.parts ?? [])]),
  };
  const parts = await requestedParts(run, subtask.id);
  return parts.length === 0 ? { ...ended, next: "end" } : { ...ended, parts, next: "part" };
});

/** What this lane has asked for begins behind it. What another process has sent already is sent again by the router. */
async function requestedParts(run: Run, subtask: string): Promise<Assignment[]> {
  const unsent = requestedBy(run, subtask).filter(
    (id) => run.shared.board.result(id) === undefined && !run.record.wasOnRecord(partRouteKey(id)),
  );
  return Promise.all(unsent.map((id) => assignPart(run, id)));
}

async function resultOf({ run, state, clock }: LaneContext): Promise<SubtaskResult> {
  const { contents } = run.shared;
  const { subtask, attempt, agent, outcome, cause, steps, startedAt, waitedForSlotMs } = state;
  if (outcome === null) throw new SwarmError("INTERNAL", `the lane of subtask "${subtask}" has no outcome`);
  const endedAt = new Date(clock.now()).toISOString();
  const given = outcome === "done" || outcome === "not-found" ? state.output : "";
  const fields = { subtask, attempt, agent, outcome, cause, steps, endedAt, waitedForSlotMs };
  return resultWith(
    { ...fields, startedAt: startedAt === "" ? endedAt : startedAt },
    typeof given === "string" ? await contents.keep(given) : given,
    contents,
  );
}

async function deliver(run: Run, result: SubtaskResult): Promise<void> {
  // What the journal calls done is not asked again: this step repeats, with the output that its checkpoint has.
  await run.record.saved();
  const isNewest = run.shared.board.accepts(result.subtask, result.attempt);
  await journalEnd(run, result, isNewest);
  if (isNewest) await run.shared.board.commit(result);
}

async function journalEnd(run: Run, result: SubtaskResult, accepted: boolean): Promise<void> {
  const { subtask, attempt, outcome } = result;
  const digest = result.kept?.digest ?? run.shared.contents.add(result.output);
  const place = `${subtask}/${attempt}`;
  const before = run.record.recorded("publish", `publish/${place}`);
  // A database that lost what it had, and an attempt that was made again: the journal says that the end is another one.
  const isLost = accepted && before?.accepted === true;
  const isOther = isLost && (before.outcome !== outcome || (before.digest ?? digest) !== digest);
  const key = isOther ? `${place}/${digest}` : place;
  await recordEnd(run, result, { key, digest, accepted, marks: isOther ? { again: true } : {} });
}
