import { describe, expect, it } from "vitest";
import type { ArtifactChange } from "../../../../../engine/policy/merge/change.ts";
import {
  type CommitDecision,
  type CommitFacts,
  decideCommit,
} from "../../../../../engine/policy/merge/commit-write.ts";
import type { ConflictPolicy } from "../../../../../state/artifact.ts";

const write = (content: unknown): ArtifactChange => ({ do: "write", content });
const decide = (facts: Partial<CommitFacts> & Pick<CommitFacts, "change">): CommitDecision =>
  decideCommit({
    type: "text",
    key: "id",
    policy: "reject-and-retry",
    base: { version: 1, content: "a\nb\nc\n" },
    head: { version: 2, content: "A\nb\nc\n" },
    ...facts,
  });
const current = { version: 2, content: "A\nb\nc\n" };

describe("a write whose base is current", () => {
  it("commits as it is", () => {
    expect(decide({ base: current, change: write("x") })).toEqual({
      kind: "commit",
      content: "x",
      incoming: "x",
      regions: [],
      result: null,
    });
  });

  it("changes nothing where the head already says it", () => {
    expect(decide({ base: current, change: write(current.content) })).toEqual({ kind: "unchanged" });
  });

  it("is a problem where the change is at fault", () => {
    expect(decide({ base: current, change: { do: "patch", edits: [{ find: "q", replace: "" }] } }).kind).toBe(
      "problem",
    );
  });
});

describe("a stale write", () => {
  it("is merged where it can be", () => {
    const change: ArtifactChange = { do: "patch", edits: [{ find: "c", replace: "C" }] };
    expect(decide({ change })).toMatchObject({ kind: "commit", content: "A\nb\nC\n", result: "merged" });
    expect(decide({ change })).toMatchObject({ incoming: "a\nb\nC\n", regions: [] });
  });

  it("is on record, though it leaves the head as it is", () => {
    expect(decide({ change: write("A\nb\nc\n") })).toMatchObject({
      kind: "commit",
      content: "A\nb\nc\n",
      result: "merged",
    });
    expect(decide({ change: write("a\nb\nc\n") })).toMatchObject({
      kind: "commit",
      content: "A\nb\nc\n",
      result: "merged",
    });
  });

  it("is edited in the base, where the writer has seen what it replaces", () => {
    expect(decide({ change: { do: "patch", edits: [{ find: "a", replace: "x" }] } })).toMatchObject({
      kind: "undecided",
      incoming: "x\nb\nc\n",
      regions: [{ at: "line 1", committed: "A\n", incoming: "x\n" }],
    });
  });

  it.each([
    ["first-wins", "A\nb\nC\n"],
    ["last-wins", "x\nb\nC\n"],
  ] satisfies [ConflictPolicy, string][])("in conflict under %s keeps all but the losing places", (policy, content) => {
    expect(decide({ policy, change: write("x\nb\nC\n") })).toMatchObject({
      kind: "commit",
      content,
      result: policy,
      regions: [{ at: "line 1", committed: "A\n", incoming: "x\n" }],
    });
  });

  it.each([
    ["reject-and-retry", "rejected"],
    ["arbiter", "pending"],
    ["human", "pending"],
  ] satisfies [ConflictPolicy, string][])("in conflict is left to %s, and %s", (policy, result) => {
    expect(decide({ policy, change: write("x\nb\nc\n") })).toMatchObject({ kind: "undecided", result });
  });
});

describe("an append", () => {
  it("is made to the head, whatever its base", () => {
    expect(decide({ change: { do: "append", content: "d" } })).toMatchObject({
      content: "A\nb\nc\nd",
      result: null,
    });
    expect(
      decide({
        type: "json",
        base: { version: 0, content: "" },
        head: { version: 1, content: "[\n  1\n]" },
        change: { do: "append", content: 2 },
      }),
    ).toMatchObject({ content: "[\n  1,\n  2\n]", result: null });
  });

  const table = {
    type: "table" as const,
    base: { version: 1, content: '{"id":1,"x":1}' },
    head: { version: 2, content: '{"id":1,"x":2}' },
  };

  it("of other rows and fields commutes", () => {
    const change: ArtifactChange = { do: "append", content: [{ id: 2 }, { id: 1, y: 1 }] };
    expect(decide({ ...table, change })).toMatchObject({
      content: '{"id":1,"x":2,"y":1}\n{"id":2}',
      result: null,
    });
    expect(decide({ ...table, change: { do: "append", content: { id: 1, x: 2 } } })).toEqual({ kind: "unchanged" });
  });

  it("of a field that somebody else has changed does not overwrite it in silence", () => {
    const change: ArtifactChange = { do: "append", content: { id: 1, x: 3 } };
    expect(decide({ ...table, change })).toMatchObject({ kind: "undecided", regions: [{ at: 'row "1" /x' }] });
    expect(decide({ ...table, policy: "last-wins", change })).toMatchObject({
      content: '{"id":1,"x":3}',
      result: "last-wins",
    });
  });
});
