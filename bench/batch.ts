/**
 * A batch of many offline rows whose process is killed (`kill -9`) at random moments and started again: each row must be run once, and
 * the summary add up to what the journals say. `--rows 200 --kills 10 --seed 1`. It counts, and measures no speed. Exits 1 where something
 * does not hold.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { BatchSummary } from "../app/batch/summary.ts";
import { seededRandom } from "../test/support/seeded-random.ts";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "200" },
    kills: { type: "string", default: "10" },
    parallel: { type: "string", default: "6" },
    seed: { type: "string", default: "1" },
  },
});
const [rows, kills] = [Number(values.rows), Number(values.kills)];
const random = seededRandom(values.seed);
const folder = mkdtempSync(join(tmpdir(), "glasshive-batch-"));
const [out, file] = [join(folder, "out"), join(folder, "rows.jsonl")];
// A copy: a document that changes meanwhile has every row run again.
const docs = join(folder, "docs");
cpSync(fileURLToPath(new URL("../docs/decisions", import.meta.url)), docs, { recursive: true });
const command = fileURLToPath(new URL("../bin/glasshive.mjs", import.meta.url));
const words = [
  "reservation",
  "step",
  "lane",
  "journal",
  "board",
  "planner",
  "hedge",
  "limiter",
  "budget",
  "checkpoint",
];
const lines = Array.from({ length: rows }, (_, at) => ({
  id: `row-${at}`,
  task: `What is a ${words[at % 10]}? (${at})`,
}));
writeFileSync(file, lines.map((line) => JSON.stringify(line)).join("\n"));

const begun = (): number => (existsSync(join(out, "runs")) ? readdirSync(join(out, "runs")).length : 0);

function start() {
  const args = [command, "batch", file, "--out", out, "--docs", docs, "--parallel", values.parallel];
  return spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"], cwd: folder });
}

/** After so many more rows have begun, and some moment more. */
async function killOnce(at: number): Promise<void> {
  const child = start();
  const closed = once(child, "close");
  const goal = Math.min(rows, begun() + 2 + Math.floor(random() * ((2 * rows) / kills)));
  while (begun() < goal && child.exitCode === null) await delay(20);
  await delay(random() * 400);
  child.kill("SIGKILL");
  await closed;
  console.error(`kill ${at + 1}: ${begun()} rows begun`);
}

/** Lines of a kind in the journal of a run. */
function linesOf(run: string): Record<string, number> & { steps: number } {
  const counts: Record<string, number> & { steps: number } = { steps: 0 };
  for (const text of readFileSync(join(out, "runs", run, "journal.jsonl"), "utf8")
    .trimEnd()
    .split("\n")) {
    const { kind, data } = JSON.parse(text) as { kind: string; data: { usage?: { steps: number } } };
    counts[kind] = (counts[kind] ?? 0) + 1;
    if (kind === "settle") counts.steps += data.usage?.steps ?? 0;
  }
  return counts;
}

for (let at = 0; at < kills; at += 1) await killOnce(at);
const last = start();
await once(last, "close");
const summary = JSON.parse(readFileSync(join(out, "summary.json"), "utf8")) as BatchSummary;
const journals = summary.results.map(({ run }) => linesOf(run ?? ""));
const sum = (of: (journal: ReturnType<typeof linesOf>) => number): number =>
  journals.reduce((all, each) => all + of(each), 0);
const facts = {
  rows: summary.rows.total,
  runs: begun(),
  starts: sum((each) => each["run-start"] ?? 0),
  ends: sum((each) => each["run-close"] ?? 0),
  continued: sum((each) => each["process-start"] ?? 0),
  steps: sum(({ steps }) => steps),
  "steps in the summary": summary.spent.steps,
};
console.log(JSON.stringify({ ...facts, kills, exitCode: last.exitCode, classes: summary.rows }, null, 2));
rmSync(folder, { recursive: true, force: true });
const holds = [facts.rows, facts.runs, facts.starts, facts.ends].every((count) => count === rows);
process.exitCode = holds && facts.steps === summary.spent.steps ? 0 : 1;
