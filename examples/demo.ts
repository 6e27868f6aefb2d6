/**
 * `npm run demo`: the command line at work on documents that everybody has who runs it, the packages that `npm install`
 * brought. One lane for each package, no key, no network. It checks what it says and ends with 1 where that is not so.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { RunResult } from "../state/run-result.ts";
import { SignalRelay } from "../scripts/launch/signal-relay.mjs";
import { installedPackages, problemsOf, readTable } from "./demo-check.ts";

const TASK = "For each installed package: what is it for, which licence, which Node version does it need?";
const CHECKOUT = fileURLToPath(new URL("..", import.meta.url));
const ROWS_SHOWN = 4;

/** The command's process says at its end how much memory it has had at most; nobody else can ask on every system. */
const REPORT_MEMORY = `import { writeSync } from "node:fs"; import { isMainThread } from "node:worker_threads";
  if (isMainThread) process.on("exit", () => writeSync(3, String(process.resourceUsage().maxRSS)));`;

/** Where the person stands: npm starts scripts in the package's folder. */
const STANDING = process.env["INIT_CWD"] ?? process.cwd();

/** The packages of this checkout, or of another folder: `npm run demo -- path/to/node_modules`. */
const packages = process.argv[2] === undefined ? join(CHECKOUT, "node_modules") : resolve(STANDING, process.argv[2]);
/** The command runs beside it, so that what it cites is `node_modules/…:line`. */
const docs = basename(packages);
const runId = `demo-${new Date().toISOString().replaceAll(/[^0-9]/g, "")}`;
const home = resolve(STANDING, process.env["GLASSHIVE_HOME"] ?? join(CHECKOUT, ".glasshive"));
const command = ["run", TASK, "--docs", docs, "--model", "offline", "--id", runId, "--home", home];

console.log(`$ glasshive run "${TASK}" --docs ${docs}\n`);
const began = performance.now();
const { code, peakBytes } = await glasshive(command);
const seconds = (performance.now() - began) / 1000;
process.exitCode = code === 0 ? report(join(home, "runs", runId)) : code;

/** The command as a person would start it. Its answer is in its files. */
async function glasshive(args: string[]): Promise<{ code: number; peakBytes: number }> {
  const child = spawn(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      `--import=data:text/javascript,${encodeURIComponent(REPORT_MEMORY)}`,
      join(CHECKOUT, "bin", "glasshive.mjs"),
      ...args,
    ],
    {
      cwd: dirname(packages),
      env: { ...process.env, INIT_CWD: dirname(packages) },
      stdio: ["ignore", "ignore", "inherit", "pipe"],
    },
  );
  const relay = new SignalRelay((signal) => child.kill(signal), { terminal: process.stderr.isTTY });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => relay.receive(signal));
  const memory = text(child.stdio[3] as NodeJS.ReadableStream);
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
  return { code: await ended, peakBytes: Number(await memory) * 1024 };
}

/** What came of it, in short, and whether it is so. Returns the exit code. */
function report(folder: string): number {
  const result = JSON.parse(readFileSync(join(folder, "result.json"), "utf8")) as RunResult;
  const { above, rows } = readTable(result.answer);
  const { citations, coverage, usage } = result;
  const expected = installedPackages(packages);
  console.log(
    `\n${[...above, ...rows.slice(0, ROWS_SHOWN)].join("\n")}\n… and ${Math.max(0, rows.length - ROWS_SHOWN)} more rows\n`,
  );
  for (const file of ["answer.md", "result.json", "journal.jsonl"]) console.log(`  ${shown(join(folder, file))}`);
  console.log(
    `\n${coverage.done} of ${coverage.total} packages, one lane each, ${usage.steps} steps; ${citations.verified} of ${citations.total} citations verified`,
  );
  console.log(
    `${seconds.toFixed(1)} s, ${Math.round(peakBytes / 1024 ** 2)} MB of memory at most, no language model, no network`,
  );
  const problems = problemsOf(result, expected);
  for (const problem of problems) console.error(`demo: ${problem}`);
  return problems.length === 0 ? 0 : 1;
}

/** As it can be opened from where the person stands. */
function shown(path: string): string {
  const from = relative(STANDING, path);
  return from.startsWith("..") || isAbsolute(from) ? path : from;
}
