/**
 * What is on record of a check: a verdict is known by the check and by the versions that it is about; asked again about the same ones,
 * nobody is asked twice.
 */
import type { PlanCheck } from "../../../state/plan.ts";
import type { CheckedWrite, CheckState } from "../../../state/run-result.ts";
import type { Run } from "../run/run.ts";
import { artifactsOf } from "../../policy/plan/shared-parts.ts";
import { evaluateCheck, type Evaluating, type Verdict } from "./evaluate-check.ts";
import { findCulprits } from "./find-culprits.ts";

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

/** Earlier states that are looked at to find the write that broke a check. */
const LOOKS = { schema: 40, command: 12, predicate: 0 } as const;

/** By what is on record where these very versions have been looked at before. */
export async function lookAt(check: PlanCheck, facts: Evaluating): Promise<Looked> {
  const { run } = facts;
  const { artifacts } = run.shared;
  const names = artifactsOf(check);
  const known = recordedVerdict(run, check);
  if (known !== undefined) return known;
  const key = checkKey(check, artifacts);
  const then = "command" in check ? run.recording?.verdict(key) : undefined;
  if (then !== undefined) return { check, verdict: then.verdict, evidence: then.evidence, writes: then.writes };
  const contentOf = (name: string): Promise<string> => artifacts.content(name, artifacts.versions(name).length);
  const contents = new Map(await Promise.all(names.map(async (name) => [name, await contentOf(name)] as const)));
  const evaluate = (some: ReadonlyMap<string, string>): Promise<Verdict> => evaluateCheck(check, some, facts);
  const { verdict, evidence } = await evaluate(contents);
  const kind = "schema" in check ? "schema" : "command" in check ? "command" : "predicate";
  const writes = verdict === "violated" ? await findCulprits({ artifacts, names, evaluate, looks: LOOKS[kind] }) : [];
  // What nobody could say is asked again by whoever goes on with the run.
  const place = verdict === "unknown" ? `${key}/unknown/${evidence}` : key;
  await run.record.once(place, { kind: "check", data: { check: check.id, by: kind, verdict, evidence, writes } });
  return { check, verdict, evidence, writes };
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
