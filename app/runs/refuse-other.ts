/** A run that cannot be opened for who asks: it answers another question, somebody works on it, or it was left. */
import { differenceOf, type Question } from "../../state/question.ts";
import { SwarmError } from "../../state/errors.ts";

/** Throws SwarmError RUN_DIFFERS where what is asked is not what is on record. */
export function refuseOther(runId: string, asked: Partial<Question>, onRecord: Partial<Question>): void {
  const difference = differenceOf(asked, onRecord);
  if (difference === undefined) return;
  throw new SwarmError("RUN_DIFFERS", `run ${runId} was asked something else: ${difference}`, {
    next: "ask it as new input on a thread of its own, or change the state at a checkpoint before the planner",
    data: { runId },
  });
}

export function heldRun(id: string): SwarmError {
  return new SwarmError("RUN_HELD", `run ${id} is being worked on by another call of this program`, {
    next: "wait for its end, or ask on a thread of its own",
    data: { id },
  });
}

export function leftRun(runId: string): SwarmError {
  return new SwarmError("INTERNAL", `run ${runId} was left by this process`);
}

export function closedSwarm(): SwarmError {
  return new SwarmError("USAGE", "the swarm is closed", {
    next: "go on in another one: runs that a store keeps are continued there",
  });
}
