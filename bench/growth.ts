/**
 * How database bytes, CPU and memory grow with the work: one lane of more and more steps, and more and more subtasks of one
 * step. `node bench/growth.ts [--most 4000]`. The exponent is the slope of a straight line through the logarithms: 1 is linear.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { PlanFileInput } from "../state/plan.ts";
import { layeredPlan } from "../test/support/layered-plan.ts";
import { spawnModelServer } from "../test/support/model-server/index.ts";
import { databaseBytes } from "./database-size.ts";
import { measureCommand } from "./measure.ts";
import { writePlan } from "./systems.ts";
import { markdownTable } from "./table.ts";

const { values: flags } = parseArgs({
  options: { most: { type: "string", default: "4000" }, least: { type: "string", default: "500" } },
});
const CLI = fileURLToPath(new URL("../app/cli/main.ts", import.meta.url));
/** A run's fixed part (loading, the plan) is measured by the smallest run and taken off: growth is what is asked for. */
const SMALLEST = 10;

interface Point {
  shape: string;
  size: number;
  databaseMb: number;
  cpuS: number;
  peakMb: number;
}

async function point(shape: string, size: number, plan: PlanFileInput, toolCalls: number): Promise<Point> {
  const server = await spawnModelServer(["--tool-calls", String(toolCalls), "--tool-args", '{"subtask":"{{turn}}"}']);
  const { file, remove } = await writePlan(plan);
  const home = await mkdtemp(join(tmpdir(), "glasshive-bench-"));
  try {
    const args = [
      CLI,
      "run",
      "--plan",
      file,
      "--model",
      "m",
      "--base-url",
      server.url,
      "--home",
      home,
      "--concurrency",
      "50",
      "--json",
    ];
    const figures = await measureCommand({ args, env: { OPENAI_API_KEY: "test" } });
    if (figures.exitCode !== 0 && figures.exitCode !== 3)
      throw new Error(`exit code ${figures.exitCode}: ${figures.stderr.slice(-500)}`);
    return {
      shape,
      size,
      databaseMb: (await databaseBytes(home)) / 2 ** 20,
      cpuS: figures.cpuMs / 1000,
      peakMb: figures.peakMb,
    };
  } finally {
    await Promise.all([server.close(), remove(), rm(home, { recursive: true, force: true })]);
  }
}

const oneLane = (steps: number) =>
  point("one lane, steps", steps, { task: "t", subtasks: [{ id: "s1", instructions: "Go on.", steps }] }, steps - 1);
const manyLanes = (subtasks: number) =>
  point("subtasks of one step", subtasks, layeredPlan({ subtasks, layers: 4, fanIn: 2, seed: 1, steps: 1 }), 0);

/** Least squares on the logarithms. */
function exponent(points: readonly Point[], read: (point: Point) => number): number {
  const xs = points.map(({ size }) => Math.log(size));
  const ys = points.map((point) => Math.log(Math.max(1e-9, read(point))));
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(xs), mean(ys)];
  const covariance = xs.reduce((sum, x, index) => sum + (x - mx) * (ys[index]! - my), 0);
  return covariance / xs.reduce((sum, x) => sum + (x - mx) ** 2, 0);
}

const sizes: number[] = [];
for (let size = Number(flags.least); size <= Number(flags.most); size *= 2) sizes.push(size);
const lines: string[] = [];
for (const measure of [oneLane, manyLanes]) {
  const base = await measure(SMALLEST);
  const points: Point[] = [];
  for (const size of sizes) points.push(await measure(size));
  const table = markdownTable(points, [
    { title: points[0]!.shape, value: (row) => row.size, digits: 0 },
    { title: "DB MB", value: (row) => row.databaseMb },
    { title: "CPU s", value: (row) => row.cpuS },
    { title: "peak MB", value: (row) => row.peakMb, digits: 0 },
  ]);
  const bytes = exponent(points, (row) => row.databaseMb - base.databaseMb);
  const cpu = exponent(points, (row) => row.cpuS - base.cpuS);
  lines.push(`${table}\n\nExponents above a run of ${SMALLEST}: database ${bytes.toFixed(2)}, CPU ${cpu.toFixed(2)}.`);
}
process.stdout.write(
  `${lines.join("\n\n")}\n\nNot measured: conversations whose tool results weigh more than some hundred bytes; other machines; resume.\n`,
);
