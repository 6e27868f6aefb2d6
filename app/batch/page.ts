/**
 * The page of a batch: one file that asks for nothing else, to be opened from the disk. Its rows are data that its program reads.
 *
 * 1. Nothing of a task, an id or an evidence is markup: the head is escaped here, and the program writes texts alone.
 * 2. The policy of the page lets nothing load, and only its own program and style be used.
 */
import { createHash } from "node:crypto";
import { ROW_CLASSES } from "../../state/batch.ts";
import { count, dollars, many } from "../cli/view/amounts.ts";
import { PAGE_PROGRAM, PAGE_STYLE } from "./page-parts.ts";
import type { BatchSummary } from "./summary.ts";
import { seconds } from "../../state/plain-text.ts";

export function* pageOf(summary: BatchSummary): Generator<string> {
  const policy = `default-src 'none'; style-src '${sourceOf(PAGE_STYLE)}'; script-src '${sourceOf(PAGE_PROGRAM)}'; base-uri 'none'; form-action 'none'`;
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Batch: ${escaped(many(summary.rows.total, "row"))}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
${headOf(summary)}
<noscript><p>Without JavaScript: the same rows are in summary.csv.</p></noscript>
<div class="wide"><table><thead><tr></tr></thead><tbody></tbody></table></div>
<div id="end"></div>
<script type="application/json" id="data">{"results":[`;
  for (const [at, row] of summary.results.entries()) yield `${at === 0 ? "" : ",\n"}${dataOf(row)}`;
  yield `]}</script>
<script>${PAGE_PROGRAM}</script>
</body>
</html>
`;
}

function headOf({ rows, spent, caps, workedMs, root, problems }: BatchSummary): string {
  const { steps, tokens, usd } = spent;
  const figures = [
    `${count(steps)}${of(caps.maxSteps, count)} steps`,
    `${count(tokens)}${of(caps.maxTokens, count)} tokens`,
    `${dollars(usd)}${of(caps.maxUsd, dollars)}`,
    `${seconds(workedMs)}${of(caps.deadlineMs, seconds)}`,
  ];
  const refused = problems.slice(0, 20).map(({ line, problem }) => `<p>Line ${line}: ${escaped(problem)}</p>`);
  const more = problems.length > 20 ? `<p>… and ${problems.length - 20} more lines: see summary.json</p>` : "";
  const classes = ROW_CLASSES.filter((name) => rows[name] > 0).map(
    (name) => `<button type="button" aria-pressed="false" data-class="${name}">${count(rows[name])} ${name}</button>`,
  );
  return `<h1>${escaped(many(rows.total, "row"))}</h1>
<p>${escaped(figures.join(" · "))}</p>
<p>Merkle root <code>${escaped(root)}</code></p>
${refused.join("\n")}${more}
<form role="search"><input id="search" type="search" placeholder="Filter by id, task or evidence" aria-label="Filter">${classes.join("")}<span id="found" class="soft" role="status"></span></form>`;
}

function of(cap: number | undefined, shown: (value: number) => string): string {
  return cap === undefined ? "" : ` of ${shown(cap)}`;
}

/** As the policy names what may be used. */
function sourceOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}

/** JSON that ends no element. */
function dataOf(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
