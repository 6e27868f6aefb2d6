/** The plan of a run as `run --plan` and `resume --plan` take it: a file beside the run, so that no planner is paid for it twice. */
import { join } from "node:path";
import { planText } from "../../engine/policy/plan/plan-text.ts";
import type { RunResult } from "../../state/run-result.ts";
import { runFolder, writeWhole } from "../runs/run-folder.ts";
import { readJournal } from "../runs/run-journal.ts";

const PLAN_FILE = "plan.json";

export interface KeptPlan {
  path: string;
  text: string;
  /** Where it came from: `planner`, `given`, `human` … */
  origin: string;
}

/** The newest plan on record, written into the run's folder. Undefined: there is none. Throws SwarmError STORAGE_FAILED. */
export function keepPlan(home: string, { runId, task }: Pick<RunResult, "runId" | "task">): KeptPlan | undefined {
  const newest = [...readJournal(home, runId).plans.values()].at(-1);
  if (newest?.plan === undefined) return undefined;
  const text = planText({ ...{ task }, ...newest.plan, ...{ task } });
  const folder = runFolder(home, runId);
  writeWhole(folder, PLAN_FILE, `${text}\n`);
  return { path: join(folder, PLAN_FILE), text, origin: newest.origin };
}
