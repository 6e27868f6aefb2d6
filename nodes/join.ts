/**
 * Node `join`: the parts of a split subtask have ended, or what a lane had asked for. The lane goes on with a fresh conversation that is given their results;
 * where no part is done there is nothing to go on with.
 */
import { RemoveMessage } from "@langchain/core/messages";
import { REMOVE_ALL_MESSAGES } from "@langchain/langgraph";
import { assignPart } from "../engine/runtime/lanes/assign.ts";
import { laneNode } from "../engine/runtime/lanes/lane-node.ts";

export const join = laneNode(async ({ run, state, subtask: { parts = [] } }) => {
  // A part that waited for one that asked a human has parked itself: it is sent again.
  const waiting = parts.filter((id) => run.shared.board.result(id) === undefined);
  for (const id of waiting) run.shared.board.setSuspended(id, false);
  if (waiting.length > 0) {
    return { parts: await Promise.all(waiting.map((id) => assignPart(run, id, 1))), next: "part" };
  }
  // What it asked for began when it had ended.
  if (state.outcome !== null) return { next: "end" };
  const results = parts.flatMap((id) => run.shared.board.result(id) ?? []);
  if (results.some(({ outcome }) => outcome === "done")) {
    const messages = [new RemoveMessage({ id: REMOVE_ALL_MESSAGES })];
    return { turns: 0, output: "", signal: null, seen: {}, messages, next: "think" };
  }
  // That it is not there can be said only where each part has looked.
  const worst = results.find(({ outcome }) => outcome !== "not-found") ?? results[0];
  const cause = `none of its ${parts.length} parts is done (${worst?.cause ?? worst?.outcome ?? "they did not run"})`;
  return { outcome: worst?.outcome ?? "failed", cause, output: "", next: "publish" };
});
