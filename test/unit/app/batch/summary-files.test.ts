/** What a stranger's task says is text in the page and in the table of a batch, never markup, a program or a formula. */
import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { pageOf } from "../../../../app/batch/page.ts";
import { csvOf, type BatchSummary, type SummaryRow } from "../../../../app/batch/summary.ts";
import { withoutRun } from "../../../../engine/policy/batch/row-outcome.ts";
import { NO_USAGE, NOTHING } from "../../../../state/usage.ts";

const HOSTILE = '</script><script>alert(1)</script><img src=x onerror=alert(1)> "quoted", with a comma';

function rowOf(task: string): SummaryRow {
  const files = { run: "r", answer: "runs/r/answer.md", journal: "runs/r/journal.jsonl" };
  return { id: "r", line: 1, task, identity: "i", ...files, ...withoutRun("failed", task) };
}

function summaryOf(row: SummaryRow): BatchSummary {
  const rows = { total: 1, complete: 0, partial: 0, capped: 0, infra: 0, failed: 1, paused: 0, refused: 1 };
  const problems = [{ line: 2, problem: HOSTILE }];
  const sums = { caps: {}, spent: NOTHING, usage: NO_USAGE, workedMs: 0, root: "" };
  return { version: 1, exitCode: 1, rows, ...sums, problems, results: [row] };
}

it("writes a page in which texts end no element, and whose policy lets only its own program run", () => {
  const page = [...pageOf(summaryOf(rowOf(HOSTILE)))].join("");
  expect(page).not.toContain("<script>alert");
  expect(page).not.toContain("<img");
  const data = /<script type="application\/json" id="data">([^]*?)<\/script>/.exec(page)?.[1] ?? "";
  expect(JSON.parse(data)).toMatchObject({ results: [{ task: HOSTILE }] });
  expect(page.replace(data, "")).not.toMatch(/<[^>]*\b(?:src|href)=|https?:/);
  const program = /<script>([^]*?)<\/script>/.exec(page)?.[1] ?? "";
  const digest = createHash("sha256").update(program).digest("base64");
  expect(page).toContain(`default-src 'none'; style-src 'sha256-`);
  expect(page).toContain(`script-src 'sha256-${digest}'`);
});

it("writes a table in which fields are quoted where they must be, and no text is a formula", () => {
  const [header, line] = [...csvOf([rowOf(HOSTILE)])];
  expect(header).toMatch(/^id,line,class,evidence,.*\r\n$/);
  expect(line).toContain(`"${HOSTILE.replaceAll('"', '""')}"`);
  for (const formula of ["=cmd|calc", "+1", "-1", "@SUM(A1)"])
    expect([...csvOf([rowOf(formula)])][1]).toContain(`,'${formula},`);
});
