/**
 * A long journal, shown, verified, and replayed under another policy: `node bench/journal.ts --lines 500000`. Times are set against reading the same file and
 * parsing each of its lines as JSON, in a process of its own. The same seed writes the same journal.
 */
import { createWriteStream } from "node:fs";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openHomeStorage } from "../adapters/storage/home-storage.ts";
import { runNamespace } from "../adapters/storage/run-in-store.ts";
import { EMPTY_CHAIN, link, type ChainHead } from "../engine/journal/chain.ts";
import type { JournalEntry } from "../engine/journal/events.ts";
import { entryOf } from "../test/support/journal-lines.ts";
import { seededRandom } from "../test/support/seeded-random.ts";
import { startModelServer, byRole, synthesizerAnswer } from "../test/support/model-server/index.ts";
import { measureCommand, type CommandFigures } from "./measure.ts";
import { markdownTable } from "./table.ts";

const { values: flags } = parseArgs({
  options: {
    lines: { type: "string", default: "500000" },
    lanes: { type: "string", default: "300" },
    seed: { type: "string", default: "journal" },
    /** Medians over so many rounds. */
    rounds: { type: "string", default: "3" },
  },
});
const [lineCount, lanes, rounds] = [Number(flags.lines), Number(flags.lanes), Number(flags.rounds)];
const COMMAND = fileURLToPath(new URL("../bin/glasshive.mjs", import.meta.url));
const RUN = "long";
const READER = `
const { readFileSync } = require("node:fs");
let count = 0;
for (const piece of readFileSync(process.argv[1]).toString("latin1").split("\\n")) if (piece !== "") { JSON.parse(piece); count += 1; }
process.stdout.write(String(count));
`;

/** Turns of lanes, one after another: each reserved, called, settled, with a tool call; now and then a signal. */
function* turns(random: () => number): Generator<JournalEntry[]> {
  for (let call = 1; ; call += 1) {
    const place = { subtask: `s${call % lanes}`, attempt: 1 };
    const id = `call-${call}`;
    const [inputTokens, outputTokens] = [1000 + Math.floor(random() * 9000), 20 + Math.floor(random() * 400)];
    const usage = { steps: 1, modelCalls: 1, inputTokens, cachedInputTokens: 0, outputTokens, usd: inputTokens / 1e6 };
    const ms = Math.floor(500 + random() * 2000);
    const agent = { agent: "researcher" };
    yield [
      entryOf("reserve", { id, ...agent, inputTokens: 4 * inputTokens, outputTokens: 4096, usd: 0.1 }, place),
      entryOf("model-call", { id, ms, gapMs: Math.floor(ms / 2), calls: ["search_documents"], characters: 0 }, place),
      entryOf("settle", { id, usage }, place),
      entryOf("tool-call", { args: { query: `words ${call}` }, characters: 900, digest: `digest-${call}` }, place),
    ];
    if (random() < 0.02)
      yield [
        entryOf("signal", { ...agent, kind: "rate-limit", evidence: "429 Too Many Requests" }, place),
        entryOf("recovery", { signal: "rate-limit", rule: "rate-limit[0] retry 1/6", delayMs: 1000 }, place),
      ];
  }
}

/** A home with a run that was begun as usual, and whose journal has become long. */
async function longRun(home: string): Promise<string> {
  const server = await startModelServer({
    behaviour: byRole({ agent: () => ({ content: "Done." }), synthesizer: synthesizerAnswer() }),
  });
  try {
    const plan = {
      task: "A long run",
      subtasks: Array.from({ length: lanes }, (_, index) => ({ id: `s${index}`, instructions: "Work." })),
    };
    await writeFile(join(home, "plan.json"), JSON.stringify(plan));
    const place = ["--home", home, "--id", RUN, "--json", "--model", "m", "--base-url", server.url];
    await measureCommand({ args: [COMMAND, "run", "--plan", join(home, "plan.json"), "--max-steps", "2", ...place] });
  } finally {
    await server.close();
  }
  const file = join(home, "runs", RUN, "journal.jsonl");
  const { seq, hash } = await writeJournal(file);
  const storage = openHomeStorage(home);
  await storage.store.put(runNamespace(RUN, "run"), "head", { seq, hash });
  await storage.close();
  // They are of the short journal that the long one takes the place of.
  await rm(join(home, "heads.jsonl"), { force: true });
  return file;
}

async function writeJournal(file: string): Promise<ChainHead> {
  const out = createWriteStream(file);
  const subtasks = Array.from({ length: lanes }, (_, index) => ({ id: `s${index}` }));
  const opening = [
    entryOf("run-start", { task: "A long run" }),
    entryOf("plan", { plan: { subtasks }, key: "plan/1" }),
    ...subtasks.map(({ id }) => entryOf("route", {}, { subtask: id, attempt: 1 })),
    ...subtasks.map(({ id }) => entryOf("attempt-start", {}, { subtask: id, attempt: 1 })),
  ];
  let head: ChainHead = EMPTY_CHAIN;
  const write = async (entry: JournalEntry): Promise<void> => {
    const line = link(entry, head, { run: RUN, at: new Date(Date.UTC(2026, 0, 1) + head.seq * 20).toISOString() });
    head = line;
    if (!out.write(`${JSON.stringify(line)}\n`)) await once(out, "drain");
  };
  for (const entry of opening) await write(entry);
  for (const entries of turns(seededRandom(flags.seed))) {
    if (head.seq + entries.length > lineCount) break;
    for (const entry of entries) await write(entry);
  }
  out.end();
  await once(out, "close");
  return head;
}

/** Retries less often than the built-in one. */
async function policyFile(home: string): Promise<string> {
  const file = join(home, "policy.json");
  await writeFile(file, JSON.stringify({ recovery: { "rate-limit": [{ do: "give-up" }] } }));
  return file;
}

function median(figures: readonly CommandFigures[]): CommandFigures {
  return figures.toSorted((one, other) => one.wallS - other.wallS)[figures.length >> 1] as CommandFigures;
}

const home = await mkdtemp(join(tmpdir(), "glasshive-journal-"));
try {
  const file = await longRun(home);
  const { size } = await stat(file);
  const ways = {
    "read and parse": ["-e", READER, file],
    show: [COMMAND, "show", RUN, "--home", home],
    "replay --policy": [COMMAND, "replay", RUN, "--policy", await policyFile(home), "--home", home, "--json"],
    "audit verify (open)": [COMMAND, "audit", "verify", file],
    "runs (no journal)": [COMMAND, "runs", "--home", home],
  };
  const rows: { name: string; figures: CommandFigures }[] = [];
  for (const [name, args] of Object.entries(ways)) {
    const figures: CommandFigures[] = [];
    for (let round = 0; round < rounds; round += 1) figures.push(await measureCommand({ args }));
    // The journal has no closing record: it is open, and exit 1 says so.
    const failed = figures.find(({ exitCode }) => exitCode !== (name.endsWith("(open)") ? 1 : 0));
    if (failed !== undefined) throw new Error(`${name}: exit ${failed.exitCode}: ${failed.stderr.slice(0, 500)}`);
    rows.push({ name, figures: median(figures) });
  }
  const base = rows[0]?.figures.wallS as number;
  const table = markdownTable(rows, [
    { title: "what", value: (row) => row.name },
    { title: "wall s", value: (row) => row.figures.wallS },
    { title: "/ read and parse", value: (row) => row.figures.wallS / base },
    { title: "CPU ms", value: (row) => row.figures.cpuMs, digits: 0 },
    { title: "peak MB", value: (row) => row.figures.peakMb, digits: 0 },
  ]);
  process.stdout.write(
    `${lineCount} lines, ${(size / 2 ** 20).toFixed(0)} MB, ${lanes} lanes, median of ${rounds}\n\n${table}\n\nNot measured: a journal on a slow disk; long plans; lines of many kilobytes.\n`,
  );
} finally {
  await rm(home, { recursive: true, force: true });
}
