/** What is said to each role: by who embeds the swarm, and by callers where that one lets them. */
import { expect, test } from "vitest";
import { DEFAULT_PROMPTS } from "../../engine/policy/prompts/default-prompts.ts";
import { checkInvariants } from "../support/invariants.ts";
import { planOf, scriptedSwarm, thread } from "../support/scripted-swarm.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const SCRIPT = { planner: JSON.stringify(planOf({ a: {}, b: {} })), a: "A", b: "B", synthesizer: "AB" };
const EDITED = { plannerPrompt: "Plan in two.", agentPrompt: "Be brief.", synthesizerPrompt: "Merge it." };
type Model = ReturnType<typeof scriptedSwarm>["model"];
const saidTo = (model: Model, who: string): string => model.callsOf(who)[0]?.messages[0]?.text ?? "";

test("a caller's prompts take the place of the rules, are on record, and come again when the run is run again", async () => {
  const home = temporaryFolder();
  const { swarm, model } = scriptedSwarm(SCRIPT, { editablePrompts: true, home, checkpointer: undefined });
  await swarm.invoke({ task: "T" }, { ...thread("t"), context: EDITED });
  await swarm.close();
  expect(saidTo(model, "planner")).toBe("You are the planner of a Glasshive swarm.\nPlan in two.");
  expect(saidTo(model, "a")).toMatch(/^You are an agent of a Glasshive swarm\.\n\nBe brief\.\n\n<task>\nT/);
  expect(saidTo(model, "synthesizer")).toMatch(/^You are the synthesizer of a Glasshive swarm\.\nMerge it\.\n/);
  const { lines } = await checkInvariants(home, "t");
  expect(lines[0]?.data["options"]).toMatchObject(EDITED);
});

test("they are refused where the embedder has not allowed it, and what a form hands back as it was is no edit", async () => {
  const { swarm, model } = scriptedSwarm(SCRIPT);
  await expect(swarm.invoke({ task: "T" }, { ...thread("t"), context: { agentPrompt: "Be brief." } })).rejects.toThrow(
    expect.objectContaining({ code: "NOT_ALLOWED", next: expect.stringContaining("editablePrompts") as string }),
  );
  await swarm.invoke({ task: "T" }, { ...thread("u"), context: DEFAULT_PROMPTS });
  // There are no documents, and the form's own text is of agents that have them.
  expect(saidTo(model, "a")).toContain("There are no documents.");
});

test("the embedder's own hold for all callers", async () => {
  const { swarm, model } = scriptedSwarm(SCRIPT, EDITED);
  await swarm.invoke({ task: "T" }, thread("t"));
  expect(saidTo(model, "b")).toContain("Be brief.");
  await expect(swarm.invoke({ task: "T" }, { ...thread("u"), context: { plannerPrompt: "x" } })).rejects.toThrow(
    "plannerPrompt: prompts are not edited here",
  );
});
