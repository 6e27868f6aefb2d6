/** How a check of the plan stands, by what was said of it about given versions of its artifacts. Pure. */
import type { PlanCheck } from "../../../state/plan.ts";
import type { CheckedWrite, CheckState } from "../../../state/run-result.ts";
import type { RunView } from "../../journal/run-view.ts";
import { artifactsOf } from "../plan/shared-parts.ts";

/** `unknown`: nobody could say; the evidence says why. */
export interface Verdict {
  verdict: "holds" | "violated" | "unknown";
  /** In one line. */
  evidence: string;
}

export interface Looked extends Verdict {
  check: PlanCheck;
  writes: CheckedWrite[];
}

/** Under which a verdict is on record, by the versions that it is about. */
export function checkKey(check: PlanCheck, versionOf: (artifact: string) => number): string {
  const versions = artifactsOf(check).map((name) => `${name}@${versionOf(name)}`);
  return `check/${check.id}/${versions.join()}`;
}

/** Those of which something was said about the versions that there are now. */
export function checksSoFar(checks: readonly PlanCheck[], { artifacts, keys }: RunView): CheckState[] {
  return checks.flatMap((check) => {
    const known = keys.get(checkKey(check, (name) => artifacts.get(name)?.version ?? 0));
    return known?.kind === "check" ? [checkState({ ...known.data, check }, undefined, false)] : [];
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
