/** The parallelism report in words. Pure. */
import type { ParallelismReport } from "../../state/parallelism.ts";
import { seconds } from "../../state/plain-text.ts";

const MOST_WARNINGS = 4;
const MOST_NAMED = 6;

/** At most twelve lines; none where no lane has worked. */
export function parallelismText(report: ParallelismReport): string[] {
  if (report.efficiency === null) return [];
  const { longestPath, waitedMs, tokensPerResult, warnings } = report;
  const named = longestPath.subtasks.slice(0, MOST_NAMED).join(" → ");
  const more = longestPath.subtasks.length > MOST_NAMED ? " → …" : "";
  return [
    "parallelism:",
    `  ${report.averageLanes.toFixed(1)} lanes at work on average, ${report.peakLanes} at most; efficiency ${Math.round(report.efficiency * 100)} % over ${seconds(report.makespanMs)}`,
    `  ${report.criticalSteps} critical steps; longest path ${seconds(longestPath.ms)}: ${named}${more}`,
    `  lanes waited ${seconds(waitedMs.inputs)} for inputs, ${seconds(waitedMs.agentSlot)} for an agent slot; calls waited ${seconds(waitedMs.modelSlot)} for a model slot, ${seconds(waitedMs.provider)} for the provider${waitedMs.human > 0 ? `; ${seconds(waitedMs.human)} for people` : ""}`,
    ...(tokensPerResult === null ? [] : [`  ${Math.round(tokensPerResult)} tokens per useful result`]),
    ...warnings.slice(0, MOST_WARNINGS).map(({ kind, evidence }) => `  warning: ${kind}: ${evidence}`),
  ];
}
