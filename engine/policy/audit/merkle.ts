/**
 * The Merkle tree of RFC 6962 over the rows of a batch: one root says which runs are in it, with which heads, and a proof of a few
 * hashes that a row is one of them. Hashes are SHA-256, as 64 hex digits; the root of no row is the hash of nothing. Pure.
 */
import { hash } from "node:crypto";
import { canonicalText } from "../../journal/chain.ts";

/** What a row of a batch is on record with. */
export interface BatchRow {
  id: string;
  run: string;
  /** SHA-256 of the row's input and settings. */
  identity: string;
  /** The hash of the last line of its journal. */
  head: string;
}

export interface MerkleTree {
  root: string;
  /** Of each leaf, in order: the hashes beside its path, the lowest first. */
  proofs: string[][];
}

const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);

/** SHA-256 of 0x00 and the RFC 8785 form of the row's four fields; others do not count. */
export function leafOf({ head, id, identity, run }: BatchRow): string {
  const text = canonicalText({ head, id, identity, run });
  return sha256(LEAF, Buffer.from(text, "utf8"));
}

export function merkleTree(leaves: readonly string[]): MerkleTree {
  const [only] = leaves;
  if (only === undefined) return { root: sha256(), proofs: [] };
  if (leaves.length === 1) return { root: only, proofs: [[]] };
  const cut = largestPowerBelow(leaves.length);
  const [left, right] = [merkleTree(leaves.slice(0, cut)), merkleTree(leaves.slice(cut))];
  const proofs = [
    ...left.proofs.map((proof) => [...proof, right.root]),
    ...right.proofs.map((proof) => [...proof, left.root]),
  ];
  return { root: nodeOf(left.root, right.root), proofs };
}

export interface ProvedRow extends BatchRow {
  /** Of its journal. */
  lines: number;
  /** Of its leaf, from 0. */
  index: number;
  proof: string[];
}

/** The rows that have a journal, in their order, and the root over them. */
export function provedRows(
  rows: readonly (Pick<BatchRow, "id" | "identity"> & { run: string | null; head: string | null; lines: number })[],
): { root: string; rows: ProvedRow[] } {
  const leaves = rows.flatMap(({ id, run, identity, head, lines }) =>
    run === null || head === null ? [] : [{ id, run, identity, head, lines }],
  );
  const { root, proofs } = merkleTree(leaves.map(leafOf));
  return { root, rows: leaves.map((row, index) => ({ ...row, index, proof: proofs[index] ?? [] })) };
}

interface Place {
  /** From 0. */
  index: number;
  size: number;
  proof: readonly string[];
}

/** Whether the leaf is the one at that place of the tree with this root. */
export function isIncluded(leaf: string, { root, ...place }: Place & { root: string }): boolean {
  const { index, size } = place;
  return Number.isSafeInteger(index) && index >= 0 && index < size && rootBy(leaf, place) === root;
}

/** The root that a proof leads to; undefined where it is longer or shorter than its path. */
function rootBy(leaf: string, { index, size, proof }: Place): string | undefined {
  const beside = proof.at(-1);
  if (size === 1) return beside === undefined ? leaf : undefined;
  if (beside === undefined) return undefined;
  const cut = largestPowerBelow(size);
  const isLeft = index < cut;
  const rest = proof.slice(0, -1);
  const own = rootBy(
    leaf,
    isLeft ? { index, size: cut, proof: rest } : { index: index - cut, size: size - cut, proof: rest },
  );
  if (own === undefined) return undefined;
  return isLeft ? nodeOf(own, beside) : nodeOf(beside, own);
}

function largestPowerBelow(size: number): number {
  return 2 ** Math.floor(Math.log2(size - 1));
}

function nodeOf(left: string, right: string): string {
  return sha256(NODE, Buffer.from(left, "hex"), Buffer.from(right, "hex"));
}

function sha256(...parts: Buffer[]): string {
  return hash("sha256", Buffer.concat(parts), "hex");
}
