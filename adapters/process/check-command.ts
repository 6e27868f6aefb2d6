/**
 * Runs the command of a check in a folder of its own that holds the artifacts as files. What it starts ends with it: the whole
 * process group is killed when the time is over. It gets the environment without our keys.
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { ARTIFACTS_FOLDER, artifactFile } from "../../engine/merge/artifact-file.ts";
import type { CommandRunner } from "../../engine/ports/commands.ts";
import { Ending, given } from "../../engine/schedule/ending.ts";
import { describeError } from "../../state/errors.ts";
import { SYSTEM_CLOCK } from "../clock/system-clock.ts";

/** Characters of the output that are kept: its end. */
const KEPT = 4000;
const SECRET = /KEY|TOKEN|SECRET|PASSW|CREDENTIAL|AUTH|COOKIE|(^|_)PAT$/i;
/** What a command has started may hold its output open; so long it is waited for once the command itself has ended. */
const AFTER_EXIT_MS = 500;

export const CHECK_COMMANDS: CommandRunner = {
  async run(command, { files, timeoutMs, signal }) {
    let folder: string | undefined;
    try {
      folder = mkdtempSync(join(tmpdir(), "glasshive-check-"));
      writeFiles(folder, files);
      return await runIn(folder, command, { timeoutMs, signal });
    } catch (error) {
      return { code: undefined, output: `${command[0]} cannot be run: ${describeError(error)}` };
    } finally {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
      signal?.throwIfAborted();
    }
  },
};

/** At the places where they stand in the run's folder, too. */
function writeFiles(folder: string, files: ReadonlyMap<string, string>): void {
  const names = [...files.keys()];
  for (const [name, content] of files) {
    const file = join(folder, relative(ARTIFACTS_FOLDER, artifactFile(name, names)));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}

interface Limits {
  timeoutMs: number;
  signal: AbortSignal | undefined;
}

function runIn(folder: string, [program, ...args]: readonly string[], { timeoutMs, signal }: Limits) {
  const { promise, resolve } = Promise.withResolvers<{ code: number | undefined; output: string }>();
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !SECRET.test(name)));
  const child = spawn(program ?? "", args, { cwd: folder, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk: string) => void (output = (output + chunk).slice(-KEPT)));
  const kill = (): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  };
  const ending = new Ending(SYSTEM_CLOCK, { what: program ?? "", stops: given(signal), mostMs: timeoutMs });
  ending.signal.addEventListener("abort", kill, { once: true });
  if (ending.signal.aborted) kill();
  const end = (code: number | undefined, said: string): void => {
    ending.dispose();
    resolve({ code, output: said });
  };
  child.on("error", (error) => end(undefined, `${program} cannot be run: ${describeError(error)}`));
  child.on("exit", () => {
    kill();
    // What left the process group may live on, but is not heard any more.
    setTimeout(() => [child.stdout, child.stderr].forEach((stream) => stream.destroy()), AFTER_EXIT_MS).unref();
  });
  child.on("close", (code) => {
    if (ending.verdict()?.kind === "timeout")
      end(undefined, `${program} did not end within ${timeoutMs} ms: ${output}`);
    else end(code ?? undefined, output);
  });
  return promise;
}
