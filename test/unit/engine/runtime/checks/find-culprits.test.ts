import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Contents } from "../../../../../engine/runtime/checks/evaluate-check.ts";
import { findCulprits } from "../../../../../engine/runtime/checks/check-record.ts";
import { ArtifactLog } from "../../../../../engine/runtime/artifacts/artifact-log.ts";
import { ArtifactWriter } from "../../../../../engine/runtime/artifacts/artifact-writer.ts";
import type { ArtifactEvent } from "../../../../../state/artifact.ts";

/** Writes `[artifact, content]` in this order, all within one millisecond. */
async function board(writes: readonly (readonly [string, string])[]): Promise<ArtifactLog> {
  const contents = new Map<string, string>();
  const storage = {
    read: () => Promise.resolve([] as ArtifactEvent[]),
    append: () => Promise.resolve(),
    putContent: (hash: string, content: string) => Promise.resolve(void contents.set(hash, content)),
    content: (hash: string) => Promise.resolve(contents.get(hash) as string),
  };
  const rules = () => ({ type: "text" as const, key: "id", policy: "last-wins" as const });
  const artifacts = new ArtifactLog({ runId: "r", storage, rules }, []);
  const journal = () => Promise.resolve();
  const writer = new ArtifactWriter(artifacts, { now: () => 0, journal, turn: journal });
  for (const [index, [artifact, content]] of writes.entries()) {
    const base = artifacts.versions(artifact).length;
    const by = { subtask: `s${index}`, attempt: 1, agent: "a", turn: 1, call: 0 };
    const { kind } = await writer.commit({ artifact, change: { do: "write", content }, base, by });
    expect(kind).toBe("committed");
  }
  return artifacts;
}

async function culprits(
  writes: readonly (readonly [string, string])[],
  holds: (contents: Contents) => boolean,
  most = 40,
) {
  const artifacts = await board(writes);
  const names = [...new Set(writes.map(([name]) => name))];
  let looks = 0;
  const evaluate = (contents: Contents) => {
    looks += 1;
    return Promise.resolve({ verdict: holds(contents) ? ("holds" as const) : ("violated" as const), evidence: "" });
  };
  const found = await findCulprits({ artifacts, names, evaluate, looks: most });
  return { found: found.map(({ subtask }) => subtask), looks };
}

describe("the writes that a violated check goes back to", () => {
  it("begin with the one that broke it, found with few looks", async () => {
    const writes = Array.from(
      { length: 300 },
      (_, index) => ["a", index < 100 ? `fine ${index}` : `bad ${index}`] as const,
    );
    const { found, looks } = await culprits(writes, (contents) => !contents.get("a")!.startsWith("bad"));
    expect(found[0]).toBe("s100");
    expect(found).toHaveLength(20);
    expect(looks).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(300)));
  });

  it("are found wherever they are, in several artifacts that were written in turn within a millisecond", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 30 }),
        fc.nat(),
        async (names, where) => {
          const broke = where % names.length;
          const writes = names.map((name, index) => [name, `${index} ${index === broke ? "" : "\n"}`] as const);
          // The sum of what is written: of each state its own, and broken from one write on.
          const newest = (contents: Contents) =>
            Math.max(
              -1,
              ...[...contents.values()].map((content) => (content === "" ? -1 : Number.parseInt(content, 10))),
            );
          const { found } = await culprits(writes, (contents) => newest(contents) < broke);
          expect(found[0]).toBe(`s${broke}`);
          expect(found).toHaveLength(Math.min(20, names.length - broke));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("are all of them where it never held, or where no earlier state may be looked at", async () => {
    const writes = [
      ["a", "1"],
      ["b", "2"],
      ["a", "3"],
    ] as const;
    expect((await culprits(writes, () => false)).found).toEqual(["s0", "s1", "s2"]);
    expect(await culprits(writes, () => true, 0)).toEqual({ found: ["s0", "s1", "s2"], looks: 0 });
  });

  it("are none where nobody has written", async () => {
    expect(await culprits([], () => false)).toEqual({ found: [], looks: 0 });
  });
});
