/**
 * Artifacts: named, versioned, typed things that the agents of a run share. This file owns the shapes that the plan, the
 * board, the journal and the graph's state have in common; `engine/policy/merge/` owns what becomes of two writes.
 */
import { z } from "zod";
import { mergeRecords } from "./merge-records.ts";
import { strictObject } from "./problem.ts";

/**
 * `text` is merged by lines, `json` structurally, `lines` is a set of lines, `table` holds rows by key, `binary` is a reference
 * to bytes that lie elsewhere.
 */
export const ARTIFACT_TYPES = ["text", "json", "lines", "table", "binary"] as const;
export type ArtifactType = (typeof ARTIFACT_TYPES)[number];

/** What decides where two writes cannot be merged. */
export const CONFLICT_POLICIES = ["reject-and-retry", "first-wins", "last-wins", "arbiter", "human"] as const;
export type ConflictPolicy = (typeof CONFLICT_POLICIES)[number];

const LONGEST_NAME = 200;
/** Bytes of a file's name that every file system takes, less what is put before and behind one while it is written. */
const LONGEST_PART_BYTES = 200;
/** What Windows keeps for itself, with any ending. */
const RESERVED = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])$/i;
/** Folders and a name: each begins with a letter, a digit or `_`, and none can lead out of the folder it is written to. */
const NAME = /^[\p{L}\p{N}_][\p{L}\p{M}\p{N}_. -]*(\/[\p{L}\p{N}_][\p{L}\p{M}\p{N}_. -]*)*$/u;

export const ArtifactName = z
  .string()
  .max(LONGEST_NAME, `must have at most ${LONGEST_NAME} characters`)
  .regex(
    NAME,
    "must be letters, digits, spaces, '.', '_' or '-', with '/' between folders, each beginning with a letter, a digit or '_'",
  )
  .refine((name) => name !== "__proto__", "must not be __proto__")
  // Two spellings of one name would be two artifacts, and on some disks one file.
  .refine((name) => name === name.normalize("NFC"), "must be in Unicode's normal form C")
  .refine((name) => !/[. ](\/|$)/u.test(name), "must not have a part that ends in '.' or a space")
  .refine(
    (name) => name.split("/").every((part) => Buffer.byteLength(part) <= LONGEST_PART_BYTES),
    `must have at most ${LONGEST_PART_BYTES} bytes in each part`,
  )
  .refine(
    (name) => name.split("/").every((part) => !RESERVED.test((part.split(".")[0] ?? "").trim())),
    "must not have a part that some systems keep for devices (con, prn, aux, nul, com1, lpt1 and the like)",
  );

/**
 * Whether two names would be one file, or a file and a folder of one name, where letters are not told apart by case, as on the disks
 * of macOS and Windows. Equal names do not clash, nor does `a` beside `a/b`. Pure.
 */
export function nameClash(one: string, other: string): boolean {
  const [shorter, longer] = one.length <= other.length ? [one, other] : [other, one];
  const start = longer.slice(0, shorter.length);
  const next = longer.charAt(shorter.length);
  return start !== shorter && start.toLowerCase() === shorter.toLowerCase() && (next === "" || next === "/");
}

/** An artifact of a plan, declared before anybody writes it. */
export const DeclaredArtifact = strictObject({
  name: ArtifactName,
  /** Absent: by the name's ending, `.json` json, `.jsonl` table, `.lines` lines, else text. */
  type: z.enum(ARTIFACT_TYPES).optional(),
  /** Absent: reject-and-retry, or human where the run stops for conflicts. */
  policy: z.enum(CONFLICT_POLICIES).optional(),
  /** Of a table: the field by which rows are told apart. */
  key: z.string().min(1).default("id"),
  /** What it holds at the beginning, as version 1, as text or as JSON; absent: the first write makes version 1. */
  content: z.union([z.string(), z.array(z.unknown()), z.record(z.string(), z.unknown())]).optional(),
});
export type DeclaredArtifact = z.infer<typeof DeclaredArtifact>;

/** Who wrote, and where in its work: `turn` counts the steps of the lane, over all its attempts, `call` the tool calls of the step. */
export interface WriteOrigin {
  subtask: string;
  attempt: number;
  agent: string;
  turn: number;
  call: number;
}

/** One state of an artifact. Version 0 is the empty one before the first write. */
export interface ArtifactVersion {
  artifact: string;
  type: ArtifactType;
  version: number;
  /** SHA-256 (hex) of the content. */
  hash: string;
  bytes: number;
  /** The version that the writer had before it. Below `version - 1`: the write was stale, and a conflict record says what became of it. */
  base: number;
  by: WriteOrigin;
  /** ISO 8601. */
  at: string;
}

/** A place where two writes changed the same: a range of lines, a JSON pointer, a row's key and field. Contents are bounded. */
export interface ConflictRegion {
  at: string;
  base: string;
  committed: string;
  incoming: string;
}

/** What became of a stale write; `pending`: a human or an arbiter has been asked. */
export const CONFLICT_RESULTS = [
  "merged",
  "rejected",
  "first-wins",
  "last-wins",
  "arbitrated",
  "pending",
  "human",
] as const;
export type ConflictResult = (typeof CONFLICT_RESULTS)[number];

/** A write whose base was no longer current. Contents are kept by the board: base and committed by version, incoming by hash. */
export interface ConflictRecord {
  id: string;
  artifact: string;
  base: number;
  /**
   * The conflict of the writer's write before, where it has not read what came of it: then what that write made, not the version
   * `base`, is what both sides have in common.
   */
  after?: string;
  /** The version that was current. */
  committed: number;
  /** Of the content that the stale write would have made. */
  incoming: { hash: string; bytes: number };
  by: WriteOrigin;
  /** Where the two changed the same; empty where all could be merged. */
  regions: ConflictRegion[];
  policy: ConflictPolicy;
  result: ConflictResult;
  /** The version that came of it; null where none did. */
  version: number | null;
  /** What the arbiter or the human said, in a line. */
  reason?: string;
  /** ISO 8601. */
  at: string;
}

/** What an agent has seen of an artifact. */
export interface SeenArtifact {
  /** The version that it goes by: the one that it read, or made, last. */
  version: number;
  /** The newest one that was announced to it; absent in lanes of older versions: none beside `version`. */
  announced?: number;
  /** Its last write was merged with what it had not seen, and it has not read what came of it: that conflict's id. */
  after?: string;
  /** It knows the version by what it was told alone: it may change parts of it, not write it as a whole. */
  unread?: true;
}
export type SeenArtifacts = Record<string, SeenArtifact>;

/** One entry of the `artifacts` channel: the newest version of an artifact. The content lies on the board. */
export const ArtifactRecord = z.object({
  /** The run that it belongs to: a later run on the same thread starts afresh. */
  runId: z.string(),
  artifact: z.string(),
  type: z.enum(ARTIFACT_TYPES),
  version: z.int(),
  hash: z.string(),
  bytes: z.int(),
  by: z.string(),
});
export type ArtifactRecord = z.infer<typeof ArtifactRecord>;

export type ArtifactRecords = Record<string, ArtifactRecord>;

/**
 * The law of the `artifacts` channel, and what the board applies at each commit: keyed by name, the higher version wins;
 * records of another run are dropped for those of the newest write's run. Of two contents under one version, which cannot be,
 * the greater hash stays, so that the order of writes never shows. Idempotent and batching-invariant (property-tested). Pure.
 */
export function mergeArtifactRecords(current: ArtifactRecords, writes: readonly ArtifactRecords[]): ArtifactRecords {
  return mergeRecords(current, writes, { keyOf: ({ artifact }) => artifact, isNewer });
}

function isNewer(record: ArtifactRecord, held: ArtifactRecord): boolean {
  return record.version === held.version ? record.hash > held.hash : record.version > held.version;
}

/** An artifact that somebody else has changed since an agent saw it; `by`: the subtask. */
export interface ChangedArtifact {
  artifact: string;
  seen: number;
  newest: number;
  by: string;
}

/** One replacement, in UTF-16 units, that makes a content from another. */
export interface Splice {
  at: number;
  removed: number;
  inserted: string;
}

/** How a content is kept: as a change of the version named, or whole, by its hash. */
export type KeptContent = { from: number; splice: Splice } | "whole";

/**
 * The board's record of artifacts: an append-only log of what became of each write. All that is known of them is a fold of it,
 * so a crash between any two writes loses none and doubles none.
 * What became of one write. With a version: it was committed. With a conflict: its base was stale.
 */
export interface ArtifactEvent {
  /** From 1, without gaps. */
  seq: number;
  /** Of the write: the same where a crash repeats it. */
  key: string;
  /** Of what the write asked for, SHA-256 (hex). */
  request: string;
  version?: ArtifactVersion;
  content?: KeptContent;
  conflict?: ConflictRecord;
  /** Of the conflict: what the stale write would have made. */
  incoming?: KeptContent;
  /** The run that it was made in, where this one has taken it from there. */
  keptFrom?: string;
}
