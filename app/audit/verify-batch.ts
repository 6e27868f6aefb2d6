/** A batch, verified: that `batch.json` has the Merkle root of its rows, each row its proof, and each run the head that its row has. */
import { join } from "node:path";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { isIncluded, leafOf, merkleTree } from "../../engine/policy/audit/merkle.ts";
import { firstProblem } from "../../state/problem.ts";
import { reasonOf } from "../../state/errors.ts";
import type { Problem } from "./verify-journal.ts";

export const BATCH_FILE = "batch.json";

const BatchRecord = z.object({
  version: z.literal(1),
  root: z.string(),
  rows: z.array(
    z.object({
      id: z.string(),
      run: z.string(),
      identity: z.string(),
      head: z.string(),
      lines: z.number(),
      index: z.number(),
      proof: z.array(z.string()),
    }),
  ),
});
export type BatchRecord = z.infer<typeof BatchRecord>;

/** Undefined beside the problem that it cannot be read for. */
export function readBatch(folder: string): { batch?: BatchRecord; problems: Problem[] } {
  const file = join(folder, BATCH_FILE);
  try {
    const found: unknown = JSON.parse(readFileSync(file, "utf8"));
    const parsed = BatchRecord.safeParse(found);
    if (parsed.success) return { batch: parsed.data, problems: treeProblems(parsed.data) };
    return {
      problems: [{ where: BATCH_FILE, problem: `does not fit its format: ${firstProblem(parsed.error, found)}` }],
    };
  } catch (error) {
    return { problems: [{ where: BATCH_FILE, problem: `cannot be read: ${reasonOf(error)}` }] };
  }
}

function treeProblems({ root, rows }: BatchRecord): Problem[] {
  const inOrder = rows.toSorted((one, other) => one.index - other.index);
  const isWhole = merkleTree(inOrder.map(leafOf)).root === root && inOrder.every(({ index }, place) => index === place);
  const unproven = rows.filter(
    ({ index, proof, ...row }) => !isIncluded(leafOf(row), { index, proof, size: rows.length, root }),
  );
  return [
    ...(isWhole ? [] : [{ where: BATCH_FILE, problem: "the root is not that of its rows" }]),
    ...unproven.map(({ id }) => ({
      where: `${BATCH_FILE}, row ${id}`,
      problem: "its proof does not lead to the root",
    })),
  ];
}
