/**
 * What large results take: so many lanes, each of which answers with as many bytes, by the built command against a loopback server.
 * `node bench/large-results.ts [--results 300] [--bytes 1000000] [--concurrency 50]`.
 */
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { spawnModelServer } from "../test/support/model-server/index.ts";
import { databaseBytes } from "./database-size.ts";
import { measureCommand } from "./measure.ts";
import { writePlan } from "./systems.ts";
import { markdownTable } from "./table.ts";

const { values: flags } = parseArgs({
  options: {
    results: { type: "string", default: "300" },
    bytes: { type: "string", default: "1000000" },
    concurrency: { type: "string", default: "50" },
    /** Model calls of each lane that come before its answer. */
    "tool-calls": { type: "string", default: "0" },
  },
});
const CLI = fileURLToPath(new URL("../app/cli/main.ts", import.meta.url));
const [results, bytes] = [Number(flags.results), Number(flags.bytes)];

async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

const server = await spawnModelServer(["--answer-bytes", String(bytes), "--tool-calls", flags["tool-calls"]]);
const home = await mkdtemp(join(tmpdir(), "glasshive-bench-"));
const subtasks = Array.from({ length: results }, (_, index) => ({ id: `s${index + 1}`, instructions: "Tell all." }));
const { file, remove } = await writePlan({ task: "t", subtasks });
try {
  const run = ["run", "--plan", file, "--model", "m", "--base-url", server.url, "--home", home];
  const args = [CLI, ...run, "--id", "large", "--concurrency", flags.concurrency, "--json"];
  const figures = await measureCommand({ args, env: { OPENAI_API_KEY: "test" } });
  if (figures.exitCode !== 0) throw new Error(`exit code ${figures.exitCode}: ${figures.stderr.slice(-500)}`);
  const [disk, database] = [await folderBytes(home), await databaseBytes(home)];
  const given = results * bytes;
  const row = { peakMb: figures.peakMb, disk, database, cpuS: figures.cpuMs / 1000 };
  const table = markdownTable(
    [row],
    [
      { title: "peak MB", value: (each) => each.peakMb, digits: 0 },
      { title: "peak / results", value: (each) => (each.peakMb * 2 ** 20) / given },
      { title: "disk MB", value: (each) => each.disk / 2 ** 20, digits: 0 },
      { title: "disk / results", value: (each) => each.disk / given },
      { title: "of it database MB", value: (each) => each.database / 2 ** 20, digits: 0 },
      { title: "CPU s", value: (each) => each.cpuS },
    ],
  );
  process.stdout.write(`${results} results of ${bytes} bytes, ${(given / 2 ** 20).toFixed(0)} MB\n\n${table}\n`);
} finally {
  await Promise.all([server.close(), remove(), rm(home, { recursive: true, force: true })]);
}
