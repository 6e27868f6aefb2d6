/** G3: the process dies at any moment; what was finished is not done again, and the result is that of an undisturbed run. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readJournalFile } from "../support/read-journal.ts";
import { layeredPlan } from "../support/layered-plan.ts";
import { spawnModelServer, type SpawnedModelServer } from "../support/model-server/index.ts";
import { commandHere, resultOf, startCommand } from "../support/run-command.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const SUBTASKS = 24;
const CALLS = 5;
const KILLS = 6;

const flags = (server: SpawnedModelServer, plan: string): string[] => [
  "--plan",
  plan,
  "--model",
  "m",
  "--base-url",
  server.url,
  "--concurrency",
  "16",
  "--json",
];

async function start() {
  const server = await spawnModelServer([
    "--tool-calls",
    String(CALLS - 1),
    "--delay-ms",
    "60",
    "--tool-args",
    '{"subtask":"s1"}',
  ]);
  onTestFinished(() => server.close());
  const folder = temporaryFolder();
  const plan = join(folder, "plan.json");
  writeFileSync(plan, JSON.stringify(layeredPlan({ subtasks: SUBTASKS, layers: 4, fanIn: 2, seed: 7, steps: CALLS })));
  return { server, folder, plan };
}

/** What must not differ between runs: all but times, ids and spend. */
function essence(result: ReturnType<typeof resultOf>) {
  const { answer, coverage, status } = result;
  return {
    answer,
    coverage,
    status,
    subtasks: result.subtasks.map(({ id, outcome, output, attempts }) => ({ id, outcome, output, attempts })),
  };
}

describe("a run whose process is killed", () => {
  it("goes on from its last steps at any of many random moments, several times over", async () => {
    const { server, folder, plan } = await start();
    const undisturbed = resultOf(
      await commandHere(["run", ...flags(server, plan), "--home", join(folder, "calm"), "--id", "calm"]),
    );
    expect(undisturbed.coverage.done).toBe(SUBTASKS);
    const random = seededRandom("kill");
    await server.reset();
    const home = join(folder, "killed");
    let inFlightAtDeath = 0;
    let started = startCommand(["run", ...flags(server, plan), "--home", home, "--id", "k"]);
    for (let kill = 0; kill < KILLS; kill += 1) {
      // The moment is given by the server's count of calls, so that it falls into the run on any machine.
      const target = (await server.stats()).calls + 5 + Math.floor(random() * 12);
      for (;;) {
        const { calls } = await server.stats();
        if (calls >= target || started.child.exitCode !== null) break;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      started.child.kill("SIGKILL");
      await started.ended;
      inFlightAtDeath += 16;
      started = startCommand(["resume", "k", "--home", home, "--json"]);
    }
    const outcome = await started.ended;
    expect(outcome.stderr).toBe("");
    const result = resultOf(outcome);
    expect(essence(result)).toEqual(essence(undisturbed));
    const { repeated, calls } = await server.stats();
    // One call for each lane in flight at each death, at most.
    expect(calls).toBeLessThanOrEqual(SUBTASKS * CALLS + 1 + inFlightAtDeath);
    for (const { calls: times } of repeated) expect(times).toBeLessThanOrEqual(1 + KILLS);
    const lines = readJournalFile(home, "k");
    const published = lines.filter(({ kind }) => kind === "publish").map(({ subtask }) => subtask);
    expect(published).toHaveLength(SUBTASKS);
    expect(new Set(published).size).toBe(SUBTASKS);
  }, 120_000);
});
