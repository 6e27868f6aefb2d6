import { extname } from "node:path";
import { Worker } from "node:worker_threads";

/**
 * Starts a thread of this process that runs a file: `./name` beside `base`, a module's own URL, as `.ts` in the repository and `.js`
 * in the package. The thread has the flags of the process, whatever they are. It imports the file, since `--input-type` (of
 * `node -e`) stops one that is to run a file, and flags cannot be handed on without it: Node refuses those of V8 in a list.
 *
 * Throws what `Worker` throws: ERR_ACCESS_DENIED under `--permission` without `--allow-worker`.
 */
export function startThread(name: string, { base, data }: { base: string; data: unknown }): Worker {
  const file = new URL(`./${name}${extname(base)}`, base);
  return new Worker(`import(${JSON.stringify(file.href)})`, { eval: true, workerData: data });
}
