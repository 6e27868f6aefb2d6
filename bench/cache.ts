/**
 * What a provider's prompt cache serves of a whole run: `node bench/cache.ts [--agents 300 --calls 13]`. The server counts it in
 * blocks of 128 tokens, from 1,024 on, usable from the first token of the request that brought them. Side by side: as it is;
 * without a first sibling that goes ahead; and, computed from the same requests, with what is the subtask's own put first, and
 * with nothing shared but a lane's own turns.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { RunResult } from "../state/run-result.ts";
import type { ChatRequest } from "../test/support/model-server/call.ts";
import {
  byRole,
  startModelServer,
  synthesizerAnswer,
  toolCallsThenAnswer,
} from "../test/support/model-server/index.ts";
import { PrefixCache } from "../test/support/model-server/prefix-cache.ts";
import type { CallRecord } from "../test/support/model-server/recorder.ts";
import { measureCommand } from "./measure.ts";
import { markdownTable } from "./table.ts";

const { values: flags } = parseArgs({
  options: {
    agents: { type: "string", default: "300" },
    calls: { type: "string", default: "13" },
    "delay-ms": { type: "string", default: "500" },
    concurrency: { type: "string", default: "300" },
    /** The least share of the input tokens that has to come from the cache; below it the program ends with 1. */
    least: { type: "string", default: "0.75" },
  },
});
const CLI = fileURLToPath(new URL("../app/cli/main.ts", import.meta.url));
const [agents, calls] = [Number(flags.agents), Number(flags.calls)];
/** What a page of a document has: some 500 tokens for each tool result. */
const PAGE_LINES = 20;

interface Row {
  name: string;
  inputTokens: number;
  cachedTokens: number;
  /** First requests of lanes that the cache had nothing of. */
  coldStarts: number | null;
  makespanS: number | null;
}

interface Played {
  row: Row;
  records: readonly CallRecord[];
  bodies: readonly string[];
}

function planOf() {
  const rule =
    "Name the source of each figure, its unit and its year; where two sources differ, give both and say which is newer. ";
  return {
    task: `Find out for each of ${agents} places what the documents say of it, and compare them.`,
    subtasks: [
      {
        id: "place",
        forEach: Array.from({ length: agents }, (_, index) => `place ${index + 1}`),
        title: "Look at {{item}}",
        instructions: `Find what the documents say of {{item}}. ${rule.repeat(12)}`,
        agent: "scout",
        steps: calls,
      },
    ],
  };
}

function agentsOf() {
  const instructions = "Read before you judge. Quote what matters. Prefer tables of contents to guesses. ".repeat(20);
  const tools = ["search_documents", "read_document", "list_documents", "read_result"];
  return {
    agents: [{ name: "scout", description: "looks places up in documents", tools, instructions, maxSteps: calls }],
  };
}

async function writeFiles(home: string, cacheWarmupMs: number | undefined): Promise<void> {
  await mkdir(join(home, "docs"));
  const line =
    "The place has a market, a mill and two bridges; the older one carries the road to the pass and the river. ";
  for (let page = 0; page < calls; page += 1) {
    const lines = Array.from({ length: PAGE_LINES }, (_, index) => `${page}.${index} ${line}`);
    await writeFile(join(home, "docs", `page-${page}.md`), `# Page ${page}\n${lines.join("\n")}\n`);
  }
  await writeFile(join(home, "plan.json"), JSON.stringify(planOf()));
  await writeFile(join(home, "agents.json"), JSON.stringify(agentsOf()));
  await writeFile(join(home, "config.json"), JSON.stringify({ cacheWarmupMs }));
}

async function play(name: string, cacheWarmupMs?: number): Promise<Played> {
  const agent = toolCallsThenAnswer({
    toolCalls: calls - 1,
    toolName: "read_document",
    args: { path: "docs/page-{{turn}}.md" },
  });
  const server = await startModelServer({
    behaviour: byRole({ agent, synthesizer: synthesizerAnswer() }),
    delay: { kind: "fixed", ms: Number(flags["delay-ms"]) },
    ...{ prefixCache: true, keepBodies: true },
  });
  const home = await mkdtemp(join(tmpdir(), "glasshive-bench-"));
  try {
    await writeFiles(home, cacheWarmupMs);
    const files = ["plan", "agents", "config"].flatMap((file) => [`--${file}`, join(home, `${file}.json`)]);
    const model = ["--model", "m", "--base-url", server.url, "--concurrency", flags.concurrency];
    const args = [CLI, "run", ...files, "--docs", join(home, "docs"), ...model, "--home", home, "--json"];
    const { stdout, stderr } = await measureCommand({ args, env: { OPENAI_API_KEY: "test" } });
    const { coverage, usage } = JSON.parse(stdout) as RunResult;
    const records = [...server.records()];
    if (coverage.done !== coverage.total || records.filter(({ subtask }) => subtask !== null).length < agents * calls)
      throw new Error(`${coverage.done} of ${coverage.total} done, ${records.length} calls: ${stderr.slice(-300)}`);
    const { cachedTokens } = server.stats();
    if (usage.cachedInputTokens !== cachedTokens)
      throw new Error(`the run counts ${usage.cachedInputTokens} cached tokens, the server ${cachedTokens}`);
    return { row: rowOf(name, records), records, bodies: [...server.bodies()] };
  } finally {
    await server.close();
    await rm(home, { recursive: true, force: true });
  }
}

function rowOf(name: string, records: readonly CallRecord[]): Row {
  const sum = (field: "inputTokens" | "cachedTokens"): number =>
    records.reduce((total, each) => total + each[field], 0);
  const lanes = records.filter(({ subtask }) => subtask !== null);
  const firsts = lanes.filter(({ turn }) => turn === 0);
  return {
    ...{ name, inputTokens: sum("inputTokens"), cachedTokens: sum("cachedTokens") },
    coldStarts: firsts.filter(({ cachedTokens }) => cachedTokens === 0).length,
    makespanS:
      (Math.max(...lanes.map(({ endMs }) => endMs ?? 0)) - Math.min(...lanes.map(({ startMs }) => startMs))) / 1000,
  };
}

/** The same requests in another order of their parts, each kept in the cache as soon as it was looked up: the best case. */
function reordered(
  name: string,
  { records, bodies }: Played,
  order: (request: ChatRequest, record: CallRecord) => ChatRequest,
): Row {
  const cache = new PrefixCache();
  let [inputTokens, cachedTokens, coldStarts] = [0, 0, 0];
  for (const [index, record] of records.entries()) {
    const found = cache.look(order(JSON.parse(bodies[index] ?? "") as ChatRequest, record));
    cache.keep(found.blocks);
    inputTokens += record.inputTokens;
    cachedTokens += found.cachedTokens;
    if (record.turn === 0 && record.subtask !== null && found.cachedTokens === 0) coldStarts += 1;
  }
  return { name, inputTokens, cachedTokens, coldStarts, makespanS: null };
}

/** As many frameworks write it: who you are and what you are to do stand at the top of the system message. */
function ownFirst(request: ChatRequest, { subtask }: CallRecord): ChatRequest {
  const [system, ...rest] = request.messages;
  if (system === undefined || subtask === null) return request;
  return { ...request, messages: [{ ...system, content: `Subtask ${subtask}.\n${String(system.content)}` }, ...rest] };
}

/** A clock at the top: not even a lane's own turns share a beginning. */
function timeFirst(request: ChatRequest, { startMs }: CallRecord): ChatRequest {
  const [system, ...rest] = request.messages;
  if (system === undefined) return request;
  const stamped = `It is ${new Date(startMs).toISOString()}.\n${String(system.content)}`;
  return { ...request, messages: [{ ...system, content: stamped }, ...rest] };
}

const asItIs = await play("Glasshive");
const rows = [
  asItIs.row,
  (await play("no sibling goes ahead", 0)).row,
  reordered("the subtask's own part first (computed)", asItIs, ownFirst),
  reordered("the time first (computed)", asItIs, timeFirst),
];
const share = (row: Row): number => row.cachedTokens / row.inputTokens;
const table = markdownTable(rows, [
  { title: "prompts", value: (row) => row.name },
  { title: "input tokens", value: (row) => row.inputTokens, digits: 0 },
  { title: "from the cache %", value: (row) => 100 * share(row), digits: 1 },
  { title: "cold first requests", value: (row) => row.coldStarts, digits: 0 },
  { title: "makespan s", value: (row) => row.makespanS },
]);
process.stdout.write(
  `${agents} agents × ${calls} calls at ${flags["delay-ms"]} ms, ${flags.concurrency} in flight at most\n\n${table}\n\nNot measured: a provider that forgets, that spreads requests over machines with a cache each, or that counts in other blocks.\n`,
);
if (share(asItIs.row) < Number(flags.least)) {
  process.stderr.write(`only ${(100 * share(asItIs.row)).toFixed(1)} % came from the cache\n`);
  process.exitCode = 1;
}
