/** What is wrong with a plan, told all at once: in one line for a person, as a list for whoever mends it. Pure. */
import { SwarmError } from "../../../state/errors.ts";
import { listed } from "../../../state/plain-text.ts";

/** Problems that one line tells; a program reads all of them in `data.problems`. */
const MOST_TOLD = 8;
const LONGEST_NAME = 128;

/** Throw it. `problems`: at least one, each a clause that names its subtask. */
export function invalidPlan(problems: readonly string[], more: { next?: string; cycle?: string[] } = {}): SwarmError {
  const { next = "mend the plan and run again", cycle } = more;
  const told = [...new Set(problems)];
  const data = { problems: told, ...(cycle === undefined ? {} : { cycle }) };
  return new SwarmError("PLAN_INVALID", `the plan is not valid: ${listed(told, MOST_TOLD, "; ")}`, { next, data });
}

/** Each problem of a plan that was refused. */
export function problemsOf({ data, message }: SwarmError): string[] {
  const { problems } = data;
  return Array.isArray(problems) ? problems.map(String) : [message];
}

/** What `work` returns; undefined where it refuses the plan: its problems are put to the others. */
export function collecting<T>(problems: string[], work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SwarmError) || error.code !== "PLAN_INVALID") throw error;
    problems.push(...problemsOf(error));
    return undefined;
  }
}

/** A name of unknown origin, fit for one line. */
export function quoted(name: string): string {
  return JSON.stringify(name.replace(/\s+/g, " ").slice(0, LONGEST_NAME));
}
