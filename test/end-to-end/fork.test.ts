/** `glasshive fork`: what stands on the named subtask runs anew, all else comes from the recording, and the source stays as it was. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { PlanFileInput } from "../../state/plan.ts";
import { checkInvariants } from "../support/invariants.ts";
import { layeredPlan } from "../support/layered-plan.ts";
import { byRole, synthesizerAnswer, toolCallsThenAnswer } from "../support/model-server/index.ts";
import { readJournalFile } from "../support/read-journal.ts";
import { commandHere, resultOf } from "../support/run-command.ts";
import { serve } from "../support/serve.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const CALLS = 2;

/** A subtask and all that is downstream of it, by the plan alone. */
function downstream({ subtasks }: PlanFileInput, from: readonly string[]): string[] {
  const found = new Set(from);
  for (const { id, dependsOn = [] } of subtasks) if (dependsOn.some((input) => found.has(input))) found.add(id);
  return subtasks.map(({ id }) => id).filter((id) => found.has(id));
}

/** Of every file of a run but its lock. */
function digestOf(home: string, runId: string): string {
  const hash = createHash("sha256");
  const folder = join(home, "runs", runId);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }).toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  ))
    if (entry.isFile() && !entry.name.startsWith("lock"))
      hash.update(entry.name).update(readFileSync(join(entry.parentPath, entry.name)));
  return hash.digest("hex");
}

/** A home in which the plan was run as `r`, against a server that counts. */
async function recorded(plan: PlanFileInput, { answerBytes = 0 } = {}) {
  const agent = toolCallsThenAnswer({ toolCalls: CALLS - 1, args: { subtask: "s1" }, answerBytes });
  const server = await serve(byRole({ agent, synthesizer: synthesizerAnswer() }), { keepBodies: true });
  const home = temporaryFolder();
  writeFileSync(join(home, "plan.json"), JSON.stringify(plan));
  const place = ["--home", home, "--json"];
  const glasshive = (...args: string[]) => commandHere([...args, ...place], { cwd: home });
  const run = await glasshive("run", "--plan", "plan.json", "--model", "m", "--base-url", server.url, "--id", "r");
  expect(run.code).toBe(0);
  server.reset();
  return { home, server, glasshive, source: resultOf(run) };
}

describe("a fork of 60 subtasks in five layers", () => {
  const plan = layeredPlan({ subtasks: 60, layers: 5, fanIn: 3, seed: 3, steps: CALLS });
  const [at] = ["s30"];
  const anew = downstream(plan, [at]);

  it("makes exactly the calls of the subtask, of what is downstream of it and of the synthesizer", async () => {
    const { home, server, glasshive, source } = await recorded(plan, { answerBytes: 6000 });
    const before = digestOf(home, "r");
    const outcome = await glasshive("fork", "r", "--at", at, "--instructions", "Work on it otherwise.", "--id", "f");
    expect(outcome.code).toBe(0);
    const { subtasks, callsByRole } = server.stats();
    expect(Object.keys(subtasks).toSorted()).toEqual(anew.toSorted());
    expect(callsByRole).toEqual({ agent: anew.length * CALLS, synthesizer: 1 });
    const result = resultOf(outcome);
    expect(result).toMatchObject({
      status: "complete",
      coverage: { total: 60, done: 60 },
      parent: { runId: "r", journalHead: source.journalHead, at: [at] },
      usage: { steps: anew.length * CALLS + 1 },
    });
    const ran = result.subtasks.filter(({ kept }) => kept !== true).map(({ id }) => id);
    expect(ran.toSorted()).toEqual(anew.toSorted());
    const outputs = new Map(source.subtasks.map(({ id, output }) => [id, output]));
    const kept = result.subtasks.filter((subtask) => subtask.kept === true);
    expect(kept.map(({ output }) => output)).toEqual(kept.map(({ id }) => outputs.get(id)));
    expect((JSON.parse(outcome.stdout) as { diff: object }).diff).toMatchObject({
      source: "r",
      fork: "f",
      kept: 60 - anew.length,
      anew: expect.arrayContaining(anew),
    });
    expect(digestOf(home, "r"), "the source is what it was").toBe(before);
    await checkInvariants(home, "f");
    expect(readJournalFile(home, "f")[0]?.data).toMatchObject({ parent: { runId: "r", at: [at] } });
    const asked = server.bodies().filter((body) => body.includes("Work on it otherwise."));
    expect(asked).toHaveLength(CALLS);
  }, 60_000);
});
