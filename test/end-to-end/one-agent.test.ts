/** One agent in place of a swarm, through the command: asked for, found to be enough, or only said to be. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { byRole, plannerAnswer, type Behaviour } from "../support/model-server/index.ts";
import { readJournalFile } from "../support/read-journal.ts";
import { commandHere, resultOf } from "../support/run-command.ts";
import { serve } from "../support/serve.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const TASK = "Explain what a step is, then shorten it.";
const one = (id: string, more: object = {}) => ({ id, instructions: `Do ${id} of it.`, ...more });
const CHAIN = {
  subtasks: [one("find"), one("explain", { dependsOn: ["find"] }), one("shorten", { dependsOn: ["explain"] })],
};
const SEARCH = { toolCalls: [{ name: "search_documents", args: { query: "step" } }] };

async function lab(plan: object, flags: readonly string[], more: { agents?: object[]; config?: object } = {}) {
  const cwd = temporaryFolder();
  mkdirSync(join(cwd, "docs"));
  writeFileSync(join(cwd, "docs", "words.md"), "# Words\n\nA step is one model turn.\n");
  const { agents, config } = more;
  writeFileSync(join(cwd, "agents.json"), JSON.stringify({ agents }));
  writeFileSync(join(cwd, "config.json"), JSON.stringify(config ?? {}));
  const agent: Behaviour = (call) =>
    call.turn === 0 && call.tools?.some(({ function: { name } }) => name === "search_documents")
      ? SEARCH
      : { content: 'A step is "one model turn" [docs/words.md:3].' };
  const planner = plannerAnswer(plan as Parameters<typeof plannerAnswer>[0]);
  const server = await serve(byRole({ planner, agent, synthesizer: () => ({ content: "A step: one turn." }) }));
  const glasshive = (...args: string[]) => commandHere(args, { cwd });
  const outcome = await glasshive(
    ...[
      "run",
      TASK,
      "--docs",
      "docs",
      "--base-url",
      server.url,
      "--model",
      "m",
      "--id",
      "r",
      "--config",
      "config.json",
    ],
    ...(agents === undefined ? [] : ["--agents", "agents.json"]),
    ...flags,
  );
  const asked = (role: string): number => server.records().filter((record) => record.role === role).length;
  return { outcome, asked, glasshive, planned: planIn(cwd), shown: (await glasshive("show", "r")).stdout };
}

function planIn(cwd: string): Record<string, unknown> {
  return readJournalFile(join(cwd, ".glasshive"), "r").find(({ kind }) => kind === "plan")?.data ?? {};
}

describe("--single", () => {
  it("has one agent do the whole task with the same tools, caps, journal and result; nobody plans", async () => {
    const { outcome, asked, planned, shown } = await lab(CHAIN, ["--single", "--json", "--max-steps", "30"]);
    const result = resultOf(outcome);
    expect([outcome.code, asked("planner"), asked("agent")]).toEqual([0, 0, 2]);
    expect(result).toMatchObject({ status: "complete", coverage: { total: 1, done: 1 } });
    expect(result.subtasks).toMatchObject([{ id: "task", agent: "researcher", outcome: "done", steps: 2 }]);
    expect(planned).toMatchObject({ origin: "single", plan: { subtasks: [{ instructions: TASK }] } });
    expect(shown).toContain("plan version 1 from single");
  });

  it("takes the agent that is granted most tools, and is refused beside a plan", async () => {
    const agents = [
      { name: "talker", description: "explains what a step is and shortens it", tools: [] },
      { name: "seeker", description: "looks", tools: ["search_documents", "read_document"], maxSteps: 3 },
    ];
    const { outcome, glasshive } = await lab(CHAIN, ["--single", "--json"], { agents });
    expect(resultOf(outcome).subtasks).toMatchObject([{ agent: "seeker" }]);
    const both = await glasshive("run", "t", "--single", "--plan", "agents.json");
    expect(both.code).toBe(2);
  });
});

describe("swarm: auto", () => {
  it("takes one agent where each subtask waits for the one before, and says why", async () => {
    const { outcome, asked, planned } = await lab(CHAIN, [], { config: { swarm: "auto" } });
    expect([outcome.code, asked("planner")]).toEqual([0, 1]);
    expect(planned).toMatchObject({ origin: "single", subtasks: 1 });
    expect(outcome.stderr).toMatch(/plan made: 1 subtask\nOne agent alone would do as well/);
  });

  it("leaves a plan as it is whose subtasks work side by side, build a file, or are a person's", async () => {
    const many = { subtasks: Array.from({ length: 12 }, (_, index) => one(`part-${index}`)) };
    const config = { swarm: "auto" };
    expect((await lab(many, [], { config })).planned).toMatchObject({ origin: "planner", subtasks: 12 });
    const file = { subtasks: CHAIN.subtasks.map((subtask) => ({ ...subtask, writes: ["a.md"] })) };
    expect((await lab(file, [], { config })).planned).toMatchObject({ origin: "planner", subtasks: 3 });
  });
});

it("a plan that one agent would do as well is said to be one when it is made, and in show", async () => {
  const { outcome, planned, shown } = await lab(CHAIN, []);
  expect(outcome.stderr).toMatch(/plan made: 3 subtasks\nOne agent alone would do as well \(--single\)/);
  expect(planned).toMatchObject({ origin: "planner", advice: expect.stringContaining("--single") });
  expect(shown).toMatch(/plan version 1 from planner: One agent alone would do as well/);
});
