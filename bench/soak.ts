/**
 * Random runs at a server that misbehaves at random: `node bench/soak.ts --runs 300 --seed 1`. Each run draws its plan, caps,
 * faults and kills (SIGKILL, then `resume`) from the seed, and is held to what is promised: no cap passed by one call, nothing
 * that a fault sent is published, the outcome says what happened, every process ends. Exit code 1 where one is broken.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { RunResult } from "../state/run-result.ts";
import { MISLEADING, providerFaults } from "../test/faults/provider-faults.ts";
import { layeredPlan } from "../test/support/layered-plan.ts";
import { byRole, startModelServer, synthesizerAnswer, type ModelServer } from "../test/support/model-server/index.ts";
import { readJournalFile } from "../test/support/read-journal.ts";
import { seededRandom } from "../test/support/seeded-random.ts";

const { values: flags } = parseArgs({
  options: {
    runs: { type: "string", default: "300" },
    seed: { type: "string", default: "1" },
    /** Only this run of the seed: to look at what broke. Its home is kept. */
    only: { type: "string" },
    parallel: { type: "string", default: "2" },
    /** A process that has not ended by then hangs. */
    "timeout-s": { type: "string", default: "120" },
  },
});
const CLI = fileURLToPath(new URL("../bin/glasshive.mjs", import.meta.url));
const PRICE = { input: 1, output: 4 };
const MOST_MB = 700;

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
  hung: boolean;
  peakMb: number;
}

interface Story {
  name: string;
  broken: string[];
  kills: number;
  requests: number;
  code: number | null;
  peakMb: number;
  faults: number;
}

/** One drawn run. */
function draw(name: string) {
  const random = seededRandom(`soak:${name}`);
  const between = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1));
  const calls = between(1, 4);
  const subtasks = between(1, 16);
  const work = subtasks * calls;
  const capped = random() < 0.7;
  const caps = capped
    ? [
        ["--max-steps", String(between(3, Math.ceil(work * 1.5) + 3))],
        ["--max-tokens", String(between(4_000, work * 3_000 + 20_000))],
        ["--max-usd", (0.005 + random() * work * 0.006).toFixed(4)],
      ][between(0, 2)]!
    : [];
  return {
    random,
    between,
    calls,
    caps,
    plan: layeredPlan({ subtasks, layers: between(1, 3), fanIn: 2, seed: between(1, 1e6), steps: calls + 3 }),
    share: random() < 0.2 ? 0 : random() * 0.5,
    concurrency: between(1, 16),
    kills: random() < 0.5 ? between(1, 4) : 0,
  };
}

type Drawn = ReturnType<typeof draw>;

async function start(args: string[], killed: (child: { exitCode: number | null }) => Promise<boolean>): Promise<Ended> {
  const { OPENAI_API_KEY: _key, OPENAI_BASE_URL: _url, GLASSHIVE_HOME: _home, ...env } = process.env;
  const child = spawn(process.execPath, [CLI, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  let hung = false;
  let peakMb = 0;
  const timer = setTimeout(
    () => {
      hung = true;
      child.kill("SIGKILL");
    },
    Number(flags["timeout-s"]) * 1000,
  );
  const watch = setInterval(() => void residentMb(child.pid).then((mb) => (peakMb = Math.max(peakMb, mb))), 200);
  const exit = once(child, "exit") as Promise<[number | null]>;
  if (await killed(child)) child.kill("SIGKILL");
  const [code] = await exit;
  // The pipes close when nothing that the process started still holds them.
  const [stdout, stderr] = await output;
  clearTimeout(timer);
  clearInterval(watch);
  return { code, stdout, stderr, hung, peakMb };
}

/** 0 where the system does not tell, or the process has ended. */
async function residentMb(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024;
}

/** Waits until the server has seen so many more calls; true: the process is to be killed now. */
async function untilCalls(server: ModelServer, more: number, child: { exitCode: number | null }): Promise<boolean> {
  const target = server.records().length + more;
  while (server.records().length < target) {
    if (child.exitCode !== null) return false;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return true;
}

async function soak(name: string): Promise<Story> {
  const drawn = draw(name);
  const faults = providerFaults({ seed: name, share: drawn.share, calls: drawn.calls });
  const behaviour = byRole({ agent: faults.behaviour, synthesizer: synthesizerAnswer() });
  const server = await startModelServer({ behaviour, delay: { kind: "fixed", ms: 20 } });
  const home = await mkdtemp(join(tmpdir(), "glasshive-soak-"));
  try {
    await writeFile(join(home, "plan.json"), JSON.stringify(drawn.plan));
    await writeFile(join(home, "config.json"), JSON.stringify(config()));
    const files = ["--plan", join(home, "plan.json"), "--config", join(home, "config.json"), "--home", home];
    const model = ["--model", "m", "--base-url", server.url, "--concurrency", String(drawn.concurrency)];
    let args = ["run", ...files, "--id", "r", ...model, ...drawn.caps, "--json"];
    let kills = 0;
    for (;;) {
      const kill = kills < drawn.kills;
      const ended = await start(args, (child) =>
        kill ? untilCalls(server, drawn.between(0, drawn.plan.subtasks.length * 2), child) : Promise.resolve(false),
      );
      if (ended.code === null && !ended.hung && kill) {
        kills += 1;
        // Killed before it had a record, a run is begun again.
        if (readJournalOrNone(home).length > 0) args = ["resume", "r", "--home", home, "--json"];
        continue;
      }
      const broken = judge({ drawn, ended, server, home });
      return {
        ...{ name, broken, kills, code: ended.code, peakMb: ended.peakMb },
        ...{ requests: server.records().length, faults: faults.struck() },
      };
    }
  } finally {
    await server.close();
    if (flags.only === undefined) await rm(home, { recursive: true, force: true });
    else process.stderr.write(`home: ${home}\n`);
  }
}

const config = () => ({ prices: { m: PRICE }, detection: { idleMs: 1_500 }, cacheWarmupMs: 0 });

function readJournalOrNone(home: string) {
  try {
    return readJournalFile(home, "r");
  } catch {
    return [];
  }
}

interface Evidence {
  drawn: Drawn;
  ended: Ended;
  server: ModelServer;
  home: string;
}

/** What is broken, a line each. */
function judge({ drawn, ended, server, home }: Evidence): string[] {
  if (ended.hung) return [`no end within ${flags["timeout-s"]} s`];
  const broken: string[] = [];
  const check = (holds: boolean, what: string): void => void (holds || broken.push(what));
  check([0, 1, 3, 4].includes(ended.code ?? -1), `exit code ${ended.code}: ${ended.stderr.slice(-300)}`);
  check(ended.peakMb < MOST_MB, `${Math.round(ended.peakMb)} MB`);
  let result: RunResult;
  try {
    result = JSON.parse(ended.stdout) as RunResult;
  } catch {
    return [...broken, `no result on stdout: ${ended.stdout.slice(0, 200)} ${ended.stderr.slice(-300)}`];
  }
  const status = { 0: "complete", 1: "failed", 3: "partial", 4: "paused" }[ended.code ?? -1];
  check(result.status === status, `status ${result.status} at exit code ${ended.code}`);
  const full = result.coverage.done === result.coverage.total;
  check(result.status !== "complete" || full, `complete with ${result.coverage.done} of ${result.coverage.total}`);
  for (const { id, outcome, output } of result.subtasks) {
    const said = JSON.stringify(output ?? null);
    if (outcome === "done") check(said.includes(`Result of ${id}.`), `${id} is done with ${said.slice(0, 120)}`);
  }
  // What a server said may stand in the reason of a failure, never in what is answered.
  const published = JSON.stringify([result.answer, result.subtasks.map(({ output }) => output)]);
  check(!published.includes(MISLEADING), `published: ${near(published, MISLEADING)}`);
  const lines = readJournalOrNone(home);
  const ends = lines.filter(({ kind }) => kind === "run-end").length;
  check(ends === 1 || result.status === "paused", `${ends} run-end lines`);
  checkCaps({ drawn, result, server, check });
  return broken;
}

function near(whole: string, part: string): string {
  const at = whole.indexOf(part);
  return whole.slice(Math.max(0, at - 80), at + 80);
}

interface Caps {
  drawn: Drawn;
  result: RunResult;
  server: ModelServer;
  check: (holds: boolean, what: string) => void;
}

/** What the server counted against what was granted. */
function checkCaps({ drawn, result, server, check }: Caps): void {
  const records = server.records();
  const [cap, value] = drawn.caps;
  const limit = Number(value);
  const input = records.reduce((sum, { inputTokens }) => sum + inputTokens, 0);
  const output = records.reduce((sum, { outputTokens }) => sum + outputTokens, 0);
  const usd = (input * PRICE.input + output * PRICE.output) / 1e6;
  const { steps } = result.usage;
  check(records.length <= steps, `${records.length} requests, ${steps} steps on record`);
  if (cap === "--max-steps") check(records.length <= limit, `${records.length} requests, cap ${limit}`);
  if (cap === "--max-tokens") check(input + output <= limit, `${input + output} tokens, cap ${limit}`);
  if (cap === "--max-usd") check(usd <= limit + 1e-9, `${usd} USD, cap ${limit}`);
}

const names = Array.from({ length: Number(flags.runs) }, (_, index) => `${flags.seed}/${index + 1}`);
const waiting = flags.only === undefined ? names : [`${flags.seed}/${flags.only}`];
const stories: Story[] = [];
async function worker(): Promise<void> {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const story = await soak(name);
    stories.push(story);
    for (const what of story.broken) process.stderr.write(`${name}: ${what}\n`);
  }
}
await Promise.all(Array.from({ length: Number(flags.parallel) }, worker));

const sum = (value: (story: Story) => number): number => stories.reduce((total, story) => total + value(story), 0);
const codes = [0, 3, 4, 1]
  .map((code) => `${stories.filter((story) => story.code === code).length} ended ${code}`)
  .join(", ");
const broken = stories.filter((story) => story.broken.length > 0);
process.stdout.write(
  `seed ${flags.seed}: ${stories.length} runs, ${sum(({ requests }) => requests)} requests, ${sum(({ faults }) => faults)} faults, ` +
    `${sum(({ kills }) => kills)} kills; ${codes}; ${Math.round(Math.max(...stories.map(({ peakMb }) => peakMb)))} MB at most; ` +
    `${broken.length} broken\n` +
    broken.map(({ name, broken: lines }) => `  ${name}: ${lines.join("; ")}\n`).join(""),
);
process.exitCode = broken.length > 0 ? 1 : 0;
