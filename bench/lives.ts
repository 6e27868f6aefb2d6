/**
 * What a process that lives long keeps: runs one after the other through one swarm, and swarms that are made, used once and closed.
 * `node --expose-gc bench/lives.ts [--runs 10000] [--cycles 200] [--home]`. Heap, descriptors, threads and timers after a collection, at
 * eleven points; exit code 1 where one of them grows in the second half: in the first, caches fill and code is compiled.
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createSwarm, type SwarmOptions } from "../app/create-swarm.ts";
import { markdownTable } from "./table.ts";

const { values: flags } = parseArgs({
  options: {
    runs: { type: "string", default: "10000" },
    cycles: { type: "string", default: "200" },
    home: { type: "boolean", default: false },
  },
});
const POINTS = 10;
/** Bytes for each run that the heap may grow by: the id of a thread, which is not given again. */
const MOST_BYTES = 400;
/** What a heap may differ by between two collections. */
const NOISE_MB = 0.5;

interface Point {
  done: number;
  heapMb: number;
  residentMb: number;
  descriptors: number;
  threads: number;
  timers: number;
}

async function pointAt(done: number): Promise<Point> {
  if (gc === undefined) throw new Error("start it with --expose-gc");
  // What was looked at through a weak reference is held until the job ends, and offline runs end none.
  await new Promise((resolve) => setImmediate(resolve));
  gc();
  const { heapUsed, rss } = process.memoryUsage();
  const timers = process.getActiveResourcesInfo().filter((name) => /Timeout|Immediate/.test(name)).length;
  return {
    ...{ done, heapMb: heapUsed / 2 ** 20, residentMb: rss / 2 ** 20, timers },
    ...{ descriptors: countIn("/proc/self/fd"), threads: countIn("/proc/self/task") },
  };
}

/** 0 where the system does not tell. */
function countIn(folder: string): number {
  try {
    return readdirSync(folder).length;
  } catch {
    return 0;
  }
}

async function measured(count: number, work: (index: number) => Promise<void>): Promise<Point[]> {
  await work(0);
  const points = [await pointAt(0)];
  for (let index = 1; index <= count; index += 1) {
    await work(index);
    if (index % Math.ceil(count / POINTS) === 0 || index === count) points.push(await pointAt(index));
  }
  return points;
}

type AnySwarm = ReturnType<typeof createSwarm>;

async function runOnce(swarm: AnySwarm, thread: string): Promise<void> {
  const plan = { subtasks: [{ id: "a", instructions: "What is a step?" }] };
  const state = await swarm.invoke({ task: "What is a step?", plan }, { configurable: { thread_id: thread } });
  if (state.status === "running") throw new Error(`run ${thread} has no end`);
}

async function manyRuns(options: SwarmOptions): Promise<Point[]> {
  await using swarm = createSwarm(options);
  return await measured(Number(flags.runs), (index) => runOnce(swarm, `r${index}`));
}

function manySwarms(options: SwarmOptions): Promise<Point[]> {
  return measured(Number(flags.cycles), async (index) => {
    await using swarm = createSwarm(options);
    await runOnce(swarm, `c${index}`);
  });
}

/** What grows, a line each. */
function growing(points: readonly Point[]): string[] {
  const [first, last] = [points[Math.floor(points.length / 2)], points.at(-1)];
  if (first === undefined || last === undefined) return ["too few points to judge"];
  const grown = last.heapMb - first.heapMb;
  const perUnit = (grown * 2 ** 20) / (last.done - first.done);
  const more = (["descriptors", "threads", "timers"] as const).filter((name) => last[name] > first[name]);
  return [
    ...(grown > NOISE_MB && perUnit > MOST_BYTES ? [`the heap grows by ${Math.round(perUnit)} bytes each`] : []),
    ...more.map((name) => `${name}: ${first[name]} → ${last[name]}`),
  ];
}

const home = flags.home ? mkdtempSync(join(tmpdir(), "glasshive-lives-")) : undefined;
try {
  const options = home === undefined ? {} : { home };
  for (const [title, measure] of [
    ["runs of one swarm", manyRuns],
    ["swarms", manySwarms],
  ] as const) {
    const points = await measure(options);
    const table = markdownTable(points, [
      { title, value: ({ done }) => done, digits: 0 },
      { title: "heap MB", value: ({ heapMb }) => heapMb },
      { title: "resident MB", value: ({ residentMb }) => residentMb, digits: 0 },
      { title: "descriptors", value: ({ descriptors }) => descriptors, digits: 0 },
      { title: "threads", value: ({ threads }) => threads, digits: 0 },
      { title: "timers", value: ({ timers }) => timers, digits: 0 },
    ]);
    const problems = growing(points);
    process.stdout.write(`${table}\n\n${problems.length === 0 ? "Flat." : problems.join("; ")}\n\n`);
    if (problems.length > 0) process.exitCode = 1;
  }
  process.stdout.write("Not measured: runs at once; models that are called over a network; documents.\n");
} finally {
  if (home !== undefined) rmSync(home, { recursive: true, force: true });
}
