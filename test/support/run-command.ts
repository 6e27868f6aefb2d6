/** The built command as a child process, as a person or a script runs it. */
import { AsyncLocalStorage } from "node:async_hooks";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { runCommandLine } from "../../app/cli/program.ts";
import type { RunResult } from "../../state/run-result.ts";

const COMMAND = fileURLToPath(new URL("../../bin/glasshive.mjs", import.meta.url));

export interface CommandOptions {
  cwd?: string;
  env?: Record<string, string | undefined>;
  /** Given on standard input; default: none. */
  input?: string;
  /** Gives it two more streams, descriptors 3 and 4, that go both ways. */
  channels?: boolean;
  /** Files that the process may open (`ulimit -n`). */
  openFiles?: number;
  /** A program with its arguments that starts the command, whose words are put behind. */
  through?: readonly string[];
}

export interface CommandOutcome {
  /** Null where a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface RunningCommand {
  child: ChildProcess;
  /** What it has said on standard error so far. */
  said: () => string;
  ended: Promise<CommandOutcome>;
}

/** Starts `glasshive ARGS`. The environment has no key and no home of its own but what `env` gives. */
export function startCommand(
  args: readonly string[],
  { cwd, env = {}, input, channels = false, openFiles, through = [] }: CommandOptions = {},
): RunningCommand {
  const { OPENAI_API_KEY: _key, OPENAI_BASE_URL: _url, GLASSHIVE_HOME: _home, INIT_CWD: _cwd, ...rest } = process.env;
  const command = [process.execPath, COMMAND, ...args];
  const limited = openFiles === undefined ? [] : ["sh", "-c", `ulimit -n ${openFiles} && exec "$@"`, "sh"];
  const [program, ...words] = [...through, ...limited, ...command] as [string, ...string[]];
  const child = spawn(program, words, {
    cwd,
    env: { ...rest, NO_COLOR: "1", ...env },
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe", ...(channels ? (["pipe", "pipe"] as const) : [])],
  });
  child.stdin?.end(input);
  let said = "";
  child.stderr!.setEncoding("utf8").on("data", (piece: string) => void (said += piece));
  const ended = Promise.all([once(child, "close"), text(child.stdout!)]).then(([[code, signal], stdout]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    stdout,
    stderr: said,
  }));
  return { child, said: () => said, ended };
}

export function runCommand(args: readonly string[], options: CommandOptions = {}): Promise<CommandOutcome> {
  return startCommand(args, options).ended;
}

interface Speaking {
  stdout: string;
  stderr: string;
  cwd: string | undefined;
}

const speaking = new AsyncLocalStorage<Speaking>();
let isListening = false;

function listen(): void {
  if (isListening) return;
  isListening = true;
  for (const name of ["OPENAI_API_KEY", "OPENAI_BASE_URL", "GLASSHIVE_HOME", "INIT_CWD"]) delete process.env[name];
  process.env["NO_COLOR"] = "1";
  const standing = process.cwd.bind(process);
  process.cwd = () => speaking.getStore()?.cwd ?? standing();
  for (const stream of ["stdout", "stderr"] as const) {
    const write = process[stream].write.bind(process[stream]);
    process[stream].write = ((...args: Parameters<typeof write>) => {
      const said = speaking.getStore();
      if (said === undefined) return write(...args);
      said[stream] += String(args[0]);
      return true;
    }) as typeof write;
  }
}

/** Runs `work` of the command line in this process, where it sees no key: what it returns, and what it says meanwhile. */
export async function spoken<T>(work: () => Promise<T>, cwd?: string): Promise<{ value: T } & Omit<Speaking, "cwd">> {
  listen();
  const said: Speaking = { stdout: "", stderr: "", cwd };
  const value = await speaking.run(said, work);
  return { value, stdout: said.stdout, stderr: said.stderr };
}

/**
 * `glasshive ARGS` in this process: a tenth of what a child costs, and as fresh, since all that it knows of a run is on the
 * disk. For tests whose subject is neither the process nor its environment.
 */
export async function commandHere(args: readonly string[], { cwd }: { cwd?: string } = {}): Promise<CommandOutcome> {
  const { value: code, stdout, stderr } = await spoken(() => runCommandLine([...args]), cwd);
  return { code, signal: null, stdout, stderr };
}

/** The one JSON object of `--json`. Throws, with what was on stderr, where stdout is anything else. */
export function resultOf({ stdout, stderr }: CommandOutcome): RunResult {
  try {
    return JSON.parse(stdout) as RunResult;
  } catch (error) {
    throw new Error(`stdout is not one JSON object: ${stdout.slice(0, 300)}\nstderr: ${stderr.slice(-800)}`, {
      cause: error,
    });
  }
}
