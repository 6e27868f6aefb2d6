/** The recovery policy as a person writes it, over the default one. */
import { DEFAULT_RECOVERY, RecoveryPolicy, type RecoveryPolicyInput } from "../../engine/recovery/policy.ts";
import { SwarmError } from "../../state/errors.ts";
import { firstProblem } from "./first-problem.ts";

/** The default policy with what the user changed. Throws SwarmError CONFIG_INVALID. */
export function readRecovery(given: RecoveryPolicyInput | undefined): RecoveryPolicy {
  const parsed = RecoveryPolicy.safeParse(given ?? {});
  if (parsed.success) return { ...DEFAULT_RECOVERY, ...parsed.data };
  throw new SwarmError("CONFIG_INVALID", `the recovery policy is not valid: ${firstProblem(parsed.error, given)}`);
}
