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
 * become U+FFFD, in names too, and numbers that are not finite become null. Members are in the order of RFC 8785, so that what
 * `JSON.stringify` makes of the line is, but for its hash, what was hashed.
 */
export function link(entry: JournalEntry, head: ChainHead, facts: { run: string; at: string }): JournalLine {
  const { kind, subtask, attempt, data } = entry;
  const { run, at } = facts;
  const line = wellFormed({ at, attempt, data, kind, prev: head.hash, run, seq: head.seq + 1, subtask }) as object;
  const text = JSON.stringify(line);
  const hashed = hash("sha256", MAYBE_AWKWARD.test(text) ? canonicalText(line) : text, "hex");
  const linked: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(line)) {
    if (name === BEHIND_HASH) linked["hash"] = hashed;
    linked[name] = value;
  }
  return linked as unknown as JournalLine;
}

/** The member before which the hash has its place in the order. */
const BEHIND_HASH = "kind";

/** Why a line, as it was read from this text, does not follow that head; undefined: it does. */
export function linkProblem(line: Readonly<Record<string, unknown>>, head: ChainHead, text = ""): string | undefined {
  if (line["seq"] !== head.seq + 1) return `follows line ${head.seq}`;
  if (line["prev"] !== head.hash) return "does not name the hash of the line before it";
  return hasItsHash(line, text) ? undefined : "was changed: its hash does not match";
}

const CANONICAL_BEGIN = '{"at":';
const HASH_MEMBER = ',"hash":"';
const HASH_LENGTH = 64;

/** In canonical form the text without the hash is what was hashed; a line in another order is put into that form first. */
function hasItsHash(line: Readonly<Record<string, unknown>>, text: string): boolean {
  const { hash: told } = line;
  const begin = text.startsWith(CANONICAL_BEGIN) ? text.lastIndexOf(HASH_MEMBER) : -1;
  const end = begin + HASH_MEMBER.length + HASH_LENGTH;
  const isWhere = begin > 0 && text.slice(begin + HASH_MEMBER.length, end) === told && text[end] === '"';
  if (isWhere && hash("sha256", text.slice(0, begin) + text.slice(end + 1), "hex") === told) return true;
  const { hash: _, ...rest } = line;
  return hashIfAny(rest) === told;
}

/** Whether the text is, byte by byte, what a release has written of this line. Releases before the canonical order kept that of the fields. */
export function isAsWritten(text: string): boolean {
  const line: object = JSON.parse(text);
  return JSON.stringify(line) === text || canonicalOf(line) === text;
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

/** RFC 8785. Throws for what has no canonical form. */
export function canonicalText(facts: object): string {
  return canonicalize(facts) ?? "";
}

const AWKWARD = Symbol("awkward");
/** JavaScript puts names that are whole numbers first, whatever their order; this one it does not keep as a name. */
const AWKWARD_NAME = /^\d|^__proto__$/;
/** Where a JSON text may have such a name. */
const MAYBE_AWKWARD = /[{,]"(?:\d|__proto__")/;

/** RFC 8785. What JSON.stringify writes of sorted members is that form already, and is written several times as fast. */
function canonicalOf(line: object): string {
  const sorted = inOrder(line);
  const text = sorted === AWKWARD ? "" : JSON.stringify(sorted);
  // Half a surrogate pair is written as an escape, and has no canonical form.
  return text === "" || text.includes("\\ud") ? canonicalText(line) : text;
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

/** Plain JSON with well-formed strings and sorted members: what is hashed is what a reader will parse. */
function wellFormed(value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (value === undefined || value === null || typeof value !== "object") return value ?? null;
  if (Array.isArray(value)) return value.map(wellFormed);
  const names = Object.keys(value).filter((name) => (value as Record<string, unknown>)[name] !== undefined);
  if (!names.every(isPlainName)) return withMendedNames(Object.entries(value));
  const mended: Record<string, unknown> = {};
  for (const name of names.sort()) mended[name] = wellFormed((value as Record<string, unknown>)[name]);
  return mended;
}

/** One that can be assigned to, as it is. */
function isPlainName(name: string): boolean {
  return name !== "__proto__" && name.isWellFormed();
}

function withMendedNames(entries: [string, unknown][]): object {
  const present = entries.filter(([, member]) => member !== undefined);
  const mended = present.map(([key, member]): [string, unknown] => [key.toWellFormed(), wellFormed(member)]);
  return Object.fromEntries(mended.sort(byName));
}

/** By UTF-16 code units. */
function byName([one]: [string, unknown], [other]: [string, unknown]): number {
  return one < other ? -1 : 1;
}
