/**
 * What it takes until something happens: the help, and of a run with a plan the first request to a model. `node bench/start.ts`. CPU of
 * the process from its start, beside that of loading LangGraph alone as its packages come: on a busy machine the ratio holds where
 * milliseconds do not. A checkout is measured as it stands: with its bundle, or with sources that were edited since.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measureCommand } from "./measure.ts";
import { medianOf } from "./median.ts";
import { markdownTable } from "./table.ts";

const { values: flags } = parseArgs({ options: { rounds: { type: "string", default: "5" } } });
const CLI = fileURLToPath(new URL("../bin/glasshive.mjs", import.meta.url));
/** Ends the process when it is about to send its first request; nobody listens at that port. */
const UNTIL_REQUEST = [
  "--import",
  `data:text/javascript,import{subscribe}from"node:diagnostics_channel";subscribe("undici:request:create",()=>process.exit(77))`,
];
const LANGGRAPH = ["--input-type=module", "--eval", 'await import("@langchain/langgraph")'];

interface Start {
  what: string;
  cpuMs: number;
  wallS: number;
}

const folder = await mkdtemp(join(tmpdir(), "glasshive-start-"));
try {
  const plan = join(folder, "plan.json");
  await writeFile(
    plan,
    JSON.stringify({ task: "Say a.", subtasks: [{ id: "a", title: "A", instructions: "Say a." }] }),
  );
  const run = [
    "run",
    "--plan",
    plan,
    "--home",
    join(folder, "home"),
    "--model",
    "m",
    "--base-url",
    "http://127.0.0.1:9",
  ];
  const rounds: Start[][] = [];
  // The first fills the cache of compiled modules.
  for (let round = 0; round <= Number(flags.rounds); round += 1)
    rounds.push([
      await start("LangGraph alone", LANGGRAPH, 0),
      await start("glasshive --help", [CLI, "--help"], 0),
      await start("glasshive run --plan, until its first request", [...UNTIL_REQUEST, CLI, ...run], 77),
    ]);
  const measured = rounds.slice(1);
  const rows = [0, 1, 2].map((at) => medianOf(measured.flatMap((round) => round[at] ?? [])));
  const alone = rows[0]?.cpuMs ?? Number.NaN;
  console.log(
    markdownTable(rows, [
      { title: "what", value: ({ what }) => what },
      { title: "CPU ms", value: ({ cpuMs }) => cpuMs, digits: 0 },
      { title: "/ LangGraph alone", value: ({ cpuMs }) => cpuMs / alone },
      { title: "wall s", value: ({ wallS }) => wallS },
    ]),
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function start(what: string, args: string[], exitCode: number): Promise<Start> {
  const figures = await measureCommand({ args, env: { OPENAI_API_KEY: "none" }, timeoutMs: 120_000 });
  if (figures.exitCode !== exitCode)
    throw new Error(`${what} ended with ${figures.exitCode}: ${figures.stderr.slice(-500)}`);
  return { what, cpuMs: figures.cpuMs, wallS: figures.wallS };
}
