/** `resume --plan`: a run goes on by another plan, through the command line. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { PRELOAD } from "../support/crash-run.ts";
import { commandHere, resultOf, runCommand } from "../support/run-command.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

it("what is the same keeps its result, and what does not fit is refused and changes nothing", async () => {
  const cwd = temporaryFolder();
  const plan = (name: string, b: string, more: object = {}): void => {
    const subtasks = [
      { id: "a", instructions: "What is a step?" },
      { id: "b", instructions: b },
    ];
    writeFileSync(join(cwd, name), JSON.stringify({ ...more, subtasks }));
  };
  const glasshive = (...args: string[]) => commandHere(args, { cwd });
  mkdirSync(join(cwd, "docs"));
  writeFileSync(join(cwd, "docs", "words.md"), "A step is one model turn. A lane is the path of one subtask.\n");
  plan("first.json", "Which colour have gravitational waves?", { task: "Explain the words." });
  plan("other.json", "What is a lane?", { task: "Something else." });
  plan("second.json", "What is a lane?");

  const first = await glasshive("run", "--plan", "first.json", "--docs", "docs", "--id", "r", "--json");
  expect(first.code).toBe(3);
  expect(resultOf(first).coverage).toMatchObject({ done: 1, notFound: 1 });
  const journal = join(cwd, ".glasshive", "runs", "r", "journal.jsonl");
  const before = readFileSync(journal, "utf8");

  const other = await glasshive("resume", "r", "--plan", "other.json");
  expect(other.code).toBe(2);
  expect(other.stderr).toMatch(
    /^glasshive: run r .*"Explain the words\.".*"Something else\.".*glasshive run --plan other\.json$/m,
  );
  const both = await glasshive("resume", "r", "--plan", "second.json", "--answer", "approve");
  expect([both.code, both.stderr]).toEqual([2, expect.stringMatching(/an answer and a plan are given/)]);
  expect(readFileSync(journal, "utf8")).toBe(before);

  const second = await glasshive("resume", "r", "--plan", "second.json", "--json");
  expect(second.code).toBe(0);
  expect(resultOf(second)).toMatchObject({ status: "complete", coverage: { total: 2, done: 2 } });
  expect(resultOf(second).subtasks.map(({ id, attempts }) => [id, attempts])).toEqual([
    ["a", 1],
    ["b", 2],
  ]);
  expect(readFileSync(journal, "utf8").startsWith(before)).toBe(true);
  const shown = await glasshive("show", "r");
  expect(shown.stdout).toMatch(/plan version 2 \(resume\): 2 subtasks, 2 of 2 done/);
}, 60_000);

it("killed before it is the current one, it is the plan that show tells of all the same", async () => {
  const cwd = temporaryFolder();
  const subtasks = (b: string) => [
    { id: "a", instructions: "What is a step?" },
    { id: "b", instructions: b, dependsOn: ["a"] },
  ];
  writeFileSync(join(cwd, "words.md"), "A step is one model turn. A lane is the path of one subtask.\n");
  writeFileSync(join(cwd, "first.json"), JSON.stringify({ task: "Words.", subtasks: subtasks("What is a lane?") }));
  const other = [...subtasks("What is the path of one subtask?"), { id: "c", instructions: "What is a turn?" }];
  writeFileSync(join(cwd, "second.json"), JSON.stringify({ subtasks: other }));
  const begun = await commandHere(["run", "--plan", "first.json", "--docs", "words.md", "--id", "r"], { cwd });
  expect([0, 3]).toContain(begun.code);
  // The first write of the process is that it is there, the second the plan.
  const env = { NODE_OPTIONS: PRELOAD, GLASSHIVE_TEST_FAULT: "after:journal:2" };
  const killed = await runCommand(["resume", "r", "--plan", "second.json"], { cwd, env });
  expect(killed.signal).toBe("SIGKILL");
  const shown = await commandHere(["show", "r"], { cwd });
  expect(shown.stdout).toMatch(/plan version 2 \(resume\): 3 subtasks, 1 of 3 done/);
  const again = await commandHere(["resume", "r"], { cwd });
  expect([0, 3]).toContain(again.code);
  expect((await commandHere(["show", "r"], { cwd })).stdout).toMatch(/plan version 2 \(resume\): 3 subtasks/);
}, 120_000);
