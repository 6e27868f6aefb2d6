import { hash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { isIncluded, leafOf, merkleTree } from "../../../../../engine/policy/audit/merkle.ts";

/** Published with Certificate Transparency: leaves, and the roots of the trees over the first 1, 2, … of them. */
const LEAVES = [
  ...["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"],
].map((hex) => hash("sha256", Buffer.concat([Buffer.from([0]), Buffer.from(hex, "hex")]), "hex"));
const ROOTS = [
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

describe("the Merkle tree of a batch", () => {
  it("has the roots that Certificate Transparency publishes", () => {
    expect(ROOTS.map((_, at) => merkleTree(LEAVES.slice(0, at + 1)).root)).toEqual(ROOTS);
    expect(merkleTree([]).root).toBe(hash("sha256", "", "hex"));
  });

  it("proves each row of a batch of any size, at its place and at no other", () => {
    for (let size = 1; size <= 17; size++) {
      const leaves = Array.from({ length: size }, (_, at) => leaf(String(at)));
      const { root, proofs } = merkleTree(leaves);
      for (const [index, one] of leaves.entries()) {
        const proof = proofs[index] ?? [];
        expect(isIncluded(one, { index, size, proof, root })).toBe(true);
        expect(isIncluded(one, { index: (index + 1) % (size + 1), size, proof, root })).toBe(false);
        expect(isIncluded(leaf("another"), { index, size, proof, root })).toBe(false);
        expect(isIncluded(one, { index, size, proof: [...proof, root], root })).toBe(false);
        expect(isIncluded(one, { index, size, proof: proof.slice(1), root })).toBe(size === 1);
      }
    }
  });

  it("takes for a leaf only what identifies the row", () => {
    const row = { id: "r1", run: "r1", identity: "i", head: "h" };
    expect(leafOf({ ...row, lines: 3 } as typeof row)).toBe(leafOf(row));
    for (const field of ["id", "run", "identity", "head"])
      expect(leafOf({ ...row, [field]: "x" })).not.toBe(leafOf(row));
    expect(leafOf(row)).toBe(hash("sha256", '\u0000{"head":"h","id":"r1","identity":"i","run":"r1"}', "hex"));
  });
});

function leaf(id: string): string {
  return leafOf({ id, run: id, identity: "i", head: "h" });
}
