import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyChange, type ArtifactChange } from "../../engine/policy/merge/change.ts";
import { decideCommit } from "../../engine/policy/merge/commit-write.ts";
import { mergeThreeWay } from "../../engine/policy/merge/three-way.ts";
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

/** In both orders. */
function mergeBothWays(type: ArtifactType, [base, one, other]: readonly [string, string, string]): unknown[] {
  return [
    mergeThreeWay({ type, key: KEY, base, committed: one, incoming: other }),
    mergeThreeWay({ type, key: KEY, base, committed: other, incoming: one }),
  ];
}
const merged = (content: string): unknown[] => [
  { kind: "merged", content },
  { kind: "merged", content },
];

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
        expect(mergeBothWays("text", three)).toEqual(merged(written(all, "committed", "incoming")));
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
        expect(mergeBothWays("json", three)).toEqual(merged(written(all, "committed", "incoming")));
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
        expect(mergeBothWays("json", [base, changed("json", base, one), changed("json", base, other)])).toEqual(
          merged(both),
        );
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
        expect(mergeBothWays("table", [base, changed("table", base, one), changed("table", base, other)])).toEqual(
          merged(both),
        );
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
        expect(mergeBothWays("lines", [written, ofOne, ofOther])).toEqual(merged(content));
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

/** The different contents that come of random orders and staleness; one, where neither matters. */
function endings(
  type: ArtifactType,
  start: string,
  make: (writer: number) => ArtifactChange,
  view = (content: string): string => content,
): string[] {
  const seen = new Set<string>();
  holds(
    fc.property(order, behind, (writers, late) => {
      seen.add(view(commitAll(type, start, writers.map(make), late)));
    }),
    300,
  );
  return [...seen];
}
const sortedLines = (content: string): string => content.split("\n").sort().join("\n");
const sortedItems = (content: string): string =>
  (JSON.parse(content) as { by: number }[])
    .map(({ by }) => String(by))
    .sort()
    .join(" ");

describe("the last content does not depend on who came first, nor on what each had seen:", () => {
  it("lines added and removed", () => {
    const make = (writer: number): ArtifactChange => ({
      do: "patch",
      add: [`n${writer % 5}`],
      remove: [`l${writer % 3}`],
    });
    expect(endings("lines", "l0\nl1\nl2\nl3", make)).toEqual(["l3\nn0\nn1\nn2\nn3\nn4"]);
  });

  it("rows of a table, each writer its own, or its own fields of one row", () => {
    const row = (writer: number): ArtifactChange => ({ do: "append", content: { [KEY]: writer } });
    const field = (writer: number): ArtifactChange => ({ do: "patch", upsert: [{ [KEY]: "s", [`f${writer}`]: 1 }] });
    const rows = [...Array(COUNT).keys()].map((writer) => `{"id":${writer}}`);
    expect(endings("table", "", row)).toEqual([rows.join("\n")]);
    const fields = [...Array(COUNT).keys()].map((writer) => `"f${writer}":1`);
    expect(endings("table", '{"id":"s"}', field)).toEqual([`{${fields.join(",")},"id":"s"}`]);
  });

  it("members of a JSON object, each writer its own", () => {
    const make = (writer: number): ArtifactChange => ({ do: "patch", merge: { all: { [`w${writer}`]: writer } } });
    const all = Object.fromEntries([...Array(COUNT).keys()].map((writer) => [`w${writer}`, writer]));
    expect(endings("json", "", make)).toEqual([JSON.stringify({ all }, null, 2)]);
  });

  it("appends to a text and to a JSON array, as a multiset", () => {
    const line = (writer: number): ArtifactChange => ({ do: "append", content: `by ${writer % 5}` });
    const item = (writer: number): ArtifactChange => ({ do: "append", content: { by: writer % 5 } });
    expect(endings("text", "# log\n", line, sortedLines)).toEqual([
      "# log\nby 0\nby 0\nby 1\nby 1\nby 2\nby 2\nby 3\nby 4",
    ]);
    expect(endings("json", "[]", item, sortedItems)).toEqual(["0 0 1 1 2 2 3 4"]);
  });
});
