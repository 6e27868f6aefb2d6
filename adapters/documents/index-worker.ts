/** The worker thread in which an index is built, so that nothing else of the process waits. Answers with an error's text, or null. */
import { parentPort, workerData } from "node:worker_threads";
import { describeError } from "../../state/errors.ts";
import { buildIndex, type BuildRequest } from "./build-index.ts";
import { passing, type Gate } from "../process/thread-gate.ts";
import { loadHtmlParser } from "./html-lines.ts";

async function run({ gate, ...request }: BuildRequest & { gate: Gate }): Promise<string | null> {
  try {
    await loadHtmlParser();
    passing(gate, () => buildIndex({ ...request, stop: gate }));
    return null;
  } catch (error) {
    return describeError(error);
  }
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port to the parent thread has no origin
void run(workerData).then((problem) => parentPort?.postMessage(problem));
