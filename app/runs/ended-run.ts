/**
 * The end of a run in its database, kept before anybody is told of it: who is killed at the end goes on from here without another
 * call, and a result file that was lost is made anew. The subtasks are not in it: they are on the board.
 */
import { createHash } from "node:crypto";
import type { BaseStore } from "@langchain/langgraph-checkpoint";
import { runNamespace } from "../../adapters/storage/run-namespace.ts";
import { subtaskReports } from "../../engine/policy/answer/build-result.ts";
import type { Board } from "../../engine/ports/board.ts";
import type { RunResult } from "../../state/run-result.ts";

interface EndRecord {
  /** Of the board that the answer was written from. */
  basis: string;
  result: Omit<RunResult, "subtasks">;
}

export async function recordEnd(
  store: BaseStore,
  board: Board,
  { subtasks: _subtasks, ...result }: RunResult,
): Promise<void> {
  const record: EndRecord = { basis: basisOf(board), result };
  await store.put(runNamespace(result.runId, "run"), "end", record);
}

/** The result of the end on record; undefined: there is none, or what was done since has outdated it. */
export async function endOnRecord(store: BaseStore, board: Board, runId: string): Promise<RunResult | undefined> {
  const record = (await store.get(runNamespace(runId, "run"), "end"))?.value as EndRecord | undefined;
  if (record === undefined || record.basis !== basisOf(board)) return undefined;
  return { ...record.result, subtasks: subtaskReports(board.plan(), (id) => board.result(id)) };
}

function basisOf(board: Board): string {
  const results = board.results().map(({ subtask, attempt, endedAt }) => [subtask, attempt, endedAt].join("\n"));
  return createHash("sha256")
    .update(JSON.stringify([board.plan()?.version, results.toSorted()]))
    .digest("hex");
}
