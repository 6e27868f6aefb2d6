/**
 * Changed inputs for every reader of what strangers send: `node bench/fuzz.ts --n 1000000 --seed 1`. A throw that is not a
 * SwarmError, an input that takes more than `--most-ms` of CPU, or a heap above `--most-mb` ends it with exit code 1, and so does
 * a reader that does not come back. The same seed and number give the same input: `--only "plan reader" --from 17 --n 1`.
 */
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { mutated } from "../test/support/fuzz/mutate.ts";
import { READERS } from "../test/support/fuzz/readers.ts";

interface Job {
  name: string;
  seed: string;
  from: number;
  n: number;
  mostMs: number;
  mostMb: number;
  /** The input that is being read. */
  at: Int32Array;
}

interface Report {
  taken: number;
  refused: number;
  slowestMs: number;
  heapMb: number;
  /** What broke, if anything did. */
  broken?: string;
}

const HEAP_EVERY = 1_000;
const HANGS_S = 120;
const NOTE_S = 60;

function work({ name, seed, from, n, mostMs, mostMb, at }: Job): Report {
  const reader = READERS.find((each) => each.name === name);
  if (reader === undefined) throw new Error(`there is no ${name}`);
  const report: Report = { taken: 0, refused: 0, slowestMs: 0, heapMb: 0 };
  for (let index = from; index < from + n; index += 1) {
    Atomics.store(at, 0, index);
    const input = mutated(reader, seed, index);
    const broken = (what: string): Report => ({
      ...report,
      broken: `input ${index} ${what}: ${JSON.stringify(input.slice(0, 500))}`,
    });
    const before = process.cpuUsage();
    try {
      report[reader.read(input) ? "taken" : "refused"] += 1;
    } catch (error) {
      return broken(`threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
    const { user, system } = process.cpuUsage(before);
    const ms = (user + system) / 1000;
    report.slowestMs = Math.max(report.slowestMs, ms);
    if (ms > mostMs) return broken(`took ${ms.toFixed(0)} ms of CPU`);
    if (index % HEAP_EVERY === 0) report.heapMb = Math.max(report.heapMb, process.memoryUsage().heapUsed / 1e6);
    if (report.heapMb > mostMb) return broken(`left a heap of ${report.heapMb.toFixed(0)} MB`);
  }
  return report;
}

async function watch(job: Job): Promise<Report> {
  const worker = new Worker(new URL(import.meta.url), { workerData: job, execArgv: ["--no-warnings"] });
  let [last, still, seconds] = [-1, 0, 0];
  const hang = Promise.withResolvers<Report>();
  const timer = setInterval(() => {
    const now = Atomics.load(job.at, 0);
    still = now === last ? still + 1 : 0;
    last = now;
    if ((seconds += 1) % NOTE_S === 0) process.stderr.write(`${job.name}: at input ${now}\n`);
    if (still < HANGS_S) return;
    hang.resolve({ taken: 0, refused: 0, slowestMs: Infinity, heapMb: 0, broken: `input ${now} does not come back` });
  }, 1_000);
  const ended = new Promise<Report>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  try {
    return await Promise.race([ended, hang.promise]);
  } finally {
    clearInterval(timer);
    await worker.terminate();
  }
}

async function main(): Promise<void> {
  const { values: flags } = parseArgs({
    options: {
      n: { type: "string", default: "100000" },
      seed: { type: "string", default: "1" },
      from: { type: "string", default: "0" },
      /** A reader by name; may be repeated. */
      only: { type: "string", multiple: true },
      "most-ms": { type: "string", default: "2000" },
      "most-mb": { type: "string", default: "700" },
    },
  });
  const limits = { mostMs: Number(flags["most-ms"]), mostMb: Number(flags["most-mb"]) };
  for (const { name } of READERS.filter((reader) => flags.only?.includes(reader.name) ?? true)) {
    const began = performance.now();
    const at = new Int32Array(new SharedArrayBuffer(4));
    const job = { name, seed: flags.seed, from: Number(flags.from), n: Number(flags.n), ...limits, at };
    const { taken, refused, slowestMs, heapMb, broken } = await watch(job);
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    const figures = `${taken} taken, ${refused} refused, slowest ${slowestMs.toFixed(0)} ms of CPU, heap ${heapMb.toFixed(0)} MB, ${seconds} s`;
    process.stdout.write(
      `${name}: seed ${flags.seed}, ${figures}${broken === undefined ? "" : `\n  BROKEN: ${broken}`}\n`,
    );
    if (broken !== undefined) process.exitCode = 1;
  }
}

if (isMainThread) await main();
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port to the parent thread has no origin
else parentPort?.postMessage(work(workerData as Job));
