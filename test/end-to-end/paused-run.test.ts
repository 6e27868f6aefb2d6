/** A run that waits for a human says for what, even where the process died before it could write its result. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { commandHere, resultOf } from "../support/run-command.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

it("resumed without an answer says again what it waits for, with or without its result file", async () => {
  const home = temporaryFolder();
  const plan = join(home, "plan.json");
  writeFileSync(plan, JSON.stringify({ task: "t", subtasks: [{ id: "a", instructions: "Say hello." }] }));
  const resume = ["resume", "r", "--home", home, "--json"];
  const paused = await commandHere(["run", "--plan", plan, "--approve", "plan", "--home", home, "--id", "r", "--json"]);
  expect(paused.code).toBe(4);
  const { interrupts } = resultOf(paused);
  expect(interrupts).toMatchObject([{ kind: "plan" }]);
  for (const isKilled of [false, true]) {
    if (isKilled) rmSync(join(home, "runs", "r", "result.json"));
    const again = await commandHere(resume);
    expect(again.code).toBe(4);
    expect(resultOf(again)).toMatchObject({ status: "paused", interrupts });
  }
  const answered = resultOf(await commandHere([...resume, "--answer", "approve"]));
  expect(answered.interrupts).toEqual([]);
  expect(answered.subtasks).toMatchObject([{ id: "a", attempts: 1 }]);
});
