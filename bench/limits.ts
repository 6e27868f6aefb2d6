/**
 * What a run makes of an endpoint's limits: served calls against what the server allows in the same time, and how many were
 * refused. `node bench/limits.ts`. Calls take a second as a usual model's do; the figures a minute are chosen so that some ten
 * seconds show the steady state: the server's buckets hold a second's worth, where a provider's hold up to a minute's.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { RunResult } from "../state/run-result.ts";
import { layeredPlan } from "../test/support/layered-plan.ts";
import {
  byRole,
  startModelServer,
  synthesizerAnswer,
  toolCallsThenAnswer,
  type RateLimitOptions,
} from "../test/support/model-server/index.ts";
import type { CallRecord } from "../test/support/model-server/recorder.ts";
import { readJournalFile } from "../test/support/read-journal.ts";
import { measureCommand } from "./measure.ts";
import { markdownTable } from "./table.ts";

const { values: flags } = parseArgs({
  options: {
    lanes: { type: "string", default: "300" },
    "delay-ms": { type: "string", default: "1000" },
    /** Calls in flight at most, as the user asks for them: above what the server allows. */
    concurrency: { type: "string", default: "300" },
    /** Only the scenarios whose names contain this. */
    only: { type: "string", default: "" },
  },
});
const CLI = fileURLToPath(new URL("../app/cli/main.ts", import.meta.url));
const lanes = Number(flags.lanes);
const delayMs = Number(flags["delay-ms"]);
const BURST_MS = 1000;
const AT_ONCE = { concurrency: 100, burstMs: BURST_MS };
/** Input tokens of the first call of a lane of this plan, about. */
const TOKENS_A_CALL = 700;

interface Scenario {
  name: string;
  /** Calls of a lane. */
  calls: number;
  limits?: RateLimitOptions;
  /** As in `--config`. */
  config?: object;
}

const SCENARIOS: Scenario[] = [
  { name: "no limits", calls: 4 },
  { name: "100 at once", calls: 10, limits: { ...AT_ONCE, retryAfter: false } },
  { name: "100 at once, 3,000 requests/min", calls: 4, limits: { ...AT_ONCE, requestsPerMinute: 3000 } },
  {
    name: "the same, told by nobody",
    calls: 4,
    limits: { ...AT_ONCE, requestsPerMinute: 3000, headers: false, retryAfter: false },
  },
  {
    name: "the same, told by the user",
    calls: 4,
    limits: { ...AT_ONCE, requestsPerMinute: 3000, headers: false },
    config: { limits: { requestsPerMinute: 3000 } },
  },
  {
    name: "100 at once, tokens/min",
    calls: 6,
    limits: { ...AT_ONCE, tokensPerMinute: 3000 * TOKENS_A_CALL },
  },
];

interface Outcome {
  scenario: Scenario;
  seconds: number;
  served: number;
  /** What the server would have let through in the same time, in calls or in tokens. */
  share: number;
  refused: number;
  changes: number;
}

async function run(scenario: Scenario): Promise<Outcome> {
  const { limits, calls, config = {} } = scenario;
  const agent = toolCallsThenAnswer({ toolCalls: calls - 1 });
  const delay = { kind: "fixed" as const, ms: delayMs };
  const server = await startModelServer({
    behaviour: byRole({ agent, synthesizer: synthesizerAnswer() }),
    delay,
    ...(limits === undefined ? {} : { limits }),
  });
  const home = await mkdtemp(join(tmpdir(), "glasshive-bench-"));
  try {
    const plan = layeredPlan({ subtasks: lanes, layers: 1, fanIn: 0, seed: 1, steps: calls + 1 });
    await writeFile(join(home, "plan.json"), JSON.stringify(plan));
    await writeFile(join(home, "config.json"), JSON.stringify(config));
    const place = ["--plan", join(home, "plan.json"), "--config", join(home, "config.json"), "--home", home];
    const model = ["--model", "m", "--base-url", server.url, "--concurrency", flags.concurrency, "--json"];
    const { stdout, stderr } = await measureCommand({
      args: [CLI, "run", "--id", "r", ...place, ...model],
      env: { OPENAI_API_KEY: "test" },
    });
    const { coverage } = JSON.parse(stdout) as RunResult;
    if (coverage.done !== coverage.total)
      throw new Error(`${coverage.done} of ${coverage.total} done: ${stderr.slice(-300)}`);
    const changes = readJournalFile(home, "r").filter(({ kind }) => kind === "limit-change").length;
    return { scenario, ...figures(scenario, server.records()), changes };
  } finally {
    await server.close();
    await rm(home, { recursive: true, force: true });
  }
}

function figures({ limits = {} }: Scenario, records: readonly CallRecord[]) {
  const work = records.filter(({ subtask }) => subtask !== null);
  const served = work.filter(({ status }) => status === 200);
  const first = Math.min(...served.map(({ startMs }) => startMs));
  const seconds = (Math.max(...served.map(({ endMs }) => endMs ?? 0)) - first) / 1000;
  // Rates count at the arrival: what was allowed until the last one came.
  const arriving = (Math.max(...served.map(({ startMs }) => startMs)) - first) / 1000;
  const tokens = served.reduce((sum, { inputTokens }) => sum + inputTokens, 0);
  const atOnce = Math.min(limits.concurrency ?? Infinity, Number(flags.concurrency), lanes);
  const shares = [
    served.length / ((atOnce * seconds * 1000) / delayMs),
    limits.requestsPerMinute === undefined ? 0 : served.length / allowedIn(arriving, limits.requestsPerMinute),
    limits.tokensPerMinute === undefined ? 0 : tokens / allowedIn(arriving, limits.tokensPerMinute),
  ];
  return { seconds, served: served.length, share: Math.max(...shares), refused: work.length - served.length };
}

function allowedIn(seconds: number, perMinute: number): number {
  return (perMinute * (BURST_MS / 1000 + seconds)) / 60;
}

const outcomes: Outcome[] = [];
for (const scenario of SCENARIOS.filter(({ name }) => name.includes(flags.only))) {
  outcomes.push(await run(scenario));
  process.stderr.write(`${scenario.name}: ${outcomes.at(-1)!.seconds.toFixed(1)} s\n`);
}
const table = markdownTable(outcomes, [
  { title: "the server allows", value: ({ scenario }) => scenario.name },
  { title: "calls", value: ({ served }) => served, digits: 0 },
  { title: "seconds", value: ({ seconds }) => seconds },
  { title: "of what it allows %", value: ({ share }) => share * 100, digits: 1 },
  { title: "refused", value: ({ refused }) => refused, digits: 0 },
  { title: "refused %", value: ({ refused, served }) => (refused / (served + refused)) * 100, digits: 1 },
  { title: "limit changes", value: ({ changes }) => changes, digits: 0 },
]);
process.stdout.write(
  `${lanes} lanes, ${delayMs} ms a call, --concurrency ${flags.concurrency}; a burst is ${BURST_MS} ms of a rate (a provider's: up to a minute)\n\n${table}\n\nThe first round goes out at the ceiling: what it is refused is the price of not starting slowly where nothing is limited.\nNot measured: a provider that counts tokens otherwise than it reports them; several processes on one key.\n`,
);
