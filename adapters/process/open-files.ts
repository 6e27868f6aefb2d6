import { readFileSync } from "node:fs";
import { report as nodeReport } from "node:process";
import { fieldOf } from "../../state/is-record.ts";

/** Not to look up the names of the machines that this process is connected to; Node's types do not have it yet. */
const report: typeof nodeReport & { excludeNetwork?: boolean } = nodeReport;

/**
 * How many files and connections this process may have open at once; undefined where the system does not say (Windows), or says
 * that there is no limit. Node raises the soft limit to the hard one when it starts.
 */
export function openFileLimit(): number | undefined {
  try {
    const soft = /^Max open files +(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    if (soft !== undefined) return soft === "unlimited" ? undefined : Number(soft);
  } catch {
    // No Linux, or it may not be read.
  }
  return reportedLimit();
}

/** Takes some twenty milliseconds. */
function reportedLimit(): number | undefined {
  const { excludeNetwork } = report;
  report.excludeNetwork = true;
  try {
    const soft = fieldOf(fieldOf(fieldOf(report.getReport(), "userLimits"), "open_files"), "soft");
    return typeof soft === "number" ? soft : undefined;
  } finally {
    report.excludeNetwork = excludeNetwork ?? false;
  }
}
