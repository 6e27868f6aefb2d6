/** A call that is refused: its input has no shape of ours, its run answers another question, somebody works on it, or it was left. */
import { z } from "zod";
import { firstProblem } from "../../state/problem.ts";
import { differenceOf, type Question } from "../../state/question.ts";
import { SwarmError } from "../../state/errors.ts";
import { SwarmInput } from "../../state/swarm-state.ts";

/** Throws SwarmError CONFIG_INVALID, before LangGraph says the same in its library's words. */
export function refuseShapes(input: unknown): void {
  if (typeof input !== "object" || input === null) return;
  const given = input as Record<string, unknown>;
  for (const [name, shape] of Object.entries(SwarmInput.fields)) {
    if (given[name] === undefined || !(shape instanceof z.ZodType)) continue;
    const parsed = z.object({ [name]: shape }).safeParse(given);
    if (!parsed.success) throw new SwarmError("CONFIG_INVALID", firstProblem(parsed.error, given));
  }
}

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
