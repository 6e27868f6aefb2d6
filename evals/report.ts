/** The verdicts as a table for a terminal, and below it what failed. Pure. */
import { scoreOf, type Verdict } from "./suite.ts";

const LONGEST_TASK = 66;

export function reportText(name: string, verdicts: readonly Verdict[]): string {
  const rows = verdicts.map((verdict) => [
    verdict.case.kind,
    cut(verdict.case.task),
    `${verdict.checks.filter((check) => check.holds).length}/${verdict.checks.length}`,
    `${verdict.citations.verified}/${verdict.citations.total}`,
    String(verdict.ms),
  ]);
  const table = aligned([["kind", "question", "checks", "citations", "ms"], ...rows]);
  const failed = verdicts.flatMap((verdict) => {
    const names = verdict.checks.filter((check) => !check.holds).map((check) => `    ✗ ${check.name}`);
    return names.length === 0 ? [] : [`  ${cut(verdict.case.task)}`, ...names];
  });
  const score = scoreOf(verdicts);
  const summary = [
    `${name}: ${score.passed} of ${score.checks} checks hold, ${score.clean} of ${verdicts.length} questions in full; `,
    `${score.verified} of ${score.citations} citations verified.`,
  ].join("");
  return [...table, "", ...(failed.length === 0 ? [] : ["Failed:", ...failed, ""]), summary].join("\n");
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => (row[at] ?? "").length)));
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

function cut(task: string): string {
  const text = task.replace(/\s+/g, " ");
  return text.length <= LONGEST_TASK ? text : `${text.slice(0, LONGEST_TASK - 1)}…`;
}
