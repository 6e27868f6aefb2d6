/** What a piece of work costs: time, CPU and memory of its process, and what the model server saw of it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { ServerStats, SpawnedModelServer } from "../test/support/model-server/index.ts";

export interface ProcessFigures {
  wallS: number;
  /** User and system time. For a command: of the whole process, start-up and loading of modules included. */
  cpuMs: number;
  peakMb: number;
}

export interface CommandFigures extends ProcessFigures {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface ServerFigures {
  /** From the arrival of the first call with a subtask to the end of the last one. */
  makespanS: number;
  /** Of all callers, planner and synthesizer included. */
  calls: number;
  maxInFlight: number;
  /** (subtask, turn) pairs that were asked more than once. */
  repeated: number;
  unexpected: number;
  serverCpuMs: number;
}

/** Measures a function in this process; its peak memory is sampled every 20 ms and includes what was there before. */
export async function measureFunction(run: () => Promise<unknown>): Promise<ProcessFigures> {
  let peak = process.memoryUsage.rss();
  const sample = (): void => void (peak = Math.max(peak, process.memoryUsage.rss()));
  const timer = setInterval(sample, 20);
  const [started, cpuBefore] = [performance.now(), process.cpuUsage()];
  try {
    await run();
  } finally {
    clearInterval(timer);
  }
  sample();
  const { user, system } = process.cpuUsage(cpuBefore);
  return { wallS: (performance.now() - started) / 1000, cpuMs: (user + system) / 1000, peakMb: peak / 2 ** 20 };
}

export interface CommandOptions {
  /** Arguments of `node`: the script and its own. */
  args: string[];
  env?: Record<string, string>;
  /** The process is killed then; default 15 minutes. */
  timeoutMs?: number;
}

/** Runs a Node program, which reports its own usage as it exits. Throws when it was killed before it could. */
export async function measureCommand({ args, env = {}, timeoutMs = 900_000 }: CommandOptions): Promise<CommandFigures> {
  const folder = await mkdtemp(join(tmpdir(), "glasshive-usage-"));
  try {
    const file = join(folder, "usage.json");
    const started = performance.now();
    const child = spawn(process.execPath, ["--import", new URL("./report-usage.ts", import.meta.url).href, ...args], {
      env: { ...process.env, ...env, BENCH_USAGE_FILE: file },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: timeoutMs,
      killSignal: "SIGKILL",
    });
    const [[exitCode, signal], stdout, stderr] = await Promise.all([
      once(child, "exit"),
      text(child.stdout),
      text(child.stderr),
    ]);
    const wallS = (performance.now() - started) / 1000;
    if (exitCode === null)
      throw new Error(`${args[0]} was ended by ${signal} after ${wallS.toFixed(1)} s: ${stderr.slice(-500)}`);
    const usage = JSON.parse(await readFile(file, "utf8")) as { cpuMs: number; peakMb: number };
    return { wallS, ...usage, exitCode: Number(exitCode), stdout, stderr };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs the work between a reset and a reading of the server's figures. */
export async function measureAgainst<Figures>(
  server: SpawnedModelServer,
  run: () => Promise<Figures>,
): Promise<Figures & ServerFigures> {
  await server.reset();
  const figures = await run();
  return { ...figures, ...serverFigures(await server.stats()) };
}

function serverFigures(stats: ServerStats): ServerFigures {
  const subtasks = Object.values(stats.subtasks);
  const first = subtasks.reduce((earliest, { firstStartMs }) => Math.min(earliest, firstStartMs), Infinity);
  const last = subtasks.reduce((latest, { lastEndMs }) => Math.max(latest, lastEndMs ?? 0), -Infinity);
  return {
    makespanS: subtasks.length === 0 ? 0 : (last - first) / 1000,
    calls: stats.calls,
    maxInFlight: stats.maxInFlight,
    repeated: stats.repeated.length,
    unexpected: stats.unexpected.length,
    serverCpuMs: stats.processCpuMs,
  };
}
