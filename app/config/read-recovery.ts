/** The recovery policy as a person writes it, over the default one. */
import { DEFAULT_RECOVERY } from "../../engine/policy/recovery/policy.ts";
import {
  Detection,
  RecoveryPolicy,
  type DetectionInput,
  type RecoveryPolicyInput,
} from "../../state/recovery-policy.ts";
import { SwarmError } from "../../state/errors.ts";
import { firstProblem } from "../../state/problem.ts";

/** The default policy with what the user changed. Throws SwarmError CONFIG_INVALID. */
export function readRecovery(given: RecoveryPolicyInput | undefined): RecoveryPolicy {
  const parsed = RecoveryPolicy.safeParse(given ?? {});
  if (parsed.success) return { ...DEFAULT_RECOVERY, ...parsed.data };
  throw new SwarmError("CONFIG_INVALID", `the recovery policy is not valid: ${firstProblem(parsed.error, given)}`);
}

/** The thresholds by which stalls are detected. Throws SwarmError CONFIG_INVALID. */
export function readDetection(given: DetectionInput | undefined): Detection {
  const parsed = Detection.safeParse(given ?? {});
  if (parsed.success) return parsed.data;
  throw new SwarmError(
    "CONFIG_INVALID",
    `the detection thresholds are not valid: ${firstProblem(parsed.error, given)}`,
  );
}
