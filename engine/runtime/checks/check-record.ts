/**
 * What is on record of a check: a verdict is known by the check and by the versions that it is about; asked again about the same ones,
 * nobody is asked twice.
 */
import type { ArtifactVersion } from "../../../state/artifact.ts";
import type { PlanCheck } from "../../../state/plan.ts";
import type { CheckedWrite } from "../../../state/run-result.ts";
import { checkKey, type Looked, type Verdict } from "../../policy/checks/check-state.ts";
import { artifactsOf } from "../../policy/plan/shared-parts.ts";
import type { ArtifactLog } from "../artifacts/artifact-log.ts";
import { evaluateCheck, type Contents, type Evaluating } from "./evaluate-check.ts";

/** Earlier states that are looked at to find the write that broke a check. */
const LOOKS = { schema: 40, command: 12, predicate: 0 } as const;

/** By what is on record where these very versions have been looked at before. */
export async function lookAt(check: PlanCheck, facts: Evaluating): Promise<Looked> {
  const { run } = facts;
  const { artifacts } = run.shared;
  const names = artifactsOf(check);
  const key = checkKey(check, (name) => artifacts.versions(name).length);
  const known = run.record.recorded("check", key);
  if (known !== undefined) return { ...known, check };
  const kind = "schema" in check ? "schema" : "command" in check ? "command" : "predicate";
  const look = async (): Promise<Omit<Looked, "check">> => {
    const contents = await contentsAfter(artifacts, names, artifacts.writesTo(names));
    const evaluate = (some: ReadonlyMap<string, string>): Promise<Verdict> => evaluateCheck(check, some, facts);
    const said = await evaluate(contents);
    if (said.verdict !== "violated") return { ...said, writes: [] };
    return { ...said, writes: await findCulprits({ artifacts, names, evaluate, looks: LOOKS[kind] }) };
  };
  const { verdict, evidence, writes } = kind === "command" ? await run.effects.command(key, look) : await look();
  // What nobody could say is asked again by whoever goes on with the run.
  const place = verdict === "unknown" ? `${key}/unknown/${evidence}` : key;
  await run.record.once(place, { kind: "check", data: { check: check.id, by: kind, verdict, evidence, writes } });
  return { check, verdict, evidence, writes };
}

const MOST_NAMED = 20;

interface Searching {
  artifacts: Pick<ArtifactLog, "writesTo" | "content">;
  names: readonly string[];
  /** Looks at an earlier state. */
  evaluate: (contents: Contents) => Promise<Verdict>;
  /** Earlier states that may be looked at; 0: none, all writes are named. */
  looks: number;
}

/**
 * The writes that a violated check goes back to: those after the last state in which it held, as `git bisect` finds them. The
 * states are those of the check's artifacts after each of their writes, in the order of the commits.
 * Oldest first: the first one named is the one that broke it, where it ever held.
 */
export async function findCulprits({ artifacts, names, evaluate, looks }: Searching): Promise<CheckedWrite[]> {
  const writes = artifacts.writesTo(names);
  const holds = async (count: number): Promise<boolean> => {
    const contents = await contentsAfter(artifacts, names, writes.slice(0, count));
    return (await evaluate(contents)).verdict === "holds";
  };
  const good = await lastGood(writes.length, holds, looks);
  return writes.slice(good).slice(0, MOST_NAMED).map(named);
}

/** Steps back twice as far each time until a state holds, then halves the way; 0 where none was found. */
async function lastGood(count: number, holds: (count: number) => Promise<boolean>, most: number): Promise<number> {
  let looks = most;
  let bad = count;
  let good = -1;
  for (let step = 1; looks > 0 && good < 0 && bad > 0; step *= 2, looks -= 1) {
    const earlier = Math.max(0, bad - step);
    if (await holds(earlier)) good = earlier;
    else bad = earlier;
  }
  if (good < 0) return 0;
  for (; looks > 0 && bad - good > 1; looks -= 1) {
    const middle = good + Math.floor((bad - good) / 2);
    if (await holds(middle)) good = middle;
    else bad = middle;
  }
  return good;
}

async function contentsAfter(
  artifacts: Searching["artifacts"],
  names: readonly string[],
  writes: readonly ArtifactVersion[],
): Promise<Contents> {
  const newest = (name: string): number => writes.findLast(({ artifact }) => artifact === name)?.version ?? 0;
  return new Map(
    await Promise.all(names.map(async (name) => [name, await artifacts.content(name, newest(name))] as const)),
  );
}

function named({ artifact, version, by }: ArtifactVersion): CheckedWrite {
  return { artifact, version, subtask: by.subtask, attempt: by.attempt };
}
