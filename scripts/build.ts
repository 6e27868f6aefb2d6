/**
 * `npm run build`: the library as JavaScript with declarations in `dist/`, without what an earlier build left, and the command line in
 * `dist/cli/`; `--command-line`: only that. The SQLite saver goes along as a copy: it asks for a better-sqlite3 that is not ours, and who installs the package would get two
 * (docs/decisions/0039).
 */
import { spawnSync } from "node:child_process";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleCommandLine } from "./bundle.ts";
import { resolveProgram, ROOT } from "./launch/resolve-program.mjs";

const SAVER = "@langchain/langgraph-checkpoint-sqlite";
const DIST = join(ROOT, "dist");
/** Who imports the saver; a test of the package would fail on another. */
const IMPORTERS = ["adapters/storage/home-storage.js", "adapters/storage/home-storage.d.ts"];

function copySaver(): void {
  const from = join(ROOT, "node_modules", SAVER);
  const to = join(DIST, "vendor", "langgraph-checkpoint-sqlite");
  for (const file of ["dist/index.js", "dist/index.d.ts", "LICENSE"])
    cpSync(join(from, file), join(to, file.replace("dist/", "")));
  for (const name of IMPORTERS) {
    const file = join(DIST, name);
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replaceAll(`"${SAVER}"`, '"../../vendor/langgraph-checkpoint-sqlite/index.js"'));
  }
}

function buildLibrary(): boolean {
  rmSync(DIST, { recursive: true, force: true });
  const compiler = [resolveProgram("tsc"), "--project", join(ROOT, "tsconfig.build.json")];
  const { status } = spawnSync(process.execPath, compiler, { stdio: "inherit" });
  if (status === 0) copySaver();
  return status === 0;
}

if (process.argv[2] === "--command-line" || buildLibrary()) await bundleCommandLine();
else process.exitCode = 1;
