/** The built command as a child process, as a person or a script runs it. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
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
