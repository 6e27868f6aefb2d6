import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { forgetGate, type Gate } from "./thread-gate.ts";

/**
 * Starts a thread of this process that runs a file: `./name` beside `base`, a module's own URL, as `.ts` in the repository and `.js`
 * in the package.
 *
 * What the host's process loads before its program (`--import`, `--require`, a loader; by NODE_OPTIONS too) is written for that
 * program, and may throw in a thread: ours loads none of it. Of the flags it has those that say what a process may do and how it
 * finds modules. Those of V8 hold for the whole process without being handed on.
 *
 * `gate`: of a thread that must not be ended amid its work (thread-gate.ts). Throws what `Worker` throws: ERR_ACCESS_DENIED under `--permission` without `--allow-worker`.
 */
export function startThread(name: string, { base, data }: { base: string; data: object & { gate?: Gate } }): Worker {
  const file = new URL(`./${name}${extname(base)}`, base);
  const { NODE_OPTIONS = "", ...env } = process.env;
  const inherited = NODE_OPTIONS.match(/(?:[^\s"]|"(?:\\.|[^"\\])*")+/g) ?? [];
  const options = inherited.map((flag) => flag.replace(/"((?:\\.|[^"\\])*)"/g, (_, text: string) => unescaped(text)));
  const worker = new Worker(file, { workerData: data, env, execArgv: threadFlags([...options, ...process.execArgv]) });
  const { gate } = data;
  return gate === undefined ? worker : worker.once("exit", () => forgetGate(gate));
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, "$1");
}

const KEPT = /^--(?:permission|allow-[\w-]+|conditions|preserve-symlinks|no-warnings|disable-warning)(?:=|$)/;
const KEPT_WITH_VALUE = /^(?:-C|--conditions|--allow-fs-read|--allow-fs-write|--disable-warning)$/;

/** Of a process's flags those that a thread of ours is to have. Pure. */
export function threadFlags(flags: readonly string[]): string[] {
  return flags.flatMap((flag, at) => {
    const value = flags[at + 1];
    if (KEPT_WITH_VALUE.test(flag) && value !== undefined) return [flag, value];
    return KEPT.test(flag) ? [flag] : [];
  });
}
