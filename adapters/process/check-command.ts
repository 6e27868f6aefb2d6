/**
 * Runs the command of a check in a folder of its own that holds the artifacts as files. It is no sandbox: it may do to files and
 * networks what its caller may.
 *
 * 1. Its environment is a list of what commands need, whatever else ours holds.
 * 2. What it starts ends with it: its process group, and what left that. Where the system has process namespaces (`unshare`) the
 *    kernel sees to it, and it sees no other process, ours and our environment least; elsewhere on Linux its children are found by
 *    a mark in their environment.
 * 3. It ends with us, however we end: a watcher in its group reads from a pipe of ours, which the system closes with us. Windows has
 *    no such watcher, and without namespaces what left the group lives on.
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { ARTIFACTS_FOLDER, artifactFile } from "../../engine/policy/merge/artifact-rules.ts";
import type { CommandRunner } from "../../engine/ports/commands.ts";
import { Ending } from "../../engine/runtime/turns/ending.ts";
import { given } from "../../engine/runtime/waiting/waits.ts";
import { describeError } from "../../state/errors.ts";
import { SYSTEM_CLOCK } from "../clock/system-clock.ts";

/** Characters of the output that are kept: its end. */
const KEPT = 4000;
const PASSED =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_[A-Z]+|TZ|TERM|NO_COLOR|CI|TMPDIR|TEMP|TMP|SystemRoot|windir|ComSpec|PATHEXT)$/i;
const MARK = "GLASSHIVE_CHECK";
/** A process tree of its own with a view of itself alone; it ends with its first process, and that one with `unshare`. */
const OWN_TREE = ["--user", "--map-current-user", "--pid", "--fork", "--kill-child", "--mount-proc", "--"];
/** What a command has started may hold its output open; so long it is waited for once the command itself has ended. */
const AFTER_EXIT_MS = 500;
/** Ends the group when descriptor 3 does; the command has the number of the shell that it takes the place of. */
const WATCHED = '{ read -r _ <&3; kill -KILL -$$; } >/dev/null 2>&1 & exec "$@" 3<&-';
/** What the programs before a command say of one that they cannot take its place with, by their exit code. */
const NOT_RUN = /^unshare: failed to execute|^sh: (?:line )?(?:\d+: )?exec: /;
const WHY_NOT: Readonly<Record<number, string>> = {
  126: "EACCES, it may not be executed",
  127: "ENOENT, it is not there",
};

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

let tree: Promise<readonly string[]> | undefined;

/** What a command line begins with to have a process tree of its own; empty where the system or its owner does not allow it. */
function ownTree(): Promise<readonly string[]> {
  tree ??= new Promise((resolve) => {
    if (process.platform !== "linux") return resolve([]);
    const probe = spawn("unshare", [...OWN_TREE, "true"], { stdio: "ignore", env: commandEnvironment(process.env) });
    probe.on("error", () => resolve([]));
    probe.on("close", (code) => resolve(code === 0 ? ["unshare", ...OWN_TREE] : []));
  });
  return tree;
}

/** Whether commands see no process but their own. */
export async function commandsAreIsolated(): Promise<boolean> {
  return (await ownTree()).length > 0;
}

function commandEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value !== undefined && PASSED.test(name) ? [[name, value]] : [])),
  );
}

async function runIn(folder: string, command: readonly string[], { timeoutMs, signal }: Limits) {
  const [program = ""] = command;
  const mark = randomUUID();
  const env = { ...commandEnvironment(process.env), [MARK]: mark };
  const namespace = await ownTree();
  const watcher = process.platform === "win32" ? [] : ["sh", "-c", WATCHED, "sh"];
  const [first = "", ...args] = [...watcher, ...namespace, ...command];
  const { promise, resolve } = Promise.withResolvers<{ code: number | undefined; output: string }>();
  const child = spawn(first, args, { cwd: folder, env, detached: true, stdio: ["ignore", "pipe", "pipe", "pipe"] });
  let output = "";
  const heard = [child.stdout, child.stderr].filter((stream) => stream !== null);
  for (const stream of heard)
    stream.setEncoding("utf8").on("data", (chunk: string) => void (output = (output + chunk).slice(-KEPT)));
  const kill = (): void => {
    killGroup(child.pid);
    if (namespace.length === 0) killMarked(`${MARK}=${mark}`);
  };
  const ending = new Ending(SYSTEM_CLOCK, { what: program, stops: given(signal), mostMs: timeoutMs });
  ending.signal.addEventListener("abort", kill, { once: true });
  if (ending.signal.aborted) kill();
  const end = (code: number | undefined, said: string): void => {
    ending.dispose();
    // A later drain would kill whoever has this process's number then.
    ending.signal.removeEventListener("abort", kill);
    resolve({ code, output: said });
  };
  child.on("error", (error) => end(undefined, `${program} cannot be run: ${describeError(error)}`));
  child.on("exit", () => {
    kill();
    child.stdio[3]?.destroy();
    // What left the process group may live on, but is not heard any more.
    setTimeout(() => heard.forEach((stream) => stream.destroy()), AFTER_EXIT_MS).unref();
  });
  child.on("close", (code) => {
    if (ending.verdict()?.kind === "timeout")
      end(undefined, `${program} did not end within ${timeoutMs} ms: ${output}`);
    else if (WHY_NOT[code ?? 0] !== undefined && NOT_RUN.test(output))
      end(undefined, `${program} cannot be run: ${WHY_NOT[code ?? 0]}`);
    else end(code ?? undefined, output);
  });
  return promise;
}

function killGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** What has left the group: its environment tells. Elsewhere than on Linux nobody says. */
function killMarked(mark: string): void {
  if (process.platform !== "linux") return;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      if (readFileSync(`/proc/${pid}/environ`).includes(mark)) process.kill(Number(pid), "SIGKILL");
    } catch {
      // Another's process, or gone.
    }
  }
}
