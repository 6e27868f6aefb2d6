/**
 * The writes that a violated check goes back to: those after the last state in which it held, as `git bisect` finds them. The
 * states are those of the check's artifacts after each of their writes, in the order of the commits.
 */
import type { ArtifactVersion } from "../../../state/artifact.ts";
import type { CheckedWrite } from "../../../state/run-result.ts";
import type { SharedArtifacts } from "../artifacts/shared-artifacts.ts";
import type { Contents, Verdict } from "./evaluate-check.ts";

/** Writes that are named. */
const MOST_NAMED = 20;

export interface Searching {
  artifacts: Pick<SharedArtifacts, "writesTo" | "content">;
  /** The artifacts that the check looks at. */
  names: readonly string[];
  /** Looks at an earlier state. */
  evaluate: (contents: Contents) => Promise<Verdict>;
  /** Earlier states that may be looked at; 0: none, all writes are named. */
  looks: number;
}

/** Oldest first: the first one named is the one that broke it, where it ever held. */
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
