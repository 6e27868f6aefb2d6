/** People in the loop through the command line: human profiles, a cap to raise, nobody there. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { byRole, synthesizerAnswer, type Behaviour } from "../support/model-server/index.ts";
import { commandHere, resultOf, startCommand } from "../support/run-command.ts";
import { serve } from "../support/serve.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const AGENTS = [
  { name: "worker", description: "works" },
  { name: "editor", description: "has the last word", kind: "human" },
];
const give = (output: string): string => JSON.stringify({ type: "edit", args: { output } });

async function office(subtasks: object[], agent: Behaviour, flags: string[] = []) {
  const server = await serve(byRole({ agent, synthesizer: synthesizerAnswer() }));
  const home = temporaryFolder();
  writeFileSync(join(home, "plan.json"), JSON.stringify({ task: "T", subtasks }));
  writeFileSync(join(home, "agents.json"), JSON.stringify({ agents: AGENTS }));
  const place = ["--home", home, "--json"];
  const begin = ["run", "--plan", "plan.json", "--agents", "agents.json", "--model", "m", "--base-url", server.url];
  const journal = (): string => readFileSync(join(home, "runs", "r", "journal.jsonl"), "utf8");
  return {
    ...{ server, journal },
    home,
    run: () => commandHere([...begin, "--id", "r", ...place, ...flags], { cwd: home }),
    resume: (...more: string[]) => commandHere(["resume", "r", ...place, ...more], { cwd: home }),
    startResume: (...more: string[]) => startCommand(["resume", "r", ...place, ...more], { cwd: home }),
  };
}

it("who has a subtask that waits for its answer is named, and what stands on it has not begun", async () => {
  const subtasks = [
    { id: "limit", instructions: "What may it cost?", agent: "editor" },
    { id: "offer", instructions: "Write it.", agent: "worker", dependsOn: ["limit"] },
  ];
  const lab = await office(subtasks, () => ({}));
  const paused = resultOf(await lab.run());
  expect(paused.subtasks).toMatchObject([
    { agent: "editor", attempts: 1, outcome: null },
    { agent: "worker", attempts: 0, outcome: null },
  ]);
  const shown = await commandHere(["show", "r", "--home", lab.home], { cwd: lab.home });
  expect(shown.stdout).toMatch(/^limit .* waiting for a human\n {2}editor, attempt 1, 0 steps\n/m);
  expect(shown.stdout).toMatch(/^offer .*\n {2}worker, not begun, after limit\n/m);
  // Without the file that was written as it paused, by its journal.
  rmSync(join(lab.home, "runs", "r", "result.json"));
  const read = await commandHere(["show", "r", "--home", lab.home, "--json"], { cwd: lab.home });
  const { runId, subtasks: told, usage, timing, parallelism } = paused;
  expect(JSON.parse(read.stdout)).toMatchObject({ runId, subtasks: told, usage, timing, parallelism });
});

it("who is asked for one subtask may just say its result", async () => {
  const lab = await office([{ id: "limit", instructions: "What may it cost?", agent: "editor" }], () => ({}));
  expect((await lab.run()).code).toBe(4);
  const ended = resultOf(await lab.resume("--answer", "3200 CHF, all in."));
  expect(ended.subtasks).toMatchObject([{ outcome: "done", output: "3200 CHF, all in." }]);
});

describe("subtasks of a person, several at once", () => {
  const subtasks = [
    ...["one", "two", "three"].map((id) => ({ id, instructions: "Judge it.", agent: "editor" })),
    { id: "after", instructions: "Use it.", dependsOn: ["one", "two", "three"] },
  ];

  it("are answered by id in any order; an answer to what is no longer asked, and a second process, change nothing", async () => {
    let isSlow = true;
    const lab = await office(subtasks, () => ({ content: "used", delayMs: isSlow ? 600_000 : 0 }));
    const paused = await lab.run();
    expect(paused.code).toBe(4);
    const asked = new Map(resultOf(paused).interrupts.map((one) => [one.subtask, one.id]));
    expect([...asked.keys()].map(String).toSorted()).toEqual(["one", "three", "two"]);
    const two = JSON.stringify({ [asked.get("two")!]: JSON.parse(give("2")) as unknown });
    const second = await lab.resume("--answer", two);
    expect(second.code).toBe(4);
    expect(
      resultOf(second)
        .interrupts.map(({ subtask }) => subtask ?? "")
        .toSorted(),
    ).toEqual(["one", "three"]);
    const before = lab.journal();
    const again = await lab.resume("--answer", two);
    expect([again.code, again.stdout]).toEqual([2, ""]);
    expect(again.stderr).toMatch(/^glasshive: run r does not wait for an answer to interrupt [0-9a-f]{32} — .*\n$/);
    const unnamed = await lab.resume("--answer", "approve");
    expect([unnamed.code, unnamed.stderr.split("\n").length]).toEqual([2, 2]);
    expect(lab.journal()).toBe(before);
    const both = { [asked.get("three")!]: JSON.parse(give("3")), [asked.get("one")!]: JSON.parse(give("1")) };
    const holder = lab.startResume("--answer", JSON.stringify(both));
    while (lab.server.stats().inFlight === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    const rival = await lab.resume("--answer", JSON.stringify(both));
    expect([rival.code, rival.stdout]).toEqual([1, ""]);
    expect(rival.stderr).toMatch(/^glasshive: .*r.* is .*\n$/);
    isSlow = false;
    holder.child.kill("SIGKILL");
    await holder.ended;
    // The answers are kept, though the process that was given them is gone.
    const ended = resultOf(await lab.resume());
    expect(ended).toMatchObject({ status: "complete", coverage: { done: 4 }, interrupts: [], questionsDenied: 0 });
    expect(ended.subtasks.map(({ output }) => output)).toEqual(["1", "2", "3", "used"]);
    // The turn that the process did not live to see, the same again, and the synthesizer's.
    expect(lab.server.stats().calls).toBe(3);
  }, 240_000);
});

describe("a cap with --approve budget", () => {
  const LANES = 8;
  const subtasks = Array.from({ length: LANES }, (_, index) => ({ id: `s${index}`, instructions: "Do it.", steps: 2 }));
  const twoTurns: Behaviour = ({ turn, subtaskId }) =>
    turn === 0 ? { toolCalls: [{ name: "unknown_tool", args: {} }] } : { content: `Result of ${subtaskId}.` };
  const capped = async () => {
    const lab = await office(subtasks, twoTurns, ["--approve", "budget", "--max-steps", "6"]);
    const paused = await lab.run();
    expect(paused.code).toBe(4);
    expect(resultOf(paused).interrupts).toMatchObject([{ kind: "budget", subtask: null }]);
    expect(lab.server.stats().calls).toBe(5);
    return lab;
  };

  it("is raised by an answer: all lanes go on, and no step is taken twice", async () => {
    const lab = await capped();
    const ended = await lab.resume("--answer", JSON.stringify({ type: "edit", args: { maxSteps: 100 } }));
    expect(ended.code).toBe(0);
    expect(resultOf(ended).coverage.done).toBe(LANES);
    expect(lab.server.stats()).toMatchObject({ calls: 2 * LANES + 1, repeated: [] });
  }, 120_000);

  it.each([
    ["steps", "maxSteps", ["--max-steps", "6"]],
    ["tokens", "maxTokens", ["--max-tokens", "4000"]],
  ])("of %s is raised by the command that is printed, with the cap that was reached", async (_, field, cap) => {
    const lab = await office(subtasks, twoTurns, ["--approve", "budget", ...cap]);
    await lab.run();
    const { stdout } = await commandHere(["show", "r", "--home", lab.home]);
    const [, printed = ""] = /--answer '(.*)'/.exec(stdout) ?? [];
    expect(Object.keys((JSON.parse(printed) as { args: object }).args)).toEqual([field]);
    const { interrupts } = resultOf(await lab.resume("--answer", printed));
    for (const { request } of interrupts) expect(request).not.toHaveProperty("problem");
  });

  it("is raised by a flag without an answer", async () => {
    const lab = await capped();
    const ended = await lab.resume("--max-steps", "100");
    expect([ended.code, ended.stderr]).toEqual([0, ""]);
    expect(lab.server.stats()).toMatchObject({ calls: 2 * LANES + 1, repeated: [] });
  }, 120_000);

  it("is left as it is by a no: the answer is partial", async () => {
    const lab = await capped();
    const ended = await lab.resume("--answer", "reject");
    expect(ended.code).toBe(3);
    const { coverage } = resultOf(ended);
    expect(coverage.budget).toBeGreaterThan(0);
    expect(coverage.done + coverage.budget).toBe(LANES);
    expect(lab.server.stats().calls).toBeLessThanOrEqual(6);
  }, 120_000);
});

it("an unattended run whose plan needs approval fails with one clear line", async () => {
  const flags = ["--approve", "plan", "--unattended"];
  const lab = await office([{ id: "a", instructions: "x" }], () => ({ content: "never" }), flags);
  const ended = await lab.run();
  expect([ended.code, resultOf(ended).status, lab.server.stats().calls]).toEqual([1, "failed", 0]);
  expect(ended.stderr).toBe(
    "glasshive: the plan of run r was not approved: nobody was there to answer — run it attended, or without plan in --approve\n",
  );
  expect(lab.journal()).toMatch(/"kind":"resume".*"by":"default"|"by":"default".*"kind":"resume"/);
});

it("a name in --approve that is no approval, or no tool, is refused in one line", async () => {
  const lab = await office([{ id: "a", instructions: "x" }], () => ({ content: "never" }), ["--approve", "tool:erase"]);
  const refused = await lab.run();
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/^glasshive: approve: there is no tool "erase" — choose from .*read_result.*\n$/);
  expect(existsSync(join(lab.home, "runs"))).toBe(false);
});
