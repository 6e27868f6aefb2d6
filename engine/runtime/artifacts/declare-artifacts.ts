/** Puts what the plan says that artifacts hold at the beginning on the board, as their first version. Doing it twice does it once. */
import { SwarmError } from "../../../state/errors.ts";
import type { Plan } from "../../../state/plan.ts";
import type { SharedArtifacts } from "./shared-artifacts.ts";

/** What the journal calls the writer; a subtask may have the same id. */
const PLAN_WRITER = "plan";
/** No subtask's attempt is 0: no write of one is taken for a write of the plan. */
export const PLAN_ATTEMPT = 0;

export async function declareArtifacts(artifacts: SharedArtifacts, plan: Plan): Promise<void> {
  for (const [call, { name, content }] of plan.artifacts.entries()) {
    if (content === undefined || artifacts.versions(name).length > 0) continue;
    const by = { subtask: PLAN_WRITER, attempt: PLAN_ATTEMPT, agent: PLAN_WRITER, turn: plan.version, call };
    const outcome = await artifacts.commit({ artifact: name, change: { do: "write", content }, base: 0, by });
    if (outcome.kind === "problem")
      throw new SwarmError("PLAN_INVALID", `the plan is not valid: artifact "${name}": ${outcome.problem}`);
  }
}
