/** A plan before anything is run: made, printed, kept, reviewed, given back; through the command. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { byRole, plannerAnswer, type Behaviour } from "../support/model-server/index.ts";
import { commandHere, resultOf } from "../support/run-command.ts";
import { serve } from "../support/serve.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const TASK = "What is a step, and what is a lane?";
const one = (id: string, more: object = {}) => ({ id, instructions: `Look ${id} up.\nSay where it stands.`, ...more });

async function desk(planner: Behaviour = plannerAnswer({ subtasks: [one("step"), one("lane")] })) {
  const cwd = temporaryFolder();
  mkdirSync(join(cwd, "docs"));
  writeFileSync(join(cwd, "docs", "words.md"), "A step is one model turn.\n");
  const agent: Behaviour = ({ subtaskId }) => ({ content: `${subtaskId} is looked up.` });
  const server = await serve(byRole({ planner, agent, synthesizer: () => ({ content: "# Words\n\nBoth." }) }));
  const endpoint = ["--base-url", server.url, "--model", "m"];
  const glasshive = (...args: string[]) => commandHere(args, { cwd });
  return {
    ...{ cwd, server, endpoint, glasshive },
    asked: (role: string) => server.records().filter((record) => record.role === role).length,
    planOf: (id: string) => join(cwd, ".glasshive", "runs", id, "plan.json"),
  };
}

describe("glasshive plan", () => {
  it("prints the plan as run --plan takes it, and asks no agent; the planner is paid once", async () => {
    const { cwd, endpoint, glasshive, asked } = await desk();
    const { code, stdout } = await glasshive("plan", TASK, "--docs", "docs", ...endpoint, "--approve", "plan");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ task: TASK, subtasks: [one("step"), one("lane")] });
    expect([asked("planner"), asked("agent")]).toEqual([1, 0]);
    writeFileSync(join(cwd, "plan.json"), stdout);
    const done = await glasshive("run", "--plan", "plan.json", "--docs", "docs", ...endpoint, "--json");
    expect(resultOf(done)).toMatchObject({ task: TASK, status: "complete", coverage: { total: 2, done: 2 } });
    expect(asked("planner")).toBe(1);
  });

  it("prints nothing on standard output where there is no plan, and says why", async () => {
    const { endpoint, glasshive } = await desk(() => ({ status: 401 }));
    const { code, stdout, stderr } = await glasshive("plan", TASK, ...endpoint);
    expect([code, stdout]).toEqual([4, ""]);
    expect(stderr).toMatch(/: paused before there was a plan; /);
    expect(stderr).toMatch(/next: glasshive resume \S+ .*auth: 401/);
    expect((await glasshive("plan")).code).toBe(2);
  });

  it("says so where the planner made none and the whole task is one subtask", async () => {
    const { endpoint, glasshive } = await desk(() => ({ content: "I would rather not." }));
    const { code, stdout, stderr } = await glasshive("plan", TASK, ...endpoint);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ subtasks: [{ instructions: TASK }] });
    expect(stderr).toMatch(/the planner made no plan that can be used/);
  });
});

it("a dry run leaves its plan where run --plan takes it, and says so", async () => {
  const { endpoint, glasshive, asked, planOf } = await desk();
  const dry = await glasshive("run", TASK, "--docs", "docs", ...endpoint, "--dry-run", "--id", "d");
  const next = `run --plan ${planOf("d")} --docs docs --model m ${endpoint.slice(0, 2).join(" ")}`;
  expect(dry.stderr).toContain(`next: glasshive ${next}\n`);
  const done = await glasshive(...next.split(" "), "--json");
  expect(resultOf(done)).toMatchObject({ task: TASK, status: "complete" });
  expect(asked("planner")).toBe(1);
});

it("nobody is told of a dry run that it is complete, or how much of it is done", async () => {
  const { endpoint, glasshive } = await desk();
  const told = [
    (await glasshive("run", TASK, ...endpoint, "--dry-run", "--id", "d")).stderr,
    (await glasshive("show", "d")).stdout.split("\n\n")[0] ?? "",
    (await glasshive("runs")).stdout,
    (await glasshive("resume", "d")).stderr,
  ];
  for (const text of told) {
    expect(text).toContain("nothing run");
    expect(text).not.toMatch(/\d of \d done/);
  }
  expect(told[0]).toContain("run d: plan made, nothing run · 1 step");
});

describe("a run that waits", () => {
  it("with its plan shows all of it, and goes on by the edited file without asking again", async () => {
    const { endpoint, glasshive, asked, planOf } = await desk();
    const paused = await glasshive("run", TASK, ...endpoint, "--approve", "plan", "--id", "r");
    expect(paused.code).toBe(4);
    expect(paused.stderr).toContain(`glasshive resume r --plan ${planOf("r")}`);
    const shown = (await glasshive("show", "r")).stdout;
    expect(shown).toContain("  1. step: \n     Look step up.\n     Say where it stands.\n".replace(": \n", ":\n"));
    const plan = JSON.parse(readFileSync(planOf("r"), "utf8")) as { subtasks: object[] };
    writeFileSync(planOf("r"), JSON.stringify({ ...plan, subtasks: [...plan.subtasks, one("turn")] }));
    const done = await glasshive("resume", "r", "--plan", planOf("r"), "--json");
    expect([done.code, asked("planner")]).toEqual([0, 1]);
    expect(resultOf(done).subtasks.map(({ id }) => id)).toEqual(["step", "lane", "turn"]);
    expect((await glasshive("show", "r")).stdout).toContain("plan version 2 from human");
  });

  it("with the plan that it was given goes on by the same file, and by no broken one", async () => {
    const { cwd, endpoint, glasshive } = await desk();
    writeFileSync(join(cwd, "p.json"), JSON.stringify({ task: TASK, subtasks: [one("step")] }));
    writeFileSync(join(cwd, "broken.json"), JSON.stringify({ subtasks: [one("step", { dependsOn: ["x"] })] }));
    expect((await glasshive("run", "--plan", "p.json", ...endpoint, "--approve", "plan", "--id", "r")).code).toBe(4);
    expect((await glasshive("resume", "r", "--plan", "broken.json")).code).toBe(2);
    expect((await glasshive("resume", "r", "--plan", "p.json")).code).toBe(0);
  });

  it("with its answer shows the whole answer", async () => {
    const answer = Array.from({ length: 90 }, (_, index) => `Line ${index}.`).join("\n");
    const server = await serve(byRole({ agent: () => ({ content: "x" }), synthesizer: () => ({ content: answer }) }));
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "p.json"), JSON.stringify({ task: TASK, subtasks: [one("a"), one("b")] }));
    const flags = ["--base-url", server.url, "--model", "m", "--approve", "answer", "--id", "r"];
    expect((await commandHere(["run", "--plan", "p.json", ...flags], { cwd })).code).toBe(4);
    const shown = (await commandHere(["show", "r"], { cwd })).stdout;
    for (const line of answer.split("\n")) expect(shown).toContain(`    ${line}\n`);
    expect(existsSync(join(cwd, ".glasshive", "runs", "r", "plan.json"))).toBe(false);
  });
});
