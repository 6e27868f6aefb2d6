/**
 * What the record of a run costs: bytes on disk a step, by what they are, and the CPU that redaction adds:
 * `node bench/record.ts --agents 60 --calls 13 --against ../an-older-checkout`. Every run does the same plan against the same server, in a
 * process and a home of its own; its answers are long enough to be kept as contents.
 */
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { PATTERN_NAMES } from "../engine/policy/redaction/named-patterns.ts";
import { layeredPlan } from "../test/support/layered-plan.ts";
import { spawnModelServer } from "../test/support/model-server/index.ts";
import { measureCommand } from "./measure.ts";
import { writePlan } from "./systems.ts";
import { markdownTable } from "./table.ts";

const { values: flags } = parseArgs({
  options: {
    agents: { type: "string", default: "60" },
    calls: { type: "string", default: "13" },
    /** Of the answer that each agent ends with; those after the first layer are given some of them. */
    "answer-bytes": { type: "string", default: "4000" },
    /** Medians over so many rounds; in each, every way runs once. */
    rounds: { type: "string", default: "3" },
    /** Another checkout, with its packages: the same there. */
    against: { type: "string" },
  },
});
const [agents, calls] = [Number(flags.agents), Number(flags.calls)];
const KEY = "sk-of-the-benchmark-0123456789";

interface Way {
  name: string;
  /** A checkout. */
  folder: string;
  args: string[];
  env: Record<string, string>;
}

interface Figures {
  cpuMs: number;
  bytes: Record<Kind, number>;
}

const KINDS = ["journal", "contents", "database", "other"] as const;
type Kind = (typeof KINDS)[number];

function kindOf(path: string): Kind {
  if (path.endsWith("journal.jsonl")) return "journal";
  if (path.includes("contents")) return "contents";
  return /\.(?:db|sqlite)(?:-wal|-shm)?$/.test(path) ? "database" : "other";
}

async function bytesIn(home: string): Promise<Record<Kind, number>> {
  const bytes = { journal: 0, contents: 0, database: 0, other: 0 };
  for (const name of await readdir(home, { recursive: true })) {
    const found = await stat(join(home, name));
    if (found.isFile()) bytes[kindOf(name)] += found.size;
  }
  return bytes;
}

async function measure({ folder, args, env }: Way, common: string[]): Promise<Figures> {
  const home = await mkdtemp(join(tmpdir(), "glasshive-record-"));
  try {
    const command = [join(folder, "app/cli/main.ts"), "run", ...common, ...args, "--home", home, "--json"];
    const { exitCode, cpuMs, stderr } = await measureCommand({ args: command, env });
    if (exitCode !== 0) throw new Error(`exit code ${exitCode}: ${stderr.slice(-800)}`);
    return { cpuMs, bytes: await bytesIn(home) };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

function medianOf(figures: readonly Figures[]): Figures {
  return figures.toSorted((one, other) => one.cpuMs - other.cpuMs)[figures.length >> 1] as Figures;
}

const here = resolve(import.meta.dirname, "..");
const ways: Way[] = [
  { name: "no key, no pattern", folder: here, args: [], env: { OPENAI_API_KEY: "" } },
  { name: "a key", folder: here, args: [], env: { OPENAI_API_KEY: KEY } },
  {
    name: `a key and ${PATTERN_NAMES.length} patterns`,
    folder: here,
    args: ["--redact", PATTERN_NAMES.join(",")],
    env: { OPENAI_API_KEY: KEY },
  },
  ...(flags.against === undefined
    ? []
    : [{ name: flags.against, folder: resolve(flags.against), args: [], env: { OPENAI_API_KEY: KEY } }]),
];
const plan = await writePlan(layeredPlan({ subtasks: agents, layers: 3, fanIn: 3, seed: 1, steps: calls }));
const words = ["--tool-args", '{"subtask":"s{{turn}}"}', "--answer-bytes", flags["answer-bytes"]];
const server = await spawnModelServer(["--tool-calls", String(calls - 1), ...words]);
try {
  const common = ["--plan", plan.file, "--model", "m", "--base-url", server.url, "--concurrency", String(agents)];
  const found = new Map<string, Figures[]>();
  for (let round = 0; round < Number(flags.rounds); round += 1)
    for (const way of ways) found.set(way.name, [...(found.get(way.name) ?? []), await measure(way, common)]);
  const rows = [...found].map(([name, figures]) => ({ name, ...medianOf(figures) }));
  const steps = agents * calls + 1;
  const first = rows[0]?.cpuMs ?? 0;
  const table = markdownTable(rows, [
    { title: "run", value: (row) => row.name },
    { title: "CPU ms a step", value: (row) => row.cpuMs / steps },
    { title: "/ the first", value: (row) => row.cpuMs / first },
    ...KINDS.map((kind) => ({
      title: `${kind} bytes a step`,
      value: (row: Figures) => row.bytes[kind] / steps,
      digits: 0,
    })),
    { title: "all", value: (row) => KINDS.reduce((sum, kind) => sum + row.bytes[kind], 0) / steps, digits: 0 },
  ]);
  process.stdout.write(
    `${agents} agents × ${calls} calls, ${steps} steps, Node ${process.version}, median of ${flags.rounds}\n\n${table}\n\nNot measured: documents; texts in which something is taken out; own patterns, which have a limit of time.\n`,
  );
} finally {
  await Promise.all([server.close(), plan.remove()]);
}
