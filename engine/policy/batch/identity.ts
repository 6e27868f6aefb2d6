/**
 * The identity of a row of a batch: what is asked and by which settings, as a digest. Rows of one identity need to be run once; of
 * a row that has another one than before it is known which part has changed. Where a model is reached, how much of it at once, and
 * what the batch has left are no part of it.
 *
 * Identity: SHA-256 of the RFC 8785 form of the digests of the parts, by name; the digest of a part: SHA-256 of its RFC 8785 form.
 * Pure.
 */
import { hash } from "node:crypto";
import canonicalize from "canonicalize";

export const ROW_PARTS = ["task", "model", "agents", "policy", "skills", "documents", "plan", "options"] as const;
type RowPart = (typeof ROW_PARTS)[number];

export interface Identity {
  /** 64 hex digits. */
  identity: string;
  /** The digest of each part. */
  parts: Record<string, string>;
}

/** The identity of a row with these parts, of what JSON can hold; a member that is undefined is not there, and half of a surrogate pair is U+FFFD. */
export function identityOf(parts: Record<RowPart, unknown>): Identity {
  const digests = Object.fromEntries(ROW_PARTS.map((name) => [name, digestOf(parts[name])]));
  return { identity: digestOf(digests), parts: digests };
}

/** The parts in which they differ, by name. */
export function changedParts(before: Identity["parts"], now: Identity["parts"]): string[] {
  return ROW_PARTS.filter((name) => before[name] !== now[name]);
}

export function digestOf(value: unknown): string {
  const mended = (_name: string, member: unknown): unknown =>
    typeof member === "string" ? member.toWellFormed() : member;
  const plain: unknown = JSON.parse(JSON.stringify(value ?? null, mended));
  return hash("sha256", canonicalize(plain) ?? "null", "hex");
}
