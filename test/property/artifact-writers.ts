/**
 * Writers of one artifact, each with whatever version it has last seen, and the board as far as the merge engine is concerned. Every
 * write brings one token that occurs nowhere else, so that it can be told where the write has gone.
 */
import * as fc from "fast-check";
import type { ArtifactChange } from "../../engine/policy/merge/change.ts";
import { type CommitDecision, decideCommit } from "../../engine/policy/merge/commit-write.ts";
import { CONFLICT_POLICIES, type ArtifactType, type ConflictPolicy } from "../../state/artifact.ts";
import { KEY } from "./artifact-contents.ts";

/** One write in the abstract: how, where, what else it touches, and how many versions it is behind. */
export interface PlannedWrite {
  way: number;
  at: number;
  other: number;
  behind: number;
}

export const plannedWrites: fc.Arbitrary<PlannedWrite[]> = fc.array(
  fc.record({ way: fc.nat(4), at: fc.nat(7), other: fc.nat(7), behind: fc.nat(5) }),
  { minLength: 1, maxLength: 25 },
);
export const policies: fc.Arbitrary<ConflictPolicy> = fc.constantFrom(...CONFLICT_POLICIES);

export interface Version {
  version: number;
  content: string;
}

/** One write with all that is needed to judge it. */
export interface Judged {
  token: string;
  base: Version;
  head: Version;
  change: ArtifactChange;
  decision: CommitDecision;
  /** The content after it. */
  after: string;
}

export function tokensOf(text: string): Set<string> {
  return new Set(text.match(/t\d+\./gu));
}

/** Folds the writes into versions, as the board does. */
export function runWrites(type: ArtifactType, policy: ConflictPolicy, writes: readonly PlannedWrite[]): Judged[] {
  const versions: Version[] = [{ version: 0, content: "" }];
  return writes.map((write, index) => {
    const token = `t${index}.`;
    const base = versions.at(-1 - (write.behind % versions.length)) as Version;
    const head = versions.at(-1) as Version;
    const change = changeOf(type, base.content, write, token);
    const decision = decideCommit({ type, key: KEY, policy, head, base, change });
    const isNew = decision.kind === "commit" && decision.content !== head.content;
    if (isNew) versions.push({ version: head.version + 1, content: decision.content });
    return { token, base, head, change, decision, after: versions.at(-1)?.content ?? "" };
  });
}

/** What a planned write asks for, of a writer that has `base`. */
export function changeOf(type: ArtifactType, base: string, write: PlannedWrite, token: string): ArtifactChange {
  return CHANGES[type](base, write, token);
}

type MakeChange = (base: string, write: PlannedWrite, token: string) => ArtifactChange;

const CHANGES: Record<ArtifactType, MakeChange> = {
  text: changeText,
  json: changeJson,
  lines: changeLines,
  table: changeTable,
  binary: (_base, _write, token) => ({
    do: "write",
    content: { uri: token, sha256: "0".repeat(64), bytes: 1, mediaType: "text/plain" },
  }),
};

function changeText(base: string, { way, at, other }: PlannedWrite, token: string): ArtifactChange {
  const lines = base === "" ? [] : base.split("\n");
  const known = [...tokensOf(base)];
  const old = known[other % Math.max(1, known.length)];
  if (way === 0) return { do: "append", content: token };
  if (way === 1 && old !== undefined) return { do: "patch", edits: [{ find: old, replace: token }] };
  if (way === 2) return { do: "write", content: lines.toSpliced(at, 1, token, "same").join("\n") };
  if (way === 3) return { do: "write", content: lines.toSpliced(other, 2).toSpliced(at, 0, token).join("\n") };
  return { do: "write", content: lines.toSpliced(at, 0, token).join("\n") };
}

function changeJson(base: string, { way, at, other }: PlannedWrite, token: string): ArtifactChange {
  const value = (base === "" ? {} : JSON.parse(base)) as Record<string, unknown> & { log?: unknown[] };
  const member = `m${at % 4}`;
  if (way === 0) return { do: "append", content: JSON.stringify(token), pointer: "/log" };
  if (way === 1)
    return { do: "patch", merge: { [member]: token, [`m${other % 4}`]: at % 4 === other % 4 ? token : null } };
  if (way === 2) return { do: "patch", merge: { deep: { [member]: { [`x${other % 3}`]: token } } } };
  if (way === 3) return { do: "write", content: { ...value, log: (value.log ?? []).toSpliced(at, other % 2, token) } };
  return { do: "write", content: { ...value, [member]: [token] } };
}

function changeLines(base: string, { way, at, other }: PlannedWrite, token: string): ArtifactChange {
  const lines = base.split("\n");
  if (way === 0) return { do: "append", content: token };
  if (way === 1) return { do: "patch", add: [token], remove: [lines[other % lines.length] ?? ""] };
  return { do: "write", content: lines.toSpliced(at, way === 2 ? 1 : 0, token) };
}

function changeTable(base: string, { way, at, other }: PlannedWrite, token: string): ArtifactChange {
  const row = { [KEY]: at % 5, [`f${other % 3}`]: token };
  if (way === 0) return { do: "append", content: row };
  if (way === 1) return { do: "patch", upsert: [row], remove: at % 5 === other % 5 ? [] : [other % 5] };
  const rows = base.split("\n").filter((line) => line !== "");
  if (way === 2)
    return { do: "write", content: [...rows.slice(1), JSON.stringify({ ...row, [KEY]: token })].join("\n") };
  return { do: "patch", upsert: [row] };
}
