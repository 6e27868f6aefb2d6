/**
 * A lane that waits for a human, and those that wait for it. A part stands for the subtask that it belongs to: the whole cannot
 * end before it, so who waits for the whole waits for the human too.
 */
import { askHuman, type Question } from "../people/ask-human.ts";
import type { Run } from "../run/run.ts";
import { leaveLane } from "./enter-lane.ts";
import type { LaneContext } from "./lane-node.ts";

/** Asks for a lane: meanwhile it holds no slot, and those that wait for it are parked. Throws LangGraph's interrupt. */
export async function askInLane<Answer>({ run, state }: LaneContext, question: Question<Answer>): Promise<Answer> {
  const { subtask, attempt } = state;
  leaveLane(run, subtask, false);
  suspend(run, subtask);
  const { answer } = await askHuman(run, { ...question, attempt });
  unsuspend(run, subtask);
  return answer;
}

/** Wakes those that wait for it: they park themselves. */
function suspend(run: Run, id: string): void {
  run.shared.board.setSuspended(id, true);
  const whole = run.shared.board.subtask(id)?.partOf;
  if (whole !== undefined) run.shared.board.setSuspended(whole, true);
}

/** The whole goes on once none of its parts is suspended any more. */
function unsuspend(run: Run, id: string): void {
  run.shared.board.setSuspended(id, false);
  const whole = run.shared.board.subtask(id)?.partOf;
  const parts = (whole === undefined ? undefined : run.shared.board.subtask(whole)?.parts) ?? [];
  if (whole !== undefined && !parts.some((part) => run.shared.board.isSuspended(part)))
    run.shared.board.setSuspended(whole, false);
}
