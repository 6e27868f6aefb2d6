/**
 * The beginning of a fork: its plan, and what it keeps of the run that it comes from, go onto its board and its record when it is
 * opened, and into the graph's state where that begins. Doing it twice does it once.
 */
import { recordPlan } from "../../journal/recorded-messages.ts";
import type { ArtifactRecords } from "../../../state/artifact.ts";
import type { Fork } from "../../../state/fork.ts";
import { laneRecordOf, type LaneRecords, type SubtaskResult } from "../../../state/lane-record.ts";
import type { SwarmUpdate } from "../../../state/swarm-state.ts";
import { recordEnd } from "./record-end.ts";
import type { Run } from "./run.ts";

/** Nothing where it is done: the plan comes onto the board last. */
export async function beginFork(run: Run, fork: Fork): Promise<void> {
  const { plan, file, anew, parent, draft } = fork;
  const { board, writer, contents } = run.shared;
  if (board.plan() !== undefined) return;
  const content = recordPlan(contents, plan);
  const taken = { anew, ...(draft === undefined ? {} : { draft: contents.add(JSON.stringify(draft)) }) };
  const data = { version: plan.version, origin: "fork", subtasks: plan.subtasks.length, plan: file, ...taken, content };
  await run.record.once(`plan/${plan.version}`, { kind: "plan", data });
  for (const write of fork.writes) await writer.keep(write, parent.runId);
  await Promise.all(fork.results.map((result) => keep(run, result)));
  await board.savePlan(plan);
}

/** What the state of the graph says of it. Pure. */
export function forkUpdate(runId: string, fork: Fork, artifacts: ArtifactRecords) {
  const { plan, file, draft = null } = fork;
  const titles = new Map(plan.subtasks.map(({ id, title }) => [id, title]));
  const lanes: LaneRecords = {};
  for (const result of fork.results) {
    const title = titles.get(result.subtask) ?? result.subtask;
    lanes[result.subtask] = laneRecordOf(result, { runId, title });
  }
  return { planVersion: plan.version, planned: file, rejection: null, lanes, artifacts, draft } satisfies SwarmUpdate;
}

/** On record first, as any result. */
async function keep(run: Run, result: SubtaskResult): Promise<void> {
  const { subtask, attempt, kept, keptFrom } = result;
  const digest = kept?.digest ?? run.shared.contents.add(result.output);
  await recordEnd(run, result, { key: `${subtask}/${attempt}`, digest, accepted: true, marks: { keptFrom } });
  await run.shared.board.commit(result);
}
