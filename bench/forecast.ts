/**
 * Forecast against used, for a first run (from the plan) and for a second one (from the home's history), against the loopback
 * server: `node bench/forecast.ts --agents 300 --calls 13 --delay-ms 1000`. `--limit`: the `steps` that the plan allows.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Forecast, Range } from "../state/forecast.ts";
import type { RunResult } from "../state/run-result.ts";
import { layeredPlan } from "../test/support/layered-plan.ts";
import { spawnModelServer } from "../test/support/model-server/index.ts";
import { measureCommand } from "./measure.ts";
import { markdownTable } from "./table.ts";

const { values: flags } = parseArgs({
  options: {
    agents: { type: "string", default: "300" },
    calls: { type: "string", default: "13" },
    /** Steps that the plan allows each subtask; default: as many as it takes. */
    limit: { type: "string" },
    layers: { type: "string", default: "1" },
    /** Words of an answer: a paragraph, as an agent that reports what it found writes it. */
    "answer-words": { type: "string", default: "110" },
    "delay-ms": { type: "string", default: "1000" },
    concurrency: { type: "string", default: "300" },
  },
});
const CLI = fileURLToPath(new URL("../app/cli/main.ts", import.meta.url));
const [agents, calls] = [Number(flags.agents), Number(flags.calls)];

interface Row {
  run: string;
  figure: string;
  forecast: Range;
  used: number;
}

function rowsOf(run: string, drawn: Forecast, { usage, timing }: RunResult): Row[] {
  const figures: [string, Range, number][] = [
    ["steps", drawn.steps, usage.steps],
    ["model calls", drawn.modelCalls, usage.modelCalls],
    ["input tokens", drawn.inputTokens, usage.inputTokens],
    ["output tokens", drawn.outputTokens, usage.outputTokens],
    ["USD", drawn.usd ?? { least: 0, likely: 0, most: 0 }, usage.usd],
    ["time s", scaled(drawn.timeMs, 0.001), timing.wallMs / 1000],
  ];
  return figures.map(([figure, forecast, used]) => ({ run, figure, forecast, used }));
}

function scaled({ least, likely, most }: Range, by: number): Range {
  return { least: least * by, likely: likely * by, most: most * by };
}

async function compare(place: string, url: string): Promise<Row[]> {
  const files = ["--plan", join(place, "plan.json"), "--config", join(place, "config.json"), "--home", place, "--json"];
  const model = ["--model", "m", "--base-url", url, "--concurrency", flags.concurrency];
  const run = async (...more: string[]): Promise<RunResult> => {
    const { stdout, stderr } = await measureCommand({
      args: [CLI, "run", ...files, ...model, ...more],
      env: { OPENAI_API_KEY: "test" },
    });
    if (stdout === "") throw new Error(stderr.slice(-500));
    return JSON.parse(stdout) as RunResult;
  };
  const rows: Row[] = [];
  for (const name of ["first, from the plan", "second, from history"]) {
    const { forecast } = await run("--dry-run");
    rows.push(...rowsOf(name, forecast as Forecast, await run()));
  }
  return rows;
}

function answerOf(): string {
  const words = "the report names the figure of each year and says in which table of its source it stands".split(" ");
  return Array.from({ length: Number(flags["answer-words"]) }, (_, index) => words[index % words.length]).join(" ");
}

const script = ["--tool-calls", String(calls - 1), "--delay-ms", flags["delay-ms"]];
const server = await spawnModelServer([...script, "--tool-args", '{"subtask":"s{{turn}}"}', "--answer", answerOf()]);
const place = await mkdtemp(join(tmpdir(), "glasshive-forecast-"));
try {
  const steps = Number(flags.limit ?? calls);
  const plan = layeredPlan({ subtasks: agents, layers: Number(flags.layers), fanIn: 3, seed: 1, steps });
  await writeFile(join(place, "plan.json"), JSON.stringify(plan));
  await writeFile(join(place, "config.json"), JSON.stringify({ prices: { m: { input: 1, output: 4 } } }));
  const table = markdownTable(await compare(place, server.url), [
    { title: "run", value: (row) => row.run },
    { title: "figure", value: (row) => row.figure },
    { title: "least", value: (row) => row.forecast.least },
    { title: "likely", value: (row) => row.forecast.likely },
    { title: "most", value: (row) => row.forecast.most },
    { title: "used", value: (row) => row.used },
    { title: "off %", value: (row) => 100 * (row.forecast.likely / row.used - 1), digits: 1 },
  ]);
  process.stdout
    .write(`${agents} subtasks × ${calls} calls (the plan allows ${steps}), ${flags["delay-ms"]} ms a call, ${flags["answer-words"]} words an answer\n\n${table}\n
Not measured: agents whose steps differ, answers of other lengths in a new home (--answer-words), a real provider's time.\n`);
} finally {
  await Promise.all([server.close(), rm(place, { recursive: true, force: true })]);
}
