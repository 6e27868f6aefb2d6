import { extname } from "node:path";
import { Worker, type WorkerOptions } from "node:worker_threads";

/**
 * Starts a thread of this process that runs a file: `./name` beside `base`, a module's own URL, as `.ts` in the repository and `.js`
 * in the package. The thread has all flags of the process, whatever they are: Node hands them on by itself, and refuses those of
 * V8 (`--max-old-space-size`) in a list. With `--input-type` among them (of `node -e`) it does not run a file; there the thread's
 * own text imports it.
 *
 * Throws what `Worker` throws: ERR_ACCESS_DENIED under `--permission` without `--allow-worker`.
 */
export function startThread(name: string, { base, data }: { base: string; data: unknown }): Worker {
  const file = new URL(`./${name}${extname(base)}`, base);
  const options: WorkerOptions = { workerData: data };
  return process.execArgv.some((flag) => flag.startsWith("--input-type"))
    ? new Worker(`import(${JSON.stringify(file.href)})`, { ...options, eval: true })
    : new Worker(file, options);
}
