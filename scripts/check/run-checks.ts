/** Runs checks, some at once, and prints one line for each as it ends; see `scripts/check.ts` for which they are. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { resolveProgram, ROOT } from "../launch/resolve-program.mjs";

export interface Check {
  name: string;
  /** A program of the checkout or a tool's name, and its arguments. */
  command: [program: string, ...args: string[]];
  /** True: runs after all others, with nothing beside it. */
  alone?: boolean;
  /** A file without which there is nothing to check yet; the line says so. */
  needs?: string;
}

/** Resolves to whether all of them passed. Prints to stdout. */
export async function runChecks(checks: Check[], { atOnce }: { atOnce: number }): Promise<boolean> {
  const failed: string[] = [];
  const runAndNote = async (check: Check): Promise<void> => {
    if (!(await runCheck(check))) failed.push(check.name);
  };
  const waiting = checks.filter((check) => check.alone !== true);
  const worker = async (): Promise<void> => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) await runAndNote(check);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  for (const check of checks.filter(({ alone }) => alone === true)) await runAndNote(check);
  const sum = failed.length === 0 ? "all passed" : `${failed.length} failed: ${failed.join(", ")}`;
  console.log(`\n${checks.length} checks, ${sum}`);
  return failed.length === 0;
}

async function runCheck(check: Check): Promise<boolean> {
  if (check.needs !== undefined && !existsSync(join(ROOT, check.needs))) {
    console.log(`  –  ${check.name.padEnd(10)} left out: there is no ${check.needs} yet`);
    return true;
  }
  const began = performance.now();
  const { passed, output } = await outputOf(check.command);
  const seconds = ((performance.now() - began) / 1000).toFixed(1).padStart(6);
  console.log(` ${passed ? "ok " : "BAD"} ${check.name.padEnd(10)}${seconds} s`);
  if (!passed) console.log(`\n${output.trimEnd().replaceAll(/^/gm, "     ")}\n`);
  return passed;
}

function outputOf([program, ...args]: Check["command"]): Promise<{ passed: boolean; output: string }> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const child = spawn(process.execPath, [...process.execArgv, resolveProgram(program), ...args], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
      // oxlint looks for its type-aware half on PATH.
      env: { ...process.env, PATH: `${join(ROOT, "node_modules", ".bin")}${delimiter}${process.env.PATH ?? ""}` },
    });
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.once("error", (error) => resolve({ passed: false, output: error.message }));
    child.once("close", (code) => resolve({ passed: code === 0, output: Buffer.concat(chunks).toString("utf8") }));
  });
}
