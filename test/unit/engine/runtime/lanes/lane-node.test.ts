import { GraphDrained } from "@langchain/langgraph";
import { describe, expect, it } from "vitest";
import { laneNode, type LaneContext } from "../../../../../engine/runtime/lanes/lane-node.ts";
import type { Services } from "../../../../../engine/runtime/run/run.ts";
import { SwarmError } from "../../../../../state/errors.ts";
import type { LaneState, LaneUpdate } from "../../../../../state/lane-state.ts";

/** Runs a node of the lane of `s1`, with a caller that may have stopped. */
function running(
  work: (lane: LaneContext) => Promise<LaneUpdate>,
  { isLast = false, signal = new AbortController().signal } = {},
) {
  const run = { id: "r", shared: { board: { subtask: (id: string) => (id === "s1" ? { id } : undefined) } } };
  const services = { runs: { open: async () => run }, clock: {} } as unknown as Services;
  const node = isLast ? laneNode(work) : laneNode(work, (signal) => ({ signal, next: "recover" }));
  return (subtask: string) => node(services)({ subtask } as LaneState, { signal });
}

const throwing = (error: unknown) => async (): Promise<LaneUpdate> => {
  throw error;
};

describe("a node of a lane", () => {
  it("is given the lane: its run, its subtask, its state", async () => {
    const seen: unknown[] = [];
    await running(async ({ run, subtask, state }) => {
      seen.push(run.id, subtask.id, state.subtask);
      return { next: "think" };
    })("s1");
    expect(seen).toEqual(["r", "s1", "s1"]);
  });

  it("that fails is a signal of its lane, and goes where the node says", async () => {
    expect(await running(throwing(new TypeError("x is not a function")))("s1")).toEqual({
      signal: { kind: "agent-error", evidence: expect.stringContaining("x is not a function") as string },
      next: "recover",
    });
  });

  it.each<[string, unknown, { isLast?: boolean; signal?: AbortSignal }]>([
    ["control flow of the graph", new GraphDrained("drained"), {}],
    ["what breaks the run as a whole", new SwarmError("STORAGE_FAILED", "no disk"), {}],
    ["anything once the caller has stopped", new Error("socket closed"), { signal: AbortSignal.abort() }],
    ["anything in a node by which the others recover", new Error("socket closed"), { isLast: true }],
  ])("throws on: %s", async (_, error, facts) => {
    await expect(running(throwing(error), facts)("s1")).rejects.toBe(error);
  });

  it("of a subtask that the plan does not have ends the run, and names both", async () => {
    await expect(running(async () => ({ next: "think" }))("s9")).rejects.toThrow('run r has no subtask "s9"');
  });
});
