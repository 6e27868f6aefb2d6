/**
 * Replay from a checkpoint, and fork by `updateState`: what stands after the checkpoint runs again, with what was edited, as a run of its
 * own that names its parent; what had ended before is kept. Counted at a loopback server.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Overwrite } from "@langchain/langgraph";
import { describe, expect, test } from "vitest";
import { ALL, BEFORE, checkpoints, finished, LANES, swarmOf, WORK } from "../support/four-lanes.ts";
import { checkInvariants } from "../support/invariants.ts";
import type { Behaviour } from "../support/model-server/index.ts";
import { planOf, thread, WORKER } from "../support/scripted-swarm.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const PLANNED = BEFORE.filter(([node]) => !["__start__", "intake", "planner"].includes(node));

describe("a replay of a finished run", () => {
  test.each(BEFORE)("from before %s makes the calls %j, as a run that names its parent", async (node, expected) => {
    const { home, swarm, at, calls, resultOf, journalOf } = await finished();
    const [journal, result] = [journalOf("t"), resultOf("t")];
    const state = await swarm.invoke(null, at(node));
    expect(state).toMatchObject({ runId: "t~2", status: "complete", coverage: { total: 4, done: 4 } });
    expect(calls()).toEqual(expected.toSorted());
    expect(new Set(Object.values(state.lanes).map(({ runId }) => runId))).toEqual(new Set(["t~2"]));
    const { parent, subtasks, usage } = resultOf("t~2");
    const id: unknown = at(node).configurable?.["checkpoint_id"];
    expect(parent).toMatchObject({ runId: "t", journalHead: result.journalHead, checkpoint: { id, next: [node] } });
    expect(subtasks.filter(({ kept }) => kept).map((subtask) => subtask.id)).toEqual(
      expected === BEFORE[7]![1] || expected === BEFORE[6]![1] ? LANES : [],
    );
    expect(usage.modelCalls).toBe(expected.length);
    expect([journalOf("t"), resultOf("t")], "the run that was left is as it was").toEqual([journal, result]);
    await swarm.close();
    await checkInvariants(home, "t~2");
    await checkInvariants(home, "t");
  });

  test("again and again, and from a replay, is another run each time", async () => {
    const { swarm, at, calls, resultOf } = await finished();
    for (const run of ["t~2", "t~3"])
      expect(await swarm.invoke(null, at("synthesizer"))).toMatchObject({ runId: run, status: "complete" });
    const later = await checkpoints(swarm);
    expect(await swarm.invoke(null, later("synthesizer"))).toMatchObject({ runId: "t~4" });
    expect(resultOf("t~4").parent).toMatchObject({ runId: "t~3" });
    expect(calls()).toEqual(["synthesizer", "synthesizer", "synthesizer"]);
    const end = (await swarm.getState(thread("t"))).config;
    expect(await swarm.invoke(null, end)).toMatchObject({ runId: "t~4" });
    expect(await swarm.invoke({ task: "Second question?" }, thread("t"))).toMatchObject({ runId: "t~5" });
    expect(resultOf("t~5").parent).toBeNull();
  });
});

describe("a fork by updateState", () => {
  test.each(BEFORE)("of the task before %s makes the calls %j, about that task", async (node, expected) => {
    const { home, swarm, server, at, calls, resultOf } = await finished();
    const state = await swarm.invoke(null, await swarm.updateState(at(node), { task: "Other question?" }));
    expect(state).toMatchObject({ runId: "t~2", task: "Other question?", status: "complete" });
    expect(calls()).toEqual(expected.toSorted());
    expect(server.bodies().every((body) => body.includes("Other question?"))).toBe(true);
    expect(server.bodies().some((body) => body.includes("First question?"))).toBe(false);
    expect(state.messages.map(({ type, text }) => `${type} ${text.split("\n")[0]}`)).toEqual([
      "human Other question?",
      expect.stringMatching(/^ai answer/),
    ]);
    expect(resultOf("t~2")).toMatchObject({ task: "Other question?", parent: { runId: "t" } });
    await swarm.close();
    await checkInvariants(home, "t~2");
  });

  test.each(BEFORE.slice(1))(
    "of the documents before %s makes the calls %j, with those documents",
    async (node, expected) => {
      const documents = temporaryFolder();
      for (const name of ["one.md", "two.md"]) writeFileSync(join(documents, name), `What ${name} says.\n`);
      const { swarm, at, calls, resultOf, journalOf } = await finished({ documents: [documents] });
      const one = join(documents, "one.md");
      const state = await swarm.invoke(null, await swarm.updateState(at(node), { documents: [one] }));
      expect(state).toMatchObject({ runId: "t~2", status: "complete" });
      expect(calls()).toEqual(expected.toSorted());
      expect([resultOf("t").documents.read, resultOf("t~2").documents.read]).toEqual([2, 1]);
      expect(journalOf("t~2").split("\n")[0]).toContain("one.md");
      const outside = await swarm.updateState(at(node), { documents: ["/etc"] });
      await expect(swarm.invoke(null, outside)).rejects.toMatchObject({ code: "NOT_ALLOWED" });
    },
  );

  test.each(PLANNED)(
    "of the plan before %s runs what it asks otherwise, and what stands on that",
    async (node, before) => {
      const { home, swarm, server, at, calls } = await finished();
      const { values } = await swarm.getState(at(node));
      const subtasks = values.planned!.subtasks.map((subtask: Record<string, unknown>) =>
        subtask["id"] === "c" ? { ...subtask, instructions: "Do it in euros." } : subtask,
      );
      const fork = await swarm.updateState(at(node), { planned: { ...values.planned!, subtasks } });
      const state = await swarm.invoke(null, fork);
      expect(state).toMatchObject({ runId: "t~2", status: "complete" });
      expect(calls()).toEqual(before === WORK ? WORK.toSorted() : ["c", "d", "synthesizer"]);
      expect(server.bodies().some((body) => body.includes("in euros"))).toBe(true);
      await swarm.close();
      await checkInvariants(home, "t~2");
    },
  );

  test("with a review that rejects the plan has another one planned, after what was said", async () => {
    const { home, swarm, server, at, calls } = await finished();
    const fork = await swarm.updateState(at("plan-review"), { rejection: "cheaper, please" }, "plan-review");
    expect(await swarm.invoke(null, fork)).toMatchObject({ runId: "t~2", status: "complete" });
    expect(calls()).toEqual(ALL.toSorted());
    expect(server.bodies()[0]).toContain("cheaper, please");
    await swarm.close();
    await checkInvariants(home, "t~2");
  });

  test.each([
    ["one that is sent again", { b: { attempt: 2, status: "parked" as const } }],
    ["one that ended otherwise", { b: { attempt: 2, outcome: "failed" as const } }],
  ])("of a lane, %s, runs it, and what stands on it", async (_, change) => {
    const { home, swarm, at, calls } = await finished();
    const { values } = await swarm.getState(at("synthesizer"));
    const lanes = { b: { ...values.lanes["b"]!, ...change.b } };
    const fork = await swarm.updateState(at("synthesizer"), { lanes });
    expect(await swarm.invoke(null, fork)).toMatchObject({ runId: "t~2", coverage: { total: 4, done: 4 } });
    expect(calls()).toEqual(["b", "d", "synthesizer"]);
    await swarm.close();
    await checkInvariants(home, "t~2");
  });

  test("of shared artifacts goes back to a version, and runs who wrote or knew a later one", async () => {
    const agent: Behaviour = ({ subtaskId, messages }) =>
      messages.at(-1)?.role === "tool"
        ? { content: "done" }
        : { toolCalls: [{ name: "append_artifact", args: { name: "x.md", content: `from ${subtaskId}\n` } }] };
    const agents = [{ ...WORKER, tools: ["append_artifact"] }];
    const writes = { writes: ["x.md"] };
    const plan = planOf({ a: writes, b: { ...writes, dependsOn: ["a"] }, c: { ...writes, dependsOn: ["b"] } });
    const { home, swarm, server, calls } = await swarmOf({ agent, agents });
    await swarm.invoke({ task: "Write.", plan }, thread("t"));
    server.reset();
    const at = await checkpoints(swarm);
    const { values } = await swarm.getState(at("synthesizer"));
    const newest = values.artifacts["x.md"]!;
    expect(newest.version).toBe(3);
    const of = (version: number, hash: string) => ({
      artifacts: new Overwrite({ "x.md": { ...newest, version, hash } }),
    });
    const invented = await swarm.updateState(at("synthesizer"), of(1, "0".repeat(64)));
    await expect(swarm.invoke(null, invented)).rejects.toMatchObject({ code: "USAGE" });
    const lines = readFileSync(join(home, "runs", "t", "journal.jsonl"), "utf8")
      .trim()
      .split("\n");
    const writesOnRecord = lines.map(
      (line) => JSON.parse(line) as { kind: string; data: { version: number; hash: string } },
    );
    const first = writesOnRecord.find(({ kind, data }) => kind === "write" && data.version === 1)!.data;
    const fork = await swarm.updateState(at("synthesizer"), of(1, first.hash));
    const state = await swarm.invoke(null, fork);
    expect(state).toMatchObject({
      runId: "t~2",
      status: "complete",
      artifacts: { "x.md": { runId: "t~2", version: 3 } },
    });
    // What they have written is the answer: nobody is asked to write one.
    expect(calls()).toEqual(["b", "b", "c", "c"]);
    await swarm.close();
    await checkInvariants(home, "t~2");
  });
});
