/**
 * A lane that waits for a human, and those that wait for it. A part stands for the subtask that it belongs to: the whole cannot
 * end before it, so who waits for the whole waits for the human too.
 */
import type { Run } from "../run/run.ts";

/** Wakes those that wait for it: they park themselves. */
export function suspendLane(run: Run, id: string): void {
  run.shared.board.suspend(id);
  const whole = run.shared.board.subtask(id)?.partOf;
  if (whole !== undefined) run.shared.board.suspend(whole);
}

/** The whole goes on once none of its parts is suspended any more. */
export function unsuspendLane(run: Run, id: string): void {
  run.shared.board.unsuspend(id);
  const whole = run.shared.board.subtask(id)?.partOf;
  const parts = (whole === undefined ? undefined : run.shared.board.subtask(whole)?.parts) ?? [];
  if (whole !== undefined && !parts.some((part) => run.shared.board.isSuspended(part)))
    run.shared.board.unsuspend(whole);
}
