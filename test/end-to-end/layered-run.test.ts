/** G2: a subtask starts when its inputs exist, not before, and waits for nothing else. Through the real command. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { layeredPlan } from "../support/layered-plan.ts";
import { byRole, synthesizerAnswer, toolCallsThenAnswer } from "../support/model-server/index.ts";
import { resultOf, runCommand } from "../support/run-command.ts";
import { readJournalFile } from "../support/read-journal.ts";
import { serve } from "../support/serve.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const CALLS = 4;
const CONCURRENCY = 12;

describe("a plan in five layers against an OpenAI-compatible server", () => {
  it("makes exactly the planned calls, never more at once than allowed, and none before its inputs", async () => {
    const agent = toolCallsThenAnswer({ toolCalls: CALLS - 1, args: { subtask: "s1" } });
    const server = await serve(byRole({ agent, synthesizer: synthesizerAnswer() }), {
      delay: { kind: "fixed", ms: 15 },
    });
    const home = temporaryFolder();
    const plan = layeredPlan({ subtasks: 75, layers: 5, fanIn: 3, seed: 3, steps: CALLS });
    writeFileSync(join(home, "plan.json"), JSON.stringify(plan));
    const outcome = await runCommand(
      [
        "run",
        "--plan",
        "plan.json",
        "--model",
        "m",
        "--base-url",
        server.url,
        "--home",
        home,
        "--concurrency",
        String(CONCURRENCY),
        "--id",
        "r",
        "--json",
      ],
      { cwd: home },
    );
    const result = resultOf(outcome);
    expect(outcome.code).toBe(0);
    expect(result.coverage).toMatchObject({ total: 75, done: 75 });
    expect(result.usage.steps).toBe(75 * CALLS + 1);
    const stats = server.stats();
    expect(stats.callsByRole).toEqual({ agent: 75 * CALLS, synthesizer: 1 });
    expect(stats.unexpected).toEqual([]);
    expect(stats.repeated).toEqual([]);
    expect(stats.maxInFlight).toBeLessThanOrEqual(CONCURRENCY);
    for (const { id, dependsOn = [] } of plan.subtasks) {
      for (const input of dependsOn) {
        expect(stats.subtasks[id]!.firstStartMs).toBeGreaterThanOrEqual(stats.subtasks[input]!.lastEndMs!);
      }
    }
    // Each route, with its candidates, is on record, and so is every call.
    const lines = readJournalFile(home, "r");
    const count = (kind: string): number => lines.filter((line) => line.kind === kind).length;
    expect([count("route"), count("reserve"), count("settle"), count("publish")]).toEqual([
      75,
      301,
      301,
      75 + reductions(lines),
    ]);
  }, 60_000);

  it("lets a chain run to its end while a slow sibling of its first link still works", async () => {
    const answer = toolCallsThenAnswer({ toolCalls: 0 });
    const server = await serve(
      byRole({
        agent: (call) => ({ ...answer(call), delayMs: call.subtaskId === "slow" ? 2500 : 0 }),
        synthesizer: synthesizerAnswer(),
      }),
    );
    const home = temporaryFolder();
    const chain = ["a", "b", "c", "d"].map((id, index, ids) => ({
      id,
      instructions: `Do ${id}.`,
      dependsOn: ids.slice(index - 1, index),
    }));
    writeFileSync(
      join(home, "plan.json"),
      JSON.stringify({ task: "t", subtasks: [{ id: "slow", instructions: "Be slow." }, ...chain] }),
    );
    const outcome = await runCommand(
      ["run", "--plan", "plan.json", "--model", "m", "--base-url", server.url, "--home", home, "--json"],
      { cwd: home },
    );
    expect(resultOf(outcome).coverage.done).toBe(5);
    const { subtasks } = server.stats();
    expect(subtasks["d"]!.lastEndMs!).toBeLessThan(subtasks["slow"]!.lastEndMs!);
  }, 60_000);
});

/** Nodes of the reduction publish too; they are not subtasks of the plan. */
function reductions(lines: ReturnType<typeof readJournalFile>): number {
  return new Set(
    lines
      .filter(({ kind, subtask }) => kind === "publish" && subtask?.startsWith("reduce-"))
      .map(({ subtask }) => subtask),
  ).size;
}
