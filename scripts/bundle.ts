/**
 * The command line with all that it loads in a few files, `dist/cli/`: most of a short command's time is the finding and linking of
 * hundreds of modules (docs/decisions/0059). What has a binary, is asked for by `require`, or is seldom needed, stays outside.
 */
import { hash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { rolldown, type OutputChunk } from "rolldown";
import { ROOT } from "./launch/resolve-program.mjs";

const TARGET = join(ROOT, "dist", "cli");
const COMMAND = "app/cli/main.ts";
/** They run in threads of their own: whole beside the command line, where those who start them look. */
const THREADS = [
  "adapters/storage/database-writer.ts",
  "adapters/documents/index-worker.ts",
  "app/cli/journal-check.ts",
];
/** The client of LangGraph servers, for agents that are there. */
const OUTSIDE = ["better-sqlite3", "@langchain/langgraph/remote", "@langchain/langgraph-sdk"];
/** They change where a package does. */
const LOCKS = ["package-lock.json", "node_modules/.package-lock.json"];

/** Chunks of an earlier bundle stay where they are: a command that runs may still have some of them to load. */
export async function bundleCommandLine(): Promise<void> {
  const record = join(TARGET, "sources.json");
  rmSync(record, { force: true });
  const chunks = (await Promise.all([COMMAND, ...THREADS].map(bundle))).flat();
  const files = [...new Set(chunks.flatMap(({ moduleIds }) => moduleIds))]
    .filter((id) => id.startsWith(ROOT))
    .map((id) => relative(ROOT, id).replaceAll(sep, "/"));
  writeFileSync(join(TARGET, "LICENSES"), licencesOf(files));
  const own = [...files.filter((file) => packageOf(file) === undefined), ...LOCKS.filter((lock) => existsSync(lock))];
  writeFileSync(record, JSON.stringify(own.map((file) => [file, ...stampOf(file)])));
}

async function bundle(entry: string): Promise<OutputChunk[]> {
  const build = await rolldown({ cwd: ROOT, platform: "node", input: entry, external: OUTSIDE });
  try {
    const { output } = await build.write({
      ...{ dir: TARGET, format: "cjs", comments: false },
      ...{ entryFileNames: "[name].cjs", chunkFileNames: "[name]-[hash].cjs" },
      codeSplitting: entry === COMMAND,
    });
    return output.filter((each): each is OutputChunk => each.type === "chunk");
  } finally {
    await build.close();
  }
}

/** By what bin/glasshive.mjs sees whether a file is the same. */
function stampOf(file: string): [bytes: number, changedMs: number, sha256: string] {
  const place = join(ROOT, file);
  const { size, mtimeMs } = statSync(place);
  return [size, mtimeMs, hash("sha256", readFileSync(place))];
}

/** The folder of the package that a file is part of. */
function packageOf(file: string): string | undefined {
  return /^.*\bnode_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];
}

/** Of every package that is in the bundle. Throws where one has no licence: it may not be handed on. */
function licencesOf(files: readonly string[]): string {
  const folders = [...new Set(files.flatMap((file) => packageOf(file) ?? []))].toSorted();
  return folders
    .map((folder) => {
      const licence = readdirSync(join(ROOT, folder)).find((name) => /^licen[cs]e/i.test(name));
      const text = licence === undefined ? manifestLicence(folder) : readFileSync(join(ROOT, folder, licence), "utf8");
      return `${folder.replace(/^.*node_modules\//, "")}\n\n${text.trim()}\n`;
    })
    .join(`\n${"-".repeat(80)}\n\n`);
}

function manifestLicence(folder: string): string {
  const { license, author } = JSON.parse(readFileSync(join(ROOT, folder, "package.json"), "utf8")) as {
    license?: string;
    author?: unknown;
  };
  if (license === undefined) throw new Error(`${folder} has no licence`);
  return `${license}; author: ${JSON.stringify(author ?? "not named")}`;
}
