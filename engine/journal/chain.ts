/**
 * The journal's chain: each line carries the hash of the one before, so that a changed, missing or added line shows.
 * Source: RFC 8785 (canonical JSON); docs/guide/journal.md. Pure.
 */
import { hash } from "node:crypto";
import canonicalize from "canonicalize";
import type { JournalEntry, JournalLine } from "./events.ts";

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
  const line = wellFormed(raw) as object;
  return { ...line, hash: hashOf(line) } as JournalLine;
}

/** Why a line, as it was read, does not follow that head; undefined: it does. */
export function linkProblem(line: Readonly<Record<string, unknown>>, head: ChainHead): string | undefined {
  const { hash: told, ...rest } = line;
  if (line["seq"] !== head.seq + 1) return `follows line ${head.seq}`;
  if (line["prev"] !== head.hash) return "does not name the hash of the line before it";
  return hashIfAny(rest) === told ? undefined : "was changed: its hash does not match";
}

/** Null for what has no canonical form: a line that was never written by us. */
function hashIfAny(line: object): string | null {
  try {
    return hashOf(line);
  } catch {
    return null;
  }
}

function hashOf(line: object): string {
  return hash("sha256", canonicalOf(line), "hex");
}

const AWKWARD = Symbol("awkward");
/** JavaScript puts names that are whole numbers first, whatever their order; this one it does not keep as a name. */
const AWKWARD_NAME = /^\d|^__proto__$/;

/** RFC 8785. What JSON.stringify writes of sorted members is that form already, and is written several times as fast. */
function canonicalOf(line: object): string {
  const sorted = inOrder(line);
  const text = sorted === AWKWARD ? "" : JSON.stringify(sorted);
  // Half a surrogate pair is written as an escape, and has no canonical form.
  return text === "" || text.includes("\\ud") ? (canonicalize(line) as string) : text;
}

function inOrder(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map(inOrder);
    return items.includes(AWKWARD) ? AWKWARD : items;
  }
  const members = value as Record<string, unknown>;
  const sorted: Record<string, unknown> = {};
  for (const name of Object.keys(members).sort()) {
    const member = AWKWARD_NAME.test(name) ? AWKWARD : inOrder(members[name]);
    if (member === AWKWARD) return AWKWARD;
    sorted[name] = member;
  }
  return sorted;
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
