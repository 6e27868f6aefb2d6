/**
 * The verdict about a check as the artifacts stand now, on record with the versions that it is about: asked again about the same
 * ones, nobody is asked twice.
 */
import type { PlanCheck } from "../../../state/plan.ts";
import { artifactsOf } from "../../policy/plan/shared-parts.ts";
import { checkKey, recordedVerdict, type Looked } from "./check-record.ts";
import { evaluateCheck, type Evaluating, type Verdict } from "./evaluate-check.ts";
import { findCulprits } from "./find-culprits.ts";

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
  const newest = await Promise.all(names.map((name) => artifacts.content(name, artifacts.versions(name).length)));
  const contents = new Map(names.map((name, index) => [name, newest[index] as string]));
  const evaluate = (some: ReadonlyMap<string, string>): Promise<Verdict> => evaluateCheck(check, some, facts);
  const { verdict, evidence } = await evaluate(contents);
  const kind = "schema" in check ? "schema" : "command" in check ? "command" : "predicate";
  const writes = verdict === "violated" ? await findCulprits({ artifacts, names, evaluate, looks: LOOKS[kind] }) : [];
  // What nobody could say is asked again by whoever goes on with the run.
  const place = verdict === "unknown" ? `${key}/unknown/${evidence}` : key;
  await run.record.once(place, { kind: "check", data: { check: check.id, by: kind, verdict, evidence, writes } });
  return { check, verdict, evidence, writes };
}
