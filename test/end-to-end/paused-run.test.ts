/** A run that waits says for what, even where the process died before it could write its result; a failed one goes on too. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { commandHere, resultOf } from "../support/run-command.ts";
import { serve } from "../support/serve.ts";
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

it("at an address at which nobody listens it has failed, and goes on at another", async () => {
  const home = temporaryFolder();
  const flags = ["--home", home, "--json"];
  const plan = join(home, "plan.json");
  writeFileSync(plan, JSON.stringify({ task: "t", subtasks: [{ id: "a", instructions: "Say hello." }] }));
  const dead = ["--model", "m", "--base-url", "http://127.0.0.1:9/v1"];
  const config = join(home, "c.json");
  writeFileSync(config, JSON.stringify({ recovery: { network: [{ do: "retry", max: 1, backoffMs: 1 }] } }));
  const failed = await commandHere(["run", "--plan", plan, ...dead, "--config", config, "--id", "r", ...flags]);
  expect(failed.code).toBe(1);
  expect(failed.stdout + failed.stderr).toMatch(/nobody answers at this address.*ECONNREFUSED/);
  const { url } = await serve(() => ({ content: "Hello." }));
  const resumed = await commandHere(["resume", "r", "--base-url", url, ...flags]);
  expect(resumed.code).toBe(0);
  expect(resultOf(resumed)).toMatchObject({ status: "complete", subtasks: [{ id: "a", outcome: "done" }] });
});
