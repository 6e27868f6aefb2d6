/**
 * Loaded into a measured process with `--import`: writes at its exit what it used, to the file that BENCH_USAGE_FILE
 * names. Peak memory is VmHWM where there is one: `maxRSS` may still hold the parent's from before the exec.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";

const file = process.env.BENCH_USAGE_FILE;
delete process.env.BENCH_USAGE_FILE;

if (isMainThread && file !== undefined) {
  process.once("exit", () => {
    const { userCPUTime, systemCPUTime } = process.resourceUsage();
    writeFileSync(file, JSON.stringify({ cpuMs: (userCPUTime + systemCPUTime) / 1000, peakMb: peakKb() / 1024 }));
  });
}

function peakKb(): number {
  try {
    const peak = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    if (peak !== undefined) return Number(peak);
  } catch {
    // Not on Linux: the next best figure follows.
  }
  return process.resourceUsage().maxRSS;
}
