/** What is on record of a check: a verdict is known by the check and by the versions that it is about. Pure. */
import type { PlanCheck } from "../../../state/plan.ts";
import type { CheckedWrite, CheckState } from "../../../state/run-result.ts";
import type { Run } from "../run/run.ts";
import { artifactsOf } from "../../policy/plan/shared-parts.ts";
import type { Verdict } from "./evaluate-check.ts";

export interface Looked extends Verdict {
  check: PlanCheck;
  writes: CheckedWrite[];
}

export function checkKey(check: PlanCheck, artifacts: Run["shared"]["artifacts"]): string {
  const versions = artifactsOf(check).map((name) => `${name}@${artifacts.versions(name).length}`);
  return `check/${check.id}/${versions.join()}`;
}

/** The verdict about the versions that are there now. */
export function recordedVerdict(run: Run, check: PlanCheck): Looked | undefined {
  const known = run.record.recorded("check", checkKey(check, run.shared.artifacts));
  return known === undefined
    ? undefined
    : { check, verdict: known.verdict, evidence: known.evidence, writes: known.writes };
}

/** As far as a run has come that has not ended. */
export function checksSoFar(run: Run): CheckState[] {
  return (run.shared.board.plan()?.checks ?? []).flatMap((check) => {
    const known = recordedVerdict(run, check);
    return known === undefined ? [] : [checkState(known, undefined, false)];
  });
}

/** `earlier`: what was said of it before its last repair. `isLeft`: a human left it as it is. */
export function checkState(
  { check, verdict, evidence, writes }: Looked,
  earlier: CheckState | undefined,
  isLeft: boolean,
): CheckState {
  const about = { id: check.id, title: check.title ?? check.id, evidence, isLeft };
  const before = earlier?.status === "violated" || earlier?.status === "mended" ? earlier.writes : undefined;
  if (verdict === "violated") return { ...about, status: "violated", writes };
  if (verdict === "unknown") return { ...about, status: "unchecked", writes: before ?? [] };
  return { ...about, status: before === undefined ? "held" : "mended", writes: before ?? [] };
}
