import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyDelta, deltaBetween } from "../../engine/policy/merge/delta.ts";
import { ARTIFACT_TYPES } from "../../state/artifact.ts";
import { type Judged, plannedWrites, policies, runWrites, tokensOf } from "./artifact-writers.ts";
import { holds } from "./law.ts";

/** All that a conflict record would hold of the contents. */
function recorded({ decision }: Pick<Judged, "decision">, side: "base" | "committed" | "incoming"): Set<string> {
  const regions = decision.kind === "commit" || decision.kind === "undecided" ? decision.regions : [];
  return tokensOf(regions.map((region) => region[side]).join("\n"));
}

/** The write itself: in the value; or whole in the record, and where the rest of it was committed, at the place of the conflict too. */
function isAccountedFor({ decision, token }: Judged): boolean {
  if (decision.kind === "problem" || decision.kind === "unchanged") return false;
  const isWhole = tokensOf(decision.incoming).has(token);
  if (decision.kind === "undecided") return isWhole && decision.regions.length > 0;
  return tokensOf(decision.content).has(token) || (isWhole && recorded({ decision }, "incoming").has(token));
}

/** What others had committed: still there, or taken away by a writer that had seen it, or in the record. */
function lostOfOthers(judged: Judged): string[] {
  const seen = tokensOf(judged.base.content);
  const inRecord = recorded(judged, "committed");
  const after = tokensOf(judged.after);
  return [...tokensOf(judged.head.content)].filter(
    (token) => !after.has(token) && !seen.has(token) && !inRecord.has(token),
  );
}

/** What a writer took away and nobody else: gone, or in the record. */
function removalsLost(judged: Judged): string[] {
  const { decision } = judged;
  if (decision.kind !== "commit" || decision.result === null) return [];
  const wanted = tokensOf(decision.incoming);
  const inRecord = recorded(judged, "base");
  const after = tokensOf(judged.after);
  return [...tokensOf(judged.base.content)].filter(
    (token) => !wanted.has(token) && after.has(token) && !inRecord.has(token),
  );
}

describe.each(ARTIFACT_TYPES)("many writers of one artifact of type %s, each as far behind as it likes", (type) => {
  it("lose no update: each write is in the value, or the record of its conflict has it", () => {
    holds(
      fc.property(policies, plannedWrites, (policy, writes) => {
        for (const judged of runWrites(type, policy, writes)) {
          expect(isAccountedFor(judged) ? [] : [judged]).toEqual([]);
          expect(lostOfOthers(judged)).toEqual([]);
          expect(removalsLost(judged)).toEqual([]);
        }
      }),
      400,
    );
  });

  it("meet a conflict only where they were behind, and leave the value alone where it is not decided", () => {
    holds(
      fc.property(policies, plannedWrites, (policy, writes) => {
        for (const { decision, base, head, after } of runWrites(type, policy, writes)) {
          const isStale = decision.kind === "undecided" || (decision.kind === "commit" && decision.result !== null);
          expect(isStale && base.version === head.version).toBe(false);
          expect(decision.kind === "undecided" ? after : head.content).toBe(head.content);
        }
      }),
    );
  });

  it("come to the same when the history is told again, write by write or delta by delta", () => {
    holds(
      fc.property(policies, plannedWrites, (policy, writes) => {
        const live = runWrites(type, policy, writes);
        expect(runWrites(type, policy, writes)).toEqual(live);
        let content = "";
        for (const { head, after } of live) content = applyDelta(content, deltaBetween(head.content, after));
        expect(content).toBe(live.at(-1)?.after);
      }),
    );
  });
});

describe("the writers of these laws", () => {
  it("do meet: merges, conflicts and writes in time all occur for the types that can be merged", () => {
    for (const type of ["text", "json", "table"] as const) {
      const seen = new Set<string>();
      holds(
        fc.property(policies, plannedWrites, (policy, writes) => {
          for (const { decision } of runWrites(type, policy, writes)) {
            seen.add(decision.kind === "commit" ? `commit ${decision.result ?? "in time"}` : decision.kind);
          }
        }),
      );
      const all = ["commit in time", "commit merged", "commit first-wins", "commit last-wins", "undecided"];
      expect([...seen].filter((kind) => all.includes(kind)).sort()).toEqual(all.sort());
    }
  });
});
