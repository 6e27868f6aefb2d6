import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyChange, type ArtifactChange } from "../../engine/merge/change.ts";
import { decideCommit } from "../../engine/merge/commit-write.ts";
import { mergeThreeWay } from "../../engine/merge/three-way.ts";
import type { ArtifactType } from "../../state/artifact.ts";
import { contents, KEY } from "./artifact-contents.ts";
import { holds } from "./law.ts";

type Side = "committed" | "incoming";
/** What becomes of one element: of every second only, so that an unchanged one stands between any two. */
interface Edit {
  by: Side | "nobody";
  to: string[];
}

const edits: fc.Arbitrary<Edit[]> = fc
  .array(
    fc.record({
      by: fc.constantFrom<Edit["by"]>("committed", "incoming", "nobody"),
      to: fc.array(fc.constantFrom("new", "x", ""), { maxLength: 3 }),
    }),
    { maxLength: 20 },
  )
  .map((all) => all.map((edit, index) => ({ ...edit, to: edit.to.map((text) => `${text}${edit.by}${index}`) })));

/** Between two elements that could change one stays, as at both ends. */
function edited(all: readonly Edit[], by: readonly Edit["by"][]): string[] {
  return [
    "start",
    ...all.flatMap((edit, index) => [...(by.includes(edit.by) ? edit.to : [`old ${index}`]), `kept ${index}`]),
  ];
}

/** Both orders must say the same. */
function expectMerged(type: ArtifactType, [base, one, other]: [string, string, string], content: string): void {
  const expected = { kind: "merged", content };
  expect(mergeThreeWay({ type, key: KEY, base, committed: one, incoming: other })).toEqual(expected);
  expect(mergeThreeWay({ type, key: KEY, base, committed: other, incoming: one })).toEqual(expected);
}

function changed(type: ArtifactType, content: string, change: ArtifactChange): string {
  const checked = applyChange(type, content, change, KEY);
  if (!checked.ok) throw new Error(checked.problem);
  return checked.content;
}

describe("edits in different places never conflict, and both are in the result:", () => {
  it("lines of a text with an unchanged line between", () => {
    const written = (all: Edit[], ...by: Edit["by"][]): string => edited(all, by).join("\n");
    holds(
      fc.property(edits, (all) => {
        const three: [string, string, string] = [written(all), written(all, "committed"), written(all, "incoming")];
        expectMerged("text", three, written(all, "committed", "incoming"));
      }),
      500,
    );
  });

  it("items of an array with an unchanged item between", () => {
    const written = (all: Edit[], ...by: Edit["by"][]): string =>
      changed("json", "", { do: "write", content: { a: edited(all, by) } });
    holds(
      fc.property(edits, (all) => {
        const three: [string, string, string] = [written(all), written(all, "committed"), written(all, "incoming")];
        expectMerged("json", three, written(all, "committed", "incoming"));
      }),
    );
  });

  const patches = fc.array(
    fc.record({
      by: fc.constantFrom<Side>("committed", "incoming"),
      value: fc.oneof(fc.constant(null), fc.nat(3), fc.constant([1]), fc.constant({ z: 1 })),
    }),
    { maxLength: 6 },
  );
  const members = ["a", "b", "constructor", "10", "9", "q"];
  const patchBy = (all: { by: Side; value: unknown }[], by: Side): Record<string, unknown> =>
    Object.fromEntries(all.flatMap((patch, index) => (patch.by === by ? [[members[index], patch.value]] : [])));

  it("members of an object", () => {
    holds(
      fc.property(contents("json"), patches, (base, all) => {
        fc.pre(base === "" || base.startsWith("{"));
        const [one, other] = (["committed", "incoming"] as const).map((by): ArtifactChange => ({
          do: "patch",
          merge: patchBy(all, by),
        })) as [ArtifactChange, ArtifactChange];
        const both = changed("json", changed("json", base, one), other);
        expectMerged("json", [base, changed("json", base, one), changed("json", base, other)], both);
      }),
      400,
    );
  });

  it("fields of rows, and rows", () => {
    holds(
      fc.property(contents("table"), patches, fc.constantFrom("a", "new"), (base, all, key) => {
        const upsert = (by: Side): ArtifactChange => ({
          do: "patch",
          upsert: [{ ...patchBy(all, by), [KEY]: key }, { [KEY]: `row of ${by}` }],
        });
        const [one, other] = [upsert("committed"), upsert("incoming")];
        const both = changed("table", changed("table", base, one), other);
        expectMerged("table", [base, changed("table", base, one), changed("table", base, other)], both);
      }),
      400,
    );
  });

  it("any lines of a set, and it honours what either removed", () => {
    const set = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e", "__proto__"));
    holds(
      fc.property(set, set, set, (base, one, other) => {
        const union = [...base, ...one, ...other];
        const removed = base.filter((line) => !one.includes(line) || !other.includes(line));
        const content = [...new Set(union)]
          .filter((line) => !removed.includes(line))
          .sort()
          .join("\n");
        const [written, ofOne, ofOther] = [base, one, other].map((lines) => lines.toSorted().join("\n")) as [
          string,
          string,
          string,
        ];
        expectMerged("lines", [written, ofOne, ofOther], content);
      }),
    );
  });
});

/** Writes in an order, each as far behind as it likes; the last content. Every one of them must commit. */
function commitAll(
  type: ArtifactType,
  start: string,
  changes: readonly ArtifactChange[],
  behind: readonly number[],
): string {
  const versions = [{ version: 1, content: start }];
  for (const [index, change] of changes.entries()) {
    const head = versions.at(-1) as (typeof versions)[number];
    const base = versions.at(
      -1 - ((behind[index % behind.length] ?? 0) % versions.length),
    ) as (typeof versions)[number];
    const decision = decideCommit({ type, key: KEY, policy: "reject-and-retry", head, base, change });
    if (decision.kind === "unchanged") continue;
    if (decision.kind !== "commit") throw new Error(JSON.stringify(decision));
    versions.push({ version: head.version + 1, content: decision.content });
  }
  return versions.at(-1)?.content ?? "";
}

const COUNT = 8;
const order = fc.shuffledSubarray([...Array(COUNT).keys()], { minLength: COUNT, maxLength: COUNT });
const behind = fc.array(fc.nat(COUNT), { minLength: 1, maxLength: COUNT });

/** The content of a random order and staleness, and the content of the plain order of writers that are up to date. */
function inAnyOrder(
  type: ArtifactType,
  start: string,
  make: (writer: number) => ArtifactChange,
  same: (a: string, b: string) => void,
): void {
  const plain = commitAll(type, start, [...Array(COUNT).keys()].map(make), [0]);
  holds(
    fc.property(order, behind, (writers, late) => {
      same(commitAll(type, start, writers.map(make), late), plain);
    }),
    300,
  );
}
const identical = (one: string, other: string): void => expect(one).toBe(other);
const sameLines = (one: string, other: string): void =>
  expect(one.split("\n").sort()).toEqual(other.split("\n").sort());

describe("the last content does not depend on who came first, nor on what each had seen:", () => {
  it("lines added and removed", () => {
    const start = "l0\nl1\nl2\nl3";
    inAnyOrder(
      "lines",
      start,
      (writer) => ({ do: "patch", add: [`n${writer % 5}`], remove: [`l${writer % 3}`] }),
      identical,
    );
  });

  it("rows of a table, each writer its own, or its own fields of one row", () => {
    inAnyOrder(
      "table",
      '{"id":"shared"}',
      (writer) => ({ do: "append", content: { [KEY]: writer, x: writer } }),
      identical,
    );
    inAnyOrder(
      "table",
      '{"id":"shared"}',
      (writer) => ({ do: "patch", upsert: [{ [KEY]: "shared", [`f${writer}`]: 1 }] }),
      identical,
    );
  });

  it("members of a JSON object, each writer its own", () => {
    inAnyOrder(
      "json",
      "",
      (writer) => ({ do: "patch", merge: { all: { [`w${writer}`]: { by: writer } } } }),
      identical,
    );
  });

  it("appends to a text and to a JSON array, as a multiset", () => {
    inAnyOrder("text", "# log\n", (writer) => ({ do: "append", content: `by ${writer % 5}` }), sameLines);
    const items = (content: string): string =>
      (JSON.parse(content) as unknown[]).map((item) => JSON.stringify(item)).join("\n");
    inAnyOrder(
      "json",
      "[]",
      (writer) => ({ do: "append", content: { by: writer % 5 } }),
      (one, other) => sameLines(items(one), items(other)),
    );
  });
});
