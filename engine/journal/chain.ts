/**
 * The journal's chain: each line carries the hash of the one before, so that a changed, missing or added line shows.
 * Source: RFC 8785 (canonical JSON); docs/guide/journal.md. Pure.
 */
import { hash } from "node:crypto";
import canonicalize from "canonicalize";
import type { JournalEntry, JournalLine } from "../../state/journal-line.ts";

export const GENESIS = "0".repeat(64);

/** The end of a chain: what the next line is linked to. */
export interface ChainHead {
  seq: number;
  hash: string;
}

export const EMPTY_CHAIN: ChainHead = { seq: 0, hash: GENESIS };

/**
 * Links an entry to the chain. `at` is ISO 8601. What models may send and JSON in UTF-8 cannot hold is mended: lone surrogates
 * become U+FFFD, in names too, and numbers that are not finite become null.
 */
export function link(entry: JournalEntry, head: ChainHead, facts: { run: string; at: string }): JournalLine {
  const { kind, subtask, attempt, data } = entry;
  const { run, at } = facts;
  const raw = { seq: head.seq + 1, at, run, kind, subtask, attempt, data, prev: head.hash };
  const line = wellFormed(raw) as Omit<JournalLine, "hash">;
  return { ...line, hash: hashOf(line) };
}

/** What is wrong with a chain: nothing (undefined), or the first line that does not fit, with the reason. */
export function brokenAt(lines: readonly JournalLine[]): { seq: number; reason: string } | undefined {
  let head = EMPTY_CHAIN;
  for (const line of lines) {
    const { hash, ...rest } = line;
    if (line.seq !== head.seq + 1) return { seq: line.seq, reason: `follows line ${head.seq}` };
    if (line.prev !== head.hash) return { seq: line.seq, reason: "does not name the hash of the line before it" };
    const expected = hashIfAny(rest);
    if (expected === undefined || expected !== hash)
      return { seq: line.seq, reason: "was changed: its hash does not match" };
    head = { seq: line.seq, hash };
  }
  return undefined;
}

/** Undefined for what has no canonical form: a line that was never written by us. */
function hashIfAny(line: Omit<JournalLine, "hash">): string | undefined {
  try {
    return hashOf(line);
  } catch {
    return undefined;
  }
}

function hashOf(line: Omit<JournalLine, "hash">): string {
  return hash("sha256", canonicalize(line) as string, "hex");
}

/** Plain JSON with well-formed strings: what is hashed is what a reader will parse. */
function wellFormed(value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (value === undefined || value === null || typeof value !== "object") return value ?? null;
  if (Array.isArray(value)) return value.map(wellFormed);
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(entries.map(([key, member]) => [key.toWellFormed(), wellFormed(member)]));
}
