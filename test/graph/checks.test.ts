/** Checks in a swarm that a program embeds: nobody is asked twice, and commands run only where they are allowed. */
import { Command } from "@langchain/langgraph";
import { describe, expect, test } from "vitest";
import type { CheckState } from "../../state/run-result.ts";
import { planOf, scriptedSwarm, thread, WORKER } from "../support/scripted-swarm.ts";

const WRITER = { ...WORKER, tools: ["read_artifact", "write_artifact"] };
const writes = (content: string) => ({ calls: [{ name: "write_artifact", args: { name: "x.md", content } }] });
const planWith = (...checks: Record<string, unknown>[]) => ({ ...planOf({ a: { writes: ["x.md"] } }), checks });
const reads = { calls: [{ name: "read_artifact", args: { name: "x.md" } }] };
const JUDGED = { id: "two", artifacts: ["x.md"], predicate: "It says two." };

describe("a check by command", () => {
  const plan = planWith({ id: "cmd", artifacts: ["x.md"], command: ["grep", "-q", "one", "x.md"] });
  const script = () => ({ a: [writes("one"), "A"] });

  test("is not run, and said to be unchecked, where commands are not allowed", async () => {
    const { swarm, model } = scriptedSwarm(script(), { agents: [WRITER] });
    const state = await swarm.invoke({ task: "t", plan }, thread("t1"));
    expect(state.checks).toMatchObject([{ id: "cmd", status: "unchecked", evidence: "commands are not allowed here" }]);
    expect(state.status).toBe("partial");
    expect(state.answer).toContain("cmd is unchecked: commands are not allowed here");
    model.expectUsedUp();
  });

  test("is run where they are", async () => {
    const { swarm } = scriptedSwarm(script(), { agents: [WRITER], allowCommands: true });
    const state = await swarm.invoke({ task: "t", plan }, thread("t1"));
    expect(state).toMatchObject({ status: "complete", checks: [{ status: "held" }] });
  });
});

describe("a judge", () => {
  test("is asked once about the same versions, in one process too: before a human's answer and after a repair that changed nothing", async () => {
    const { swarm, model } = scriptedSwarm(
      {
        a: [writes("one"), "A"],
        judge: ["VIOLATED: it says one"],
        "two.repair-1": [reads, "I leave it."],
      },
      { agents: [WRITER], recovery: { "invariant-violated": [{ do: "ask-human", max: 1 }] } },
    );
    await swarm.invoke({ task: "t", plan: planWith(JUDGED) }, thread("t1"));
    const paused = await swarm.getState(thread("t1"));
    expect(paused.tasks[0]?.interrupts).toHaveLength(1);
    const state = await swarm.invoke(new Command({ resume: "approve" }), thread("t1"));
    expect(state.checks).toMatchObject([{ status: "violated", isLeft: false }] satisfies Partial<CheckState>[]);
    expect(state.status).toBe("partial");
    expect(state.answer).toContain("two.repair-1 did not mend it");
    model.expectUsedUp();
  });

  test("leaves the last step to the answer", async () => {
    const { swarm, model } = scriptedSwarm({ a: [writes("one"), "A"] }, { agents: [WRITER], budget: { maxSteps: 3 } });
    const state = await swarm.invoke({ task: "t", plan: planWith(JUDGED) }, thread("t1"));
    expect(state.checks).toMatchObject([{ status: "unchecked", evidence: "no model call is left for the judge" }]);
    expect(state.answer).toMatch(/^one\n/);
    model.expectUsedUp();
  });
});
