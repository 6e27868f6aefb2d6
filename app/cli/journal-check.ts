/** The thread that checks a long journal: answers with the hash of its last line, or null where it does not hold. */
import { parentPort, workerData } from "node:worker_threads";
import { journalLines } from "../../adapters/storage/journal-file.ts";
import { JournalReader } from "../../engine/journal/read-journal.ts";

/** What stands within the first `bytes` of a file. */
export interface JournalPart {
  runId: string;
  file: string;
  bytes: number;
}

function lastHash({ runId, file, bytes }: JournalPart): string | null {
  try {
    const reader = new JournalReader(runId);
    for (const text of journalLines(file, bytes)) reader.read(text);
    return reader.head.hash;
  } catch {
    return null;
  }
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port to the parent thread has no origin
parentPort?.postMessage(lastHash(workerData));
