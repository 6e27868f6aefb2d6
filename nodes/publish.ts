/**
 * Node `publish`: the lane's end. The result goes to the board, fenced by its attempt, and wakes the lanes that wait for it in
 * this same superstep; the slot goes to the next lane. Running it twice publishes once.
 */
import { createHash } from "node:crypto";
import type { LangGraphRunnableConfig } from "@langchain/langgraph";
import { resultWith } from "../engine/policy/output/kept-output.ts";
import type { Board } from "../engine/ports/board.ts";
import type { Run, Services } from "../engine/runtime/run/run.ts";
import { leaveLane } from "../engine/runtime/lanes/enter-lane.ts";
import type { SubtaskResult } from "../state/lane-record.ts";
import type { LaneState, LaneUpdate } from "../state/lane-state.ts";
import type { Outcome } from "../state/outcome.ts";

export function publish(services: Services) {
  return async (state: LaneState, config: LangGraphRunnableConfig): Promise<LaneUpdate> => {
    const run = await services.runs.open(state, config);
    const endedAt = new Date(services.clock.now()).toISOString();
    const { contents } = run.shared;
    const given = state.outcome === "done" ? state.output : "";
    const fields = {
      subtask: state.subtask,
      attempt: state.attempt,
      agent: state.agent,
      outcome: state.outcome as Outcome,
      cause: state.cause,
      steps: state.steps,
      startedAt: state.startedAt === "" ? endedAt : state.startedAt,
      endedAt,
      waitedForSlotMs: state.waitedForSlotMs,
    };
    const result = resultWith(fields, typeof given === "string" ? await contents.keep(given) : given, contents);
    await inTurn(run.shared.board, state.subtask, () => deliver(run, result));
    leaveLane(run, state.subtask, result.outcome === "done" || result.outcome === "not-found");
    const written = [state.subtask, ...(run.shared.board.subtask(state.subtask)?.parts ?? [])];
    return {
      lanes: { [state.subtask]: recordOf(run, state) },
      artifacts: run.shared.artifacts.recordsOf(written),
      next: "end",
    };
  };
}

async function deliver(run: Run, result: SubtaskResult): Promise<void> {
  // What the journal calls done is not asked again: this step repeats, with the output that its checkpoint has.
  await run.record.saved();
  const isNewest = run.shared.board.accepts(result.subtask, result.attempt);
  await journalEnd(run, result, isNewest);
  if (isNewest) await run.shared.board.commit(result);
}

const deliveries = new WeakMap<Board, Map<string, Promise<void>>>();

/** Results of one subtask one after another: between "is it the newest?" and its commit no other may slip in. */
async function inTurn(board: Board, subtask: string, work: () => Promise<void>): Promise<void> {
  const last = deliveries.get(board) ?? new Map<string, Promise<void>>();
  deliveries.set(board, last);
  const mine = (last.get(subtask) ?? Promise.resolve()).catch(() => undefined).then(work);
  last.set(subtask, mine);
  await mine.finally(() => last.get(subtask) === mine && last.delete(subtask));
}

async function journalEnd(run: Run, result: SubtaskResult, accepted: boolean): Promise<void> {
  const { subtask, attempt, outcome, cause, steps, agent } = result;
  const digest = result.kept?.digest ?? createHash("sha256").update(result.output).digest("hex");
  const characters = result.kept?.characters ?? result.output.length;
  const place = `${subtask}/${attempt}`;
  const before = run.record.recorded("publish", `publish/${place}`);
  // A database that lost what it had, and an attempt that was made again: the journal says that the end is another one.
  const isLost = accepted && before?.accepted === true;
  const isOther = isLost && (before.outcome !== outcome || (before.digest ?? digest) !== digest);
  const key = isOther ? `${place}/${digest}` : place;
  const again = isOther ? { again: true } : {};
  await Promise.all([
    run.record.once(`attempt-end/${key}`, {
      kind: "attempt-end",
      subtask,
      attempt,
      data: { agent, outcome, cause, steps, ...again },
    }),
    run.record.once(`publish/${key}`, {
      kind: "publish",
      subtask,
      attempt,
      data: { accepted, outcome, characters, digest, ...again },
    }),
  ]);
}

/** What the graph's state says of the lane: as the board has it. */
function recordOf(run: Run, state: LaneState) {
  const result = run.shared.board.result(state.subtask);
  return {
    runId: state.runId,
    subtask: state.subtask,
    title: run.shared.board.subtask(state.subtask)?.title ?? state.subtask,
    agent: result?.agent ?? state.agent,
    attempt: result?.attempt ?? state.attempt,
    status: "ended" as const,
    outcome: result?.outcome ?? (state.outcome as Outcome),
    ...(typeof result?.cause === "string" ? { cause: result.cause } : {}),
    steps: result?.steps ?? state.steps,
  };
}
