/** Nodes that a process takes again, since the one before died between their record and LangGraph's checkpoint. */
import { InMemoryStore } from "@langchain/langgraph-checkpoint";
import { describe, expect, it, onTestFinished } from "vitest";
import { SYSTEM_CLOCK } from "../../adapters/clock/system-clock.ts";
import { journalInStore } from "../../adapters/storage/run-in-store.ts";
import { assembleSwarm } from "../../app/create-swarm.ts";
import { partsByInputs, withParts } from "../../engine/policy/plan/split-subtask.ts";
import { readLines } from "../support/read-journal.ts";
import { planner } from "../../nodes/planner.ts";
import { split } from "../../nodes/split.ts";
import type { LaneState } from "../../state/lane-state.ts";
import { RunOptions } from "../../state/run-options.ts";
import type { SwarmState } from "../../state/swarm-state.ts";
import { ScriptedChatModel } from "../support/scripted-chat-model.ts";
import { planOf, subtaskOf } from "../unit/engine/builders.ts";

const DEFAULTS = RunOptions.parse({ caps: {}, approve: [], documents: [], dryRun: false });

/** The services of a process, with the run open. */
async function process(store: InMemoryStore, model: ScriptedChatModel) {
  // Each process has a handle of its own to what is stored.
  const { runs } = assembleSwarm({ store: Object.create(store) as InMemoryStore, model });
  onTestFinished(() => runs.close("the test ended"));
  const run = await runs.begin("r", { task: "t", run: DEFAULTS, plan: undefined }, {});
  return { run, services: { runs, clock: SYSTEM_CLOCK, permit: () => DEFAULTS } };
}

const plansIn = async (store: InMemoryStore) =>
  readLines(await journalInStore(store, "r").read(), "r").filter(({ kind }) => kind === "plan");

describe("taken again", () => {
  it("the planner keeps to the plan on record, and asks for no other", async () => {
    const store = new InMemoryStore();
    const plan = (id: string) => JSON.stringify({ subtasks: [{ id, instructions: "do" }] });
    const model = new ScriptedChatModel({ planner: [plan("first"), plan("second")] });
    const asked = { runId: "r", task: "t", asked: "t", messages: [] };
    const state = { ...asked, planVersion: 0, rejection: null } as unknown as SwarmState;
    const before = await process(store, model);
    const update = await planner(before.services)(state, {});
    const after = await process(store, model);
    expect(await planner(after.services)(state, {})).toEqual(JSON.parse(JSON.stringify(update)));
    expect(model.calls).toHaveLength(1);
    expect(after.run.shared.board.plan()?.subtasks.map(({ id }) => id)).toEqual(["first"]);
    expect(await plansIn(store)).toHaveLength(1);
  });

  it("a split that is on the board comes on record", async () => {
    const store = new InMemoryStore();
    const { run, services } = await process(store, new ScriptedChatModel({}));
    const whole = subtaskOf("c", { dependsOn: ["a", "b"] });
    const plan = planOf(subtaskOf("a"), subtaskOf("b"), whole);
    await run.shared.board.savePlan(withParts(plan, "c", partsByInputs(plan, whole, 2)!));
    const state = { runId: "r", subtask: "c", attempt: 1, agent: "researcher", signal: null } as unknown as LaneState;
    for (const _ of [1, 2]) expect(await split(services)(state, {})).toMatchObject({ next: "part" });
    expect(await plansIn(store)).toMatchObject([
      { subtask: "c", data: { version: 2, origin: "split of c", subtasks: 2 } },
    ]);
  });
});
