/**
 * What a run's prompts cost: `node bench/input-tokens.ts [--json] [--against CHECKOUT]`. Four plans whose models call the tools that a model
 * would, and answer; input tokens as the server counts them (a quarter of the bytes of messages and tools), and what of them a
 * prompt cache serves. With `--against` the same plans are run by another checkout too, such as the commit before.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { RunResult } from "../state/run-result.ts";
import { layeredPlan } from "../test/support/layered-plan.ts";
import { byRole, startModelServer, type Behaviour, type Reply } from "../test/support/model-server/index.ts";
import { measureCommand } from "./measure.ts";
import { markdownTable } from "./table.ts";

const { values: flags } = parseArgs({
  options: { json: { type: "boolean", default: false }, against: { type: "string" }, only: { type: "string" } },
});
const OWN = resolve(import.meta.dirname, "..");
const LOOK_UPS = 92;

interface Workload {
  name: string;
  plan: object;
  /** By path, below `docs/`. */
  documents?: Readonly<Record<string, string>>;
  agent: Behaviour;
}

interface Figures {
  plan: string;
  calls: number;
  inputTokens: number;
  cachedTokens: number;
  /** Of its answer; the same in all checkouts. */
  done: number;
  verified: number;
}

const call = (name: string, args: Record<string, unknown>): Reply => ({ toolCalls: [{ name, args }] });

/** A lane's turns, and its answer behind them. */
function turns(script: (subtask: string) => readonly Reply[]): Behaviour {
  return ({ subtaskId, turn }) => script(subtaskId ?? "")[turn] ?? { content: "That is all." };
}

const placeName = (index: number): string => `Place ${String(index).padStart(2, "0")}`;
const placePath = (index: number): string => `docs/places/place-${String(index).padStart(2, "0")}.md`;

/** A page for each place: sections of prose, wrapped as people wrap it, of which one states what is asked for. */
function places(): Record<string, string> {
  const topics = ["The market", "The river", "The older bridge", "The mill", "Roads and paths", "Trade"];
  const pages = Array.from({ length: LOOK_UPS }, (_, index) => {
    const name = placeName(index);
    const sections = topics.map((topic, at) => {
      const lines = Array.from(
        { length: 7 },
        (_unused, line) =>
          `${topic} of ${name} is told of in note ${index}.${at}.${line}; it has been looked after since ${1400 + index + at * 9 + line}.`,
      );
      return `## ${topic}\n\n${lines.join("\n")}\n`;
    });
    const toll = `## Toll\n\nThe toll of ${name} is ${3 + (index % 7)} pence for a cart, and half of it on foot.\n`;
    return [placePath(index).slice("docs/".length), `# ${name}\n\n${sections.join("\n")}\n${toll}`] as const;
  });
  return Object.fromEntries(pages);
}

function tollOf(index: number): string {
  const quote = `The toll of ${placeName(index)} is ${3 + (index % 7)} pence for a cart`;
  return `${placeName(index)}: "${quote}" [${placePath(index)}:65]`;
}

const numberOf = (subtask: string): number => Number(/\d+$/.exec(subtask)?.[0] ?? 0);

const WORKLOADS: readonly Workload[] = [
  {
    name: "300 × 13",
    plan: layeredPlan({ subtasks: 300, layers: 1, fanIn: 3, seed: 1, steps: 13 }),
    agent: turns(() => [
      ...Array.from({ length: 12 }, (_, turn) => call("read_result", { subtask: `s${turn}` })),
      { content: "The part is done." },
    ]),
  },
  {
    name: "60 in 5 layers",
    plan: layeredPlan({ subtasks: 60, layers: 5, fanIn: 3, seed: 1 }),
    documents: places(),
    agent: turns((subtask) => {
      const index = numberOf(subtask) % LOOK_UPS;
      return [
        call("search_documents", { query: `toll of ${placeName(index)}` }),
        call("search_documents", { query: `${placeName(index)} toll pence cart` }),
        call("search_documents", { query: `${placeName(index)} bridge river` }),
        {
          content: `${tollOf(index)}\n\n${"What depends on it was looked at, and nothing speaks against it. ".repeat(6)}`,
        },
      ];
    }),
  },
  {
    name: "92 look-ups",
    plan: {
      task: "What does each place ask as its toll, and how old is its bridge?",
      subtasks: [
        {
          ...{
            id: "toll",
            forEach: Array.from({ length: LOOK_UPS }, (_, index) => placeName(index)),
            title: "{{item}}",
          },
          instructions: "What does {{item}} ask as its toll?",
          skills: ["research"],
        },
      ],
    },
    documents: places(),
    agent: turns((subtask) => {
      const index = numberOf(subtask) - 1;
      return [
        call("search_documents", { query: `toll of ${placeName(index)}` }),
        call("search_documents", { query: `${placeName(index)} toll pence cart foot` }),
        call("read_document", { path: placePath(index), from_line: 60 }),
        { content: tollOf(index) },
      ];
    }),
  },
  {
    name: "60 × 13, a page in each turn",
    plan: layeredPlan({ subtasks: 60, layers: 1, fanIn: 3, seed: 1, steps: 13 }),
    documents: places(),
    agent: turns(() => [
      ...Array.from({ length: 12 }, (_, turn) => call("read_document", { path: placePath(turn) })),
      { content: `The pages are read: ${tollOf(1)}` },
    ]),
  },
  {
    name: "20 × 20, long pages",
    plan: layeredPlan({ subtasks: 20, layers: 1, fanIn: 3, seed: 1, steps: 20 }),
    documents: longPages(),
    agent: turns(() => [
      ...Array.from({ length: 19 }, (_, turn) => call("read_document", { path: `docs/long/page-${turn}.md` })),
      { content: 'The pages are read: "Line 1 of page 1 tells" [docs/long/page-1.md:1].' },
    ]),
  },
];

/** As long as a page can be read at once. */
function longPages(): Record<string, string> {
  const line = (page: number) => (_: unknown, at: number) =>
    `Line ${at + 1} of page ${page} tells of what was built there, by whom, and how long it has stood.`;
  const page = (_: unknown, at: number) =>
    [`long/page-${at}.md`, `${Array.from({ length: 200 }, line(at)).join("\n")}\n`] as const;
  return Object.fromEntries(Array.from({ length: 19 }, page));
}

async function figuresOf({ name, plan, documents = {}, agent }: Workload, checkout: string): Promise<Figures> {
  const synthesizer: Behaviour = () => ({ content: "All is done." });
  const server = await startModelServer({
    ...{ behaviour: byRole({ agent, synthesizer }), delay: { kind: "fixed", ms: 20 }, prefixCache: true },
  });
  const home = await mkdtemp(join(tmpdir(), "glasshive-bench-"));
  try {
    for (const [path, text] of Object.entries(documents)) {
      await mkdir(dirname(join(home, "docs", path)), { recursive: true });
      await writeFile(join(home, "docs", path), text);
    }
    await writeFile(join(home, "plan.json"), JSON.stringify(plan));
    const docs = Object.keys(documents).length === 0 ? [] : ["--docs", join(home, "docs")];
    const model = ["--model", "m", "--base-url", server.url, "--concurrency", "300", "--home", home];
    const args = [
      join(checkout, "app/cli/main.ts"),
      "run",
      "--plan",
      join(home, "plan.json"),
      ...docs,
      ...model,
      "--json",
    ];
    const { stdout, stderr } = await measureCommand({ args, env: { OPENAI_API_KEY: "test" } });
    const { coverage, citations }: RunResult = JSON.parse(stdout);
    const { calls, inputTokens, cachedTokens } = server.stats();
    if (coverage.done !== coverage.total)
      throw new Error(`${name}: ${coverage.done} of ${coverage.total} done: ${stderr.slice(-300)}`);
    return { plan: name, calls, inputTokens, cachedTokens, done: coverage.done, verified: citations.verified };
  } finally {
    await server.close();
    await rm(home, { recursive: true, force: true });
  }
}

const against = flags.against === undefined ? undefined : resolve(flags.against);
const rows: (Figures & { before?: Figures })[] = [];
for (const workload of WORKLOADS.filter(({ name }) => name.includes(flags.only ?? ""))) {
  process.stderr.write(`${workload.name} …\n`);
  const own = await figuresOf(workload, OWN);
  rows.push(against === undefined ? own : { ...own, before: await figuresOf(workload, against) });
}
if (flags.json) process.stdout.write(`${JSON.stringify(rows)}\n`);
else {
  const table = markdownTable(rows, [
    { title: "plan", value: (row) => row.plan },
    { title: "calls", value: (row) => row.calls, digits: 0 },
    { title: "input tokens", value: (row) => row.inputTokens, digits: 0 },
    { title: "from the cache %", value: (row) => (100 * row.cachedTokens) / row.inputTokens, digits: 1 },
    { title: "input tokens before", value: (row) => row.before?.inputTokens ?? null, digits: 0 },
    {
      title: "less %",
      value: (row) => (row.before === undefined ? null : 100 * (1 - row.inputTokens / row.before.inputTokens)),
    },
  ]);
  process.stdout.write(
    `${table}\n\nNot measured: a provider's own tokenizer (a token here is four bytes), what a real model asks for, and quality.\n`,
  );
}
