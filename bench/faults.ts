/**
 * Many lanes of which a share of the calls fails at random, and the same run undisturbed: `node bench/faults.ts`. Prints how
 * much longer the faults make it, and what the policy did. The same seed fails the same calls.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { JournalLine } from "../engine/journal/events.ts";
import type { RunResult } from "../state/run-result.ts";
import { randomFaults } from "../test/faults/random-faults.ts";
import { layeredPlan } from "../test/support/layered-plan.ts";
import {
  byRole,
  startModelServer,
  synthesizerAnswer,
  type Behaviour,
  type Delay,
} from "../test/support/model-server/index.ts";
import { readJournalFile } from "../test/support/read-journal.ts";
import { measureCommand } from "./measure.ts";
import { markdownTable } from "./table.ts";

const { values: flags } = parseArgs({
  options: {
    lanes: { type: "string", default: "300" },
    calls: { type: "string", default: "8" },
    layers: { type: "string", default: "1" },
    share: { type: "string", default: "0.1" },
    "delay-ms": { type: "string", default: "1000" },
    "delay-sigma": { type: "string", default: "0" },
    seeds: { type: "string", default: "1,2" },
    /** Model calls in flight; may be a list. 50 is the product's default. */
    concurrency: { type: "string", default: "50,300" },
    /** Milliseconds in the `retry-after-ms` of a 429; absent: no such header. */
    "retry-after-ms": { type: "string" },
    /** Instead of random faults: everything is refused with 429 for so many seconds from the first call on. */
    "outage-s": { type: "string" },
    /** JSON, as in `--config`: `{"detection": {…}, "recovery": {…}}`. */
    config: { type: "string", default: "{}" },
  },
});
const CLI = fileURLToPath(new URL("../app/cli/main.ts", import.meta.url));
const lanes = Number(flags.lanes);
const calls = Number(flags.calls);

interface Run {
  makespanS: number;
  result: RunResult;
  lines: JournalLine[];
  serverCalls: number;
}

interface Shape {
  seed: number;
  concurrency: number;
  agent: Behaviour;
}

async function run({ seed, concurrency, agent }: Shape): Promise<Run> {
  const server = await startModelServer({ behaviour: byRole({ agent, synthesizer: synthesizerAnswer() }) });
  const home = await mkdtemp(join(tmpdir(), "glasshive-bench-"));
  try {
    const plan = layeredPlan({ subtasks: lanes, layers: Number(flags.layers), fanIn: 2, seed, steps: calls + 3 });
    await writeFile(join(home, "plan.json"), JSON.stringify(plan));
    await writeFile(join(home, "config.json"), flags.config);
    const place = [
      "--plan",
      join(home, "plan.json"),
      "--config",
      join(home, "config.json"),
      "--home",
      home,
      "--id",
      "r",
    ];
    const model = ["--model", "m", "--base-url", server.url, "--concurrency", String(concurrency), "--json"];
    const { stdout, stderr } = await measureCommand({
      args: [CLI, "run", ...place, ...model],
      env: { OPENAI_API_KEY: "test" },
    });
    if (stdout === "") throw new Error(stderr.slice(-500));
    const records = server.records().filter(({ subtask }) => subtask !== null);
    const makespanMs =
      Math.max(...records.map(({ endMs }) => endMs ?? 0)) - Math.min(...records.map(({ startMs }) => startMs));
    const lines = readJournalFile(home, "r");
    return {
      makespanS: makespanMs / 1000,
      result: JSON.parse(stdout) as RunResult,
      lines,
      serverCalls: records.length,
    };
  } finally {
    await server.close();
    await rm(home, { recursive: true, force: true });
  }
}

/** Everything is refused until its time is over, then as `after` says. */
function outage(seconds: number, after: Behaviour): Behaviour {
  let since = 0;
  return (call) => {
    since ||= performance.now();
    return performance.now() - since < seconds * 1000 ? { status: 429, delayMs: 20 } : after(call);
  };
}

/** Signals that are not followed by a decision on them, in the same lane and attempt. */
function unexplained(lines: readonly JournalLine[]): number {
  const open = new Map<string, number>();
  for (const { kind, subtask = "", attempt = 0, data } of lines) {
    if (kind !== "signal" && kind !== "recovery") continue;
    const key = `${subtask}/${attempt}/${kind === "signal" ? data.kind : data.signal}`;
    open.set(key, (open.get(key) ?? 0) + (kind === "signal" ? 1 : -1));
  }
  return [...open.values()].reduce((sum, count) => sum + Math.abs(count), 0);
}

function decisions(lines: readonly JournalLine[]): string {
  const counts = new Map<string, number>();
  for (const { kind, data } of lines) {
    if (kind !== "recovery") continue;
    const what = `${data.signal} → ${data.action}`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts]
    .toSorted(([, one], [, other]) => other - one)
    .map(([what, count]) => `${what} ${count}`)
    .join(", ");
}

const delayOf = (seed: number): Delay =>
  Number(flags["delay-sigma"]) > 0
    ? { kind: "lognormal", seed, medianMs: Number(flags["delay-ms"]), sigma: Number(flags["delay-sigma"]) }
    : { kind: "fixed", ms: Number(flags["delay-ms"]) };

const rows = [];
for (const concurrency of flags.concurrency.split(",").map(Number)) {
  for (const seed of flags.seeds.split(",").map(Number)) {
    const shape = { seed, calls, delay: delayOf(seed) };
    const retryAfter = flags["retry-after-ms"] === undefined ? {} : { retryAfterMs: Number(flags["retry-after-ms"]) };
    const calmAgent = randomFaults({ ...shape, share: 0 });
    const calm = await run({ seed, concurrency, agent: calmAgent });
    const agent =
      flags["outage-s"] === undefined
        ? randomFaults({ ...shape, ...retryAfter, share: Number(flags.share) })
        : outage(Number(flags["outage-s"]), calmAgent);
    const struck = await run({ seed, concurrency, agent });
    rows.push({ concurrency, seed, calm, struck });
    process.stderr.write(`concurrency ${concurrency}, seed ${seed}: ${decisions(struck.lines)}\n`);
    const last = struck.result.subtasks.toSorted((one, other) =>
      (other.endedAt ?? "").localeCompare(one.endedAt ?? ""),
    )[0];
    const story = struck.lines.filter((line) => line.kind === "recovery").filter(({ subtask }) => subtask === last?.id);
    process.stderr.write(
      `  the last lane, ${last?.id}: ${story.map(({ data }) => `${data.rule} (${data.delayMs} ms)`).join(", ")}\n`,
    );
  }
}
const table = markdownTable(rows, [
  { title: "in flight", value: (row) => row.concurrency, digits: 0 },
  { title: "seed", value: (row) => row.seed, digits: 0 },
  { title: "undisturbed s", value: (row) => row.calm.makespanS },
  { title: "with faults s", value: (row) => row.struck.makespanS },
  { title: "ratio", value: (row) => row.struck.makespanS / row.calm.makespanS },
  { title: "done", value: (row) => `${row.struck.result.coverage.done} of ${row.struck.result.coverage.total}` },
  { title: "calls", value: (row) => row.calm.serverCalls, digits: 0 },
  { title: "calls with faults", value: (row) => row.struck.serverCalls, digits: 0 },
  { title: "signals", value: (row) => row.struck.lines.filter(({ kind }) => kind === "signal").length, digits: 0 },
  { title: "unexplained", value: (row) => unexplained(row.struck.lines), digits: 0 },
]);
process.stdout.write(
  `${lanes} lanes × ${calls} calls, ${flags["delay-ms"]} ms a call, ${flags["outage-s"] === undefined ? `${Number(flags.share) * 100} % of calls fail` : `everything refused for ${flags["outage-s"]} s`}\n\n${table}\n\nNot measured: a provider whose faults come together; planner and synthesizer that fail; other machines.\n`,
);
