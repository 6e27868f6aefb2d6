import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalContent } from "../../engine/policy/merge/canonical.ts";
import { applyDelta, deltaBetween } from "../../engine/policy/merge/delta.ts";
import { type Merge, mergeThreeWay } from "../../engine/policy/merge/three-way.ts";
import { ARTIFACT_TYPES, type ArtifactType } from "../../state/artifact.ts";
import { contents, given, KEY } from "./artifact-contents.ts";
import { holds } from "./law.ts";

const merge = (type: ArtifactType, base: string, committed: string, incoming: string): Merge =>
  mergeThreeWay({ type, key: KEY, base, committed, incoming });
/** The same merge as seen with the sides exchanged. */
const exchanged = (result: Merge): Merge =>
  result.kind === "merged"
    ? result
    : {
        kind: "conflict",
        regions: result.regions.map((each) => ({ ...each, committed: each.incoming, incoming: each.committed })),
        committedFirst: result.incomingFirst,
        incomingFirst: result.committedFirst,
      };
const canonicalOf = (type: ArtifactType, content: unknown): string => {
  const checked = canonicalContent(type, content, KEY);
  if (!checked.ok) throw new Error(checked.problem);
  return checked.content;
};

describe.each(ARTIFACT_TYPES)("the merge of %s", (type) => {
  const content = contents(type);

  it("is the other's where one side changed nothing, and what both say where they agree", () => {
    holds(
      fc.property(content, content, (base, changed) => {
        const expected = { kind: "merged", content: changed };
        expect(merge(type, base, base, changed)).toEqual(expected);
        expect(merge(type, base, changed, base)).toEqual(expected);
        expect(merge(type, base, changed, changed)).toEqual(expected);
      }),
    );
  });

  it("treats both sides alike", () => {
    holds(
      fc.property(content, content, content, (base, one, other) => {
        expect(merge(type, base, other, one)).toEqual(exchanged(merge(type, base, one, other)));
      }),
      600,
    );
  });

  it("makes canonical contents of canonical contents", () => {
    holds(
      fc.property(content, content, content, (base, one, other) => {
        const result = merge(type, base, one, other);
        const made = result.kind === "merged" ? [result.content] : [result.committedFirst, result.incomingFirst];
        const whole = made.filter((text) => text !== "");
        expect(whole.map((text) => canonicalOf(type, text))).toEqual(whole);
      }),
      400,
    );
  });

  it("shows a difference in each region of a conflict", () => {
    holds(
      fc.property(content, content, content, (base, one, other) => {
        const result = merge(type, base, one, other);
        if (result.kind === "merged") return;
        expect(result.regions.length).toBeGreaterThan(0);
        expect(result.regions.filter((region) => region.committed === region.incoming)).toEqual([]);
        expect(result.committedFirst).not.toBe(result.incomingFirst);
      }),
      400,
    );
  });
});

describe.each(ARTIFACT_TYPES)("the canonical form of %s", (type) => {
  it("is its own", () => {
    holds(
      fc.property(given(type), (value) => {
        const content = canonicalOf(type, value);
        fc.pre(content !== "");
        expect(canonicalOf(type, content)).toBe(content);
      }),
    );
  });
});

describe("the canonical form of anything", () => {
  it("is a content or a problem in one line, never an exception", () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withNullPrototype: true,
      withMap: true,
      withSparseArray: true,
    });
    holds(
      fc.property(
        fc.constantFrom(...ARTIFACT_TYPES),
        fc.oneof(anything, fc.string({ unit: "binary" }), fc.json()),
        (type, value) => {
          const checked = canonicalContent(type, value, KEY);
          expect(checked.ok ? checked.content.isWellFormed() : /^.+$/u.test(checked.problem)).toBe(true);
        },
      ),
      1000,
    );
  });
});

describe("a delta", () => {
  const near = fc
    .array(fc.constantFrom("a", "b", "😀", "😁", "🐀", "\n"), { maxLength: 12 })
    .map((units) => units.join(""));

  it("leads from the one to the other, without halves of pairs", () => {
    holds(
      fc.property(fc.oneof(near, fc.string({ unit: "binary" })), near, (from, to) => {
        const delta = deltaBetween(from, to);
        expect(applyDelta(from, delta)).toBe(to);
        expect(delta.inserted.isWellFormed()).toBe(true);
        expect(from.slice(delta.at, delta.at + delta.removed).isWellFormed()).toBe(true);
        expect(delta.removed).toBeGreaterThanOrEqual(0);
      }),
      1000,
    );
  });

  it("of a history gives each version again", () => {
    holds(
      fc.property(fc.array(near, { maxLength: 10 }), (versions) => {
        const deltas = versions.map((version, index) => deltaBetween(versions[index - 1] ?? "", version));
        let content = "";
        const again = deltas.map((delta) => (content = applyDelta(content, delta)));
        expect(again).toEqual(versions);
      }),
    );
  });
});
