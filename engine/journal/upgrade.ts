/**
 * Lines of journals without a version, brought to the newest one as they are read. In place of each line stands what the newest
 * release would have written; a line that it did write stays as it is. Pure.
 */
import { JOURNAL_VERSION } from "./run-events.ts";

type Raw = Readonly<Record<string, unknown>>;

export function upgraded(line: Raw): Raw {
  const upgrade = typeof line["kind"] === "string" ? UPGRADES[line["kind"]] : undefined;
  return upgrade === undefined ? line : { ...line, data: upgrade((line["data"] ?? {}) as Raw) };
}

const UPGRADES: Readonly<Record<string, (data: Raw) => Raw>> = {
  "run-start": runStart,
  "model-call": (data) => ({ gapMs: 0, waitedMs: 0, ...data }),
};

/** The first releases noted of the documents only how many there were, or nothing. */
function runStart({ documents = 0, ...data }: Raw): Raw {
  const report = typeof documents === "number" ? { read: documents, leftOut: [], ignored: 0 } : documents;
  return { ...data, documents: report, journal: JOURNAL_VERSION };
}
