/**
 * The Merkle tree of RFC 6962 over the rows of a batch: one root says which runs are in it, with which heads, and a proof of a few
 * hashes that a row is one of them. Hashes are SHA-256, as 64 hex digits; the root of no row is the hash of nothing. Pure.
 */
import { hash } from "node:crypto";
import canonicalize from "canonicalize";

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
  const text = canonicalize({ head, id, identity, run }) as string;
  return sha256(LEAF, Buffer.from(text, "utf8"));
}

/** The tree over leaves as `leafOf` makes them. */
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

/** Whether the leaf is the one at `index` (from 0) of a tree with `size` leaves and that root. */
export function isIncluded(
  leaf: string,
  { index, size, proof, root }: { index: number; size: number; proof: readonly string[]; root: string },
): boolean {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) return false;
  return rootBy(leaf, { index, size, proof }) === root;
}

/** The root that a proof leads to; undefined where it is longer or shorter than its path. */
function rootBy(leaf: string, { index, size, proof }: { index: number; size: number; proof: readonly string[] }) {
  if (size === 1) return proof.length === 0 ? leaf : undefined;
  const beside = proof.at(-1);
  if (beside === undefined) return undefined;
  const cut = largestPowerBelow(size);
  const isLeft = index < cut;
  const below = { index: isLeft ? index : index - cut, size: isLeft ? cut : size - cut, proof: proof.slice(0, -1) };
  const own = rootBy(leaf, below);
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
