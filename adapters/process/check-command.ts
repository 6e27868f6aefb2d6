/**
 * Runs the command of a check in a folder of its own that holds the artifacts as files. What it starts ends with it: the whole
 * process group is killed when the time is over. It gets the environment without our keys.
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { CommandRunner } from "../../engine/ports.ts";
import { describeError } from "../../state/errors.ts";

/** Characters of the output that are kept: its end. */
const KEPT = 4000;
const SECRET = /KEY|TOKEN|SECRET|PASSWORD/i;

export const CHECK_COMMANDS: CommandRunner = {
  async run(command, { files, timeoutMs, signal }) {
    const folder = mkdtempSync(join(tmpdir(), "glasshive-check-"));
    try {
      for (const [name, content] of files) {
        mkdirSync(join(folder, dirname(name)), { recursive: true });
        writeFileSync(join(folder, name), content);
      }
      return await runIn(folder, command, { timeoutMs, signal });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

interface Limits {
  timeoutMs: number;
  signal: AbortSignal | undefined;
}

function runIn(folder: string, [program, ...args]: readonly string[], { timeoutMs, signal }: Limits) {
  const { promise, resolve } = Promise.withResolvers<{ code: number | undefined; output: string }>();
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !SECRET.test(name)));
  const child = spawn(program ?? "", args, { cwd: folder, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const hear = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-KEPT));
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  const kill = (): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  };
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    kill();
  }, timeoutMs);
  signal?.addEventListener("abort", kill, { once: true });
  const end = (code: number | undefined, said: string): void => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", kill);
    resolve({ code, output: said });
  };
  child.on("error", (error) => end(undefined, `${program} cannot be run: ${describeError(error)}`));
  child.on("close", (code) => {
    if (isLate) end(undefined, `${program} did not end within ${timeoutMs} ms: ${output}`);
    else end(code ?? undefined, output);
  });
  return promise;
}
