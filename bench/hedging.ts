/**
 * What second attempts beside stragglers bring, and what they cost: a layered plan against a model with heavy-tailed latencies,
 * with the hedge rule and without it. `node bench/hedging.ts`. A second attempt draws a latency of its own, as a real one does.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { RecoveryPolicyInput } from "../state/recovery-policy.ts";
import type { RunResult } from "../state/run-result.ts";
import { randomFaults } from "../test/faults/random-faults.ts";
import { layeredPlan } from "../test/support/layered-plan.ts";
import { byRole, startModelServer, synthesizerAnswer, type Delay } from "../test/support/model-server/index.ts";
import { measureCommand } from "./measure.ts";
import { markdownTable } from "./table.ts";

const { values: flags } = parseArgs({
  options: {
    subtasks: { type: "string", default: "60" },
    layers: { type: "string", default: "4" },
    calls: { type: "string", default: "3" },
    "median-ms": { type: "string", default: "300" },
    sigma: { type: "string", default: "1" },
    seeds: { type: "string", default: "1,2,3" },
    concurrency: { type: "string", default: "100" },
    /** JSON: thresholds of the straggler to try, a list. Calls here are a tenth as long as a model's, and so is the least. */
    stragglers: { type: "string", default: '[{"leastMs":500}]' },
  },
});
const CLI = fileURLToPath(new URL("../app/cli/main.ts", import.meta.url));
const calls = Number(flags.calls);

interface Run {
  makespanS: number;
  calls: number;
}

interface Shape {
  seed: number;
  recovery?: RecoveryPolicyInput;
  straggler?: object;
}

async function run({ seed, recovery, straggler }: Shape): Promise<Run> {
  const delay: Delay = { kind: "lognormal", seed, medianMs: Number(flags["median-ms"]), sigma: Number(flags.sigma) };
  const agent = randomFaults({ seed, share: 0, calls, delay });
  const server = await startModelServer({ behaviour: byRole({ agent, synthesizer: synthesizerAnswer() }) });
  const home = await mkdtemp(join(tmpdir(), "glasshive-bench-"));
  try {
    const subtasks = Number(flags.subtasks);
    const plan = layeredPlan({ subtasks, layers: Number(flags.layers), fanIn: 3, seed, steps: calls + 1 });
    await writeFile(join(home, "plan.json"), JSON.stringify(plan));
    await writeFile(join(home, "config.json"), JSON.stringify({ recovery, detection: { straggler } }));
    const place = ["--plan", join(home, "plan.json"), "--config", join(home, "config.json"), "--home", home];
    const model = ["--model", "m", "--base-url", server.url, "--concurrency", flags.concurrency, "--json"];
    const { stdout, stderr } = await measureCommand({
      args: [CLI, "run", ...place, ...model],
      env: { OPENAI_API_KEY: "test" },
    });
    const { coverage } = JSON.parse(stdout) as RunResult;
    if (coverage.done !== coverage.total)
      throw new Error(`${coverage.done} of ${coverage.total} done: ${stderr.slice(-300)}`);
    const records = server.records().filter(({ subtask }) => subtask !== null);
    const makespanMs =
      Math.max(...records.map(({ endMs }) => endMs ?? 0)) - Math.min(...records.map(({ startMs }) => startMs));
    return { makespanS: makespanMs / 1000, calls: records.length };
  } finally {
    await server.close();
    await rm(home, { recursive: true, force: true });
  }
}

const rows = [];
for (const seed of flags.seeds.split(",").map(Number)) {
  const without = await run({ seed, recovery: { straggler: [] } });
  for (const straggler of JSON.parse(flags.stragglers) as object[]) {
    rows.push({ seed, straggler: JSON.stringify(straggler), without, hedged: await run({ seed, straggler }) });
    process.stderr.write(
      `seed ${seed} ${JSON.stringify(straggler)}: ${without.makespanS.toFixed(2)} s → ${rows.at(-1)!.hedged.makespanS.toFixed(2)} s\n`,
    );
  }
}
const table = markdownTable(rows, [
  { title: "seed", value: (row) => row.seed, digits: 0 },
  { title: "thresholds", value: (row) => row.straggler },
  { title: "without s", value: (row) => row.without.makespanS },
  { title: "hedged s", value: (row) => row.hedged.makespanS },
  { title: "ratio", value: (row) => row.hedged.makespanS / row.without.makespanS },
  { title: "extra calls %", value: (row) => (row.hedged.calls / row.without.calls - 1) * 100, digits: 1 },
]);
process.stdout.write(
  `${flags.subtasks} subtasks in ${flags.layers} layers × ${calls} calls, lognormal latency: median ${flags["median-ms"]} ms, sigma ${flags.sigma}\n\n${table}\n\nNot measured: latencies that both attempts share (a slow endpoint, a long answer), where a second attempt gains nothing; money.\n`,
);
