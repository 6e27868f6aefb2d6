/**
 * The page of a batch: one file that asks for nothing else, to be opened from the disk. Its rows are data that its program reads.
 *
 * 1. Nothing of a task, an id or an evidence is markup: the head is escaped here, and the program writes texts alone.
 * 2. The policy of the page lets nothing load, and only its own program and style be used.
 */
import { createHash } from "node:crypto";
import type { Amounts } from "../../state/usage.ts";
import { ROW_CLASSES, type BatchCaps } from "../../state/batch.ts";
import { clockTime, compact, count, dollars, duration, many } from "../../state/amounts.ts";
import type { BatchSummary } from "./summary.ts";

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
  for (const [at, row] of summary.results.entries()) {
    const shown = { cost: row.usage.usd === 0 ? "" : dollars(row.usage.usd), time: duration(row.wallMs) };
    yield `${at === 0 ? "" : ",\n"}${dataOf({ ...row, shown })}`;
  }
  yield `]}</script>
<script>${PAGE_PROGRAM}</script>
</body>
</html>
`;
}

function headOf({ rows, spent, caps, workedMs, root, problems }: BatchSummary): string {
  const refused = problems.slice(0, 20).map(({ line, problem }) => `<p>Line ${line}: ${escaped(problem)}</p>`);
  const more = problems.length > 20 ? `<p>… and ${problems.length - 20} more lines: see summary.json</p>` : "";
  const classes = ROW_CLASSES.filter((name) => rows[name] > 0).map(
    (name) => `<button type="button" aria-pressed="false" data-class="${name}">${count(rows[name])} ${name}</button>`,
  );
  return `<h1>${escaped(many(rows.total, "row"))}</h1>
<p>${escaped(figuresOf(spent, caps, workedMs).join(" · "))}</p>
<p>Merkle root <code>${escaped(root)}</code></p>
${refused.join("\n")}${more}
<form role="search"><input id="search" type="search" placeholder="Filter by id, task or evidence" aria-label="Filter">${classes.join("")}<span id="found" class="soft" role="status"></span></form>`;
}

/** What was spent, each amount with what it may come to; money where there is any to speak of. */
export function figuresOf({ steps, tokens, usd }: Amounts, caps: BatchCaps, workedMs: number): string[] {
  const against = (amount: number, cap: number | undefined, shown: (amount: number) => string): string =>
    cap === undefined ? shown(amount) : `${shown(amount)} of ${shown(cap)}`;
  return [
    `${against(steps, caps.maxSteps, count)} steps`,
    `${against(tokens, caps.maxTokens, compact)} tokens`,
    ...(usd === 0 && caps.maxUsd === undefined ? [] : [against(usd, caps.maxUsd, dollars)]),
    against(workedMs, caps.deadlineMs, clockTime),
  ];
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

const PAGE_STYLE = `
:root { color-scheme: light dark; --line: color-mix(in srgb, CanvasText 15%, Canvas); --soft: color-mix(in srgb, CanvasText 65%, Canvas); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 90rem; padding: 1.5rem; font: 15px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: 0 0 .25rem; }
p { margin: .2rem 0; color: var(--soft); overflow-wrap: anywhere; }
code { font-size: .85em; }
form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin: 1rem 0; }
input { flex: 1 1 16rem; max-width: 28rem; }
input, button { font: inherit; padding: .3rem .6rem; border: 1px solid var(--line); border-radius: .4rem; background: Canvas; color: CanvasText; }
button { cursor: pointer; }
button[aria-pressed="true"] { background: CanvasText; color: Canvas; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .45rem .6rem; border-bottom: 1px solid var(--line); }
thead th { position: sticky; top: 0; background: Canvas; }
thead button { border: 0; padding: 0; font-weight: 600; white-space: nowrap; background: none; color: CanvasText; }
th[aria-sort="ascending"] button::after { content: " ↑"; }
th[aria-sort="descending"] button::after { content: " ↓"; }
td:nth-child(2), td:nth-child(3) { min-width: 13rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.soft { color: var(--soft); font-size: .87em; overflow-wrap: anywhere; }
.id { font-weight: 600; overflow-wrap: anywhere; }
.class { display: inline-block; padding: 0 .5rem; border-radius: 1rem; border: 1px solid currentColor; font-size: .87em; }
.complete { color: light-dark(#116329, #6fdd8b); }
.partial, .capped { color: light-dark(#8a4600, #f0b04b); }
.failed, .infra { color: light-dark(#a40e26, #ff8182); }
.paused { color: light-dark(#0550ae, #79c0ff); }
.links { white-space: nowrap; }
`;

const PAGE_PROGRAM = `
"use strict";
const batch = JSON.parse(document.getElementById("data").textContent);
const AT_ONCE = 150;
const decimals = new Intl.NumberFormat("en");
const columns = [
  { name: "Line", of: (row) => row.line, number: true },
  { name: "Row", of: (row) => row.id, show: row => [text("div", row.id, "id"), text("div", row.task, "soft")] },
  { name: "Class", of: (row) => row.class, show: row => [text("span", row.class, "class " + row.class), text("div", row.evidence, "soft")] },
  { name: "Status", of: (row) => row.status ?? "" },
  { name: "Coverage", of: coverage, show: row => [row.coverage === null ? "" : row.coverage.done + " of " + row.coverage.total], number: true },
  { name: "Cost", of: (row) => row.usage.usd, show: row => [row.shown.cost], number: true },
  { name: "Steps", of: (row) => row.usage.steps, show: row => [decimals.format(row.usage.steps)], number: true },
  { name: "Tokens", of: tokens, show: row => [decimals.format(tokens(row))], number: true },
  { name: "Time", of: (row) => row.wallMs, show: row => [row.shown.time], number: true },
  { name: "Run", of: (row) => row.run ?? "", show: links, className: "links" },
];
const state = { words: "", classes: new Set(), by: columns[0], isDown: false, rows: [], drawn: 0 };
const head = document.querySelector("thead tr");
const body = document.querySelector("tbody");
const found = document.getElementById("found");

function text(tag, words, className) {
  const element = document.createElement(tag);
  element.textContent = words;
  if (className) element.className = className;
  return element;
}
function coverage(row) { return row.coverage === null || row.coverage.total === 0 ? -1 : row.coverage.done / row.coverage.total; }
function tokens(row) { return row.usage.inputTokens + row.usage.outputTokens; }
function links(row) {
  return [["answer", row.answer], ["journal", row.journal]].flatMap(([name, path]) => {
    if (path === null) return [];
    const link = text("a", name);
    link.href = "./" + path.split("/").map(encodeURIComponent).join("/");
    return [link, " "];
  });
}
function cells(row) {
  const line = document.createElement("tr");
  for (const { of, show, number, className } of columns) {
    const cell = document.createElement("td");
    if (number || className) cell.className = className ?? "number";
    cell.append(...(show === undefined ? [String(of(row))] : show(row)));
    line.append(cell);
  }
  return line;
}
function more() {
  const next = state.rows.slice(state.drawn, state.drawn + AT_ONCE);
  state.drawn += next.length;
  body.append(...next.map(cells));
}
function draw() {
  const words = state.words.toLowerCase().split(/\\s+/).filter(Boolean);
  const fits = (row) => {
    if (state.classes.size > 0 && !state.classes.has(row.class)) return false;
    const all = (row.id + " " + row.task + " " + row.class + " " + (row.status ?? "") + " " + row.evidence).toLowerCase();
    return words.every((word) => all.includes(word));
  };
  const { of } = state.by;
  const order = (one, other) => typeof one === "number" ? one - other : one < other ? -1 : one > other ? 1 : 0;
  state.rows = batch.results.filter(fits).sort((one, other) => (state.isDown ? -1 : 1) * order(of(one), of(other)) || one.line - other.line);
  state.drawn = 0;
  body.replaceChildren();
  more();
  found.textContent = decimals.format(state.rows.length) + " of " + decimals.format(batch.results.length) + " rows";
  for (const [at, cell] of [...head.children].entries())
    if (columns[at] === state.by) cell.setAttribute("aria-sort", state.isDown ? "descending" : "ascending");
    else cell.removeAttribute("aria-sort");
}
for (const column of columns) {
  const cell = document.createElement("th");
  cell.scope = "col";
  if (column.number) cell.className = "number";
  const button = text("button", column.name);
  button.type = "button";
  button.onclick = () => { state.isDown = state.by === column && !state.isDown; state.by = column; draw(); };
  cell.append(button);
  head.append(cell);
}
for (const button of document.querySelectorAll("[data-class]"))
  button.onclick = () => {
    const name = button.dataset.class;
    if (!state.classes.delete(name)) state.classes.add(name);
    button.setAttribute("aria-pressed", String(state.classes.has(name)));
    draw();
  };
const search = document.getElementById("search");
search.oninput = () => { state.words = search.value; draw(); };
document.querySelector("form").onsubmit = (event) => event.preventDefault();
new IntersectionObserver((seen) => { if (seen.some((one) => one.isIntersecting) && state.drawn < state.rows.length) more(); }, { rootMargin: "1200px" }).observe(document.getElementById("end"));
draw();
`;
