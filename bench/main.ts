/**
 * Glasshive and its peers on one plan against one loopback model server, in one run:
 * `node bench/main.ts --agents 300 --calls 13 --delay-ms 1000`, and on a layered plan with heavy-tailed durations
 * `node bench/main.ts --agents 300 --calls 3 --layers 8 --fan-in 2 --delay-ms 500 --delay-sigma 1`.
 */
import { parseArgs } from "node:util";
import { criticalPath, layeredPlan, lowerBound, type DurationOf } from "../test/support/layered-plan.ts";
import { delayMs, spawnModelServer, type Delay } from "../test/support/model-server/index.ts";
import { medianOf } from "./median.ts";
import { SEND_WAVES } from "./peers/index.ts";
import { measureSystem, systems, writePlan, type Measurement, type Workload } from "./systems.ts";
import { markdownTable } from "./table.ts";

const { values: flags } = parseArgs({
  options: {
    agents: { type: "string", default: "300" },
    calls: { type: "string", default: "13" },
    /** Of one model call: fixed, or the median when --delay-sigma is above 0. */
    "delay-ms": { type: "string", default: "1000" },
    "delay-sigma": { type: "string", default: "0" },
    seed: { type: "string", default: "1" },
    layers: { type: "string", default: "1" },
    "fan-in": { type: "string", default: "3" },
    /** Of Glasshive; default: all agents. */
    concurrency: { type: "string" },
    /** JSON: the arguments of the tool call in each turn. */
    "tool-args": { type: "string", default: '{"subtask":"s{{turn}}"}' },
    /** Medians over so many rounds; in each, every system runs once. */
    rounds: { type: "string", default: "1" },
    /** Part of a system's name; may be repeated. */
    only: { type: "string", multiple: true },
    json: { type: "boolean", default: false },
  },
});

const agents = Number(flags.agents);
const calls = Number(flags.calls);
const layers = Number(flags.layers);
const [ms, sigma, seed] = [Number(flags["delay-ms"]), Number(flags["delay-sigma"]), Number(flags.seed)];
const delay: Delay = sigma > 0 ? { kind: "lognormal", seed, medianMs: ms, sigma } : { kind: "fixed", ms };
const plan = layeredPlan({ subtasks: agents, layers, fanIn: Number(flags["fan-in"]), seed, steps: calls });
const workload: Workload = { agents, calls, layers, concurrency: Number(flags.concurrency ?? agents), plan };

const durationS: DurationOf = ({ id }) =>
  Array.from({ length: calls }, (_, turn) => delayMs(delay, id, turn)).reduce((sum, turnMs) => sum + turnMs, 0) / 1000;
const boundS = (row: Measurement): number => lowerBound(plan, durationS, row.concurrency);

function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

function table(rows: Measurement[]): string {
  const waves = rows.find(({ name }) => name === SEND_WAVES);
  return markdownTable(rows, [
    { title: "system", value: (row) => row.name },
    { title: "makespan s", value: (row) => row.makespanS },
    { title: "bound s", value: boundS },
    { title: "makespan / bound", value: (row) => row.makespanS / boundS(row) },
    { title: "/ Send waves", value: (row) => (waves === undefined ? null : row.makespanS / waves.makespanS) },
    { title: "CPU ms a call", value: (row) => row.cpuMs / row.calls },
    { title: "peak MB", value: (row) => row.peakMb, digits: 0 },
    { title: "DB MB", value: (row) => (row.databaseMb === 0 ? null : row.databaseMb), digits: 1 },
    { title: "most in flight", value: (row) => row.maxInFlight, digits: 0 },
    { title: "calls", value: (row) => row.calls, digits: 0 },
    { title: "repeated", value: (row) => row.repeated, digits: 0 },
    { title: "wall s", value: (row) => row.wallS },
    { title: "server CPU ms a call", value: (row) => row.serverCpuMs / row.calls },
  ]);
}

const NOT_MEASURED = `Bound: max(critical path, work / concurrency); the peers may have every agent in flight. Makespan runs from the first call
of an agent that the server sees to the end of the last; wall from the start of the process to its exit. CPU is that of
the whole process, its start included (measured: 0.2 s for bare fetch, 0.8 s for ChatOpenAI, 1.1 to 1.3 s for the graphs).

Not measured: a real provider (network, TLS, rate limits, token-by-token streams: here the whole answer comes in one
write); tools that take time (theirs return 2 KB at once); conversations above some 30 KB; more than one machine (the
model server runs beside the system on the same cores, and its CPU is the last column); recovery and resume; quality.
The peers neither check results nor keep a journal, a budget or caps, and run their layers as waves.`;

async function measureAll(): Promise<Measurement[]> {
  const script = [
    "--tool-calls",
    String(calls - 1),
    "--delay-ms",
    String(ms),
    "--delay-sigma",
    String(sigma),
    "--seed",
    String(seed),
  ];
  const server = await spawnModelServer([...script, "--tool-args", flags["tool-args"]]);
  const { file, remove } = await writePlan(plan);
  try {
    const wanted = systems(workload, file).filter(
      ({ name }) => flags.only?.some((part) => name.includes(part)) ?? true,
    );
    for (const { name, missing } of wanted) if (missing !== undefined) note(`${name}: skipped, ${missing}`);
    const rows = new Map<string, Measurement[]>();
    for (let round = 1; round <= Number(flags.rounds); round += 1) {
      for (const system of wanted.filter(({ missing }) => missing === undefined)) {
        note(`round ${round}: ${system.name} …`);
        try {
          const row = await measureSystem(system, workload, server);
          rows.set(system.name, [...(rows.get(system.name) ?? []), row]);
        } catch (error) {
          note(`${system.name}: failed, ${error instanceof Error ? error.message : String(error)}`);
          process.exitCode = 1;
        }
      }
    }
    return [...rows.values()].map(medianOf);
  } finally {
    await Promise.all([server.close(), remove()]);
  }
}

const rows = await measureAll();
if (flags.json) {
  const figures = rows.map((row) => ({ ...row, boundS: boundS(row), stdout: undefined, stderr: undefined }));
  process.stdout.write(`${JSON.stringify(figures)}\n`);
} else {
  const path = criticalPath(plan, durationS).toFixed(1);
  const shape = `${agents} agents × ${calls} calls, ${layers} layer(s), ${ms} ms a call${sigma > 0 ? ` (median, sigma ${sigma})` : ""}`;
  process.stdout.write(
    `${shape}; critical path ${path} s, Node ${process.version}, median of ${flags.rounds}\n\n${table(rows)}\n\n${NOT_MEASURED}\n`,
  );
}
