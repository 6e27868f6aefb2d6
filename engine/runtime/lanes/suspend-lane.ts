/**
 * A lane that waits for a human, and those that wait for it. A part stands for the subtask that it belongs to: the whole cannot
 * end before it, so who waits for the whole waits for the human too.
 */
import type { RunHandle } from "../run/run.ts";

/** Wakes those that wait for it: they park themselves. */
export function suspendLane(run: RunHandle, id: string): void {
  run.board.suspend(id);
  const whole = run.board.subtask(id)?.partOf;
  if (whole !== undefined) run.board.suspend(whole);
}

/** The whole goes on once none of its parts is suspended any more. */
export function unsuspendLane(run: RunHandle, id: string): void {
  run.board.unsuspend(id);
  const whole = run.board.subtask(id)?.partOf;
  const parts = (whole === undefined ? undefined : run.board.subtask(whole)?.parts) ?? [];
  if (whole !== undefined && !parts.some((part) => run.board.isSuspended(part))) run.board.unsuspend(whole);
}
