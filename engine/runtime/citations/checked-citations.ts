/**
 * What is found of a text's citations: looked at once, and on record, so that who goes on with the run, and who runs it again, goes
 * by the same.
 */
import { createHash } from "node:crypto";
import type { DataOf } from "../../journal/events.ts";
import { checkCitations, type CitationReport } from "../../policy/citations/check-citations.ts";
import { findCitations } from "../../policy/prompts/citation-rule.ts";
import type { Run } from "../run/run.ts";

/** By the text's key: what this process has found. Without a folder the record alone does not have it. */
const found = new WeakMap<Run, Map<string, CitationReport>>();

/** What the text is, and whose. */
export interface CitedText extends Pick<DataOf<"citations">, "of" | "name"> {
  subtask?: string;
  attempt?: number;
}

export async function checkedCitations(run: Run, text: string, about: CitedText): Promise<CitationReport> {
  const { contents, documents } = run.shared;
  const { task } = run.question;
  const check = (): CitationReport => checkCitations(text, { documents, task });
  // Nothing is read for it: who runs it again finds the same.
  if (documents === undefined || findCitations(text).length === 0) return check();
  const key = `citations/${createHash("sha256").update(text).digest("hex")}`;
  const reports = found.get(run) ?? new Map<string, CitationReport>();
  found.set(run, reports);
  const report = reports.get(key) ?? recordedReport(run, key) ?? check();
  reports.set(key, report);
  const { subtask, attempt, ...what } = about;
  const { total, verified, unsupported } = report;
  await run.record.once(key, {
    ...{ kind: "citations", subtask, attempt },
    data: { ...what, total, verified, unsupported: unsupported.length, content: contents.add(JSON.stringify(report)) },
  });
  return report;
}

/** As a process before found it, or the run that is run again. */
function recordedReport(run: Run, key: string): CitationReport | undefined {
  const known = run.record.recorded("citations", key)?.content;
  const { contents } = run.shared;
  const json =
    known === undefined || !contents.has(known)
      ? run.recording?.citations(key)
      : contents.text({ digest: known, characters: Infinity, bytes: Infinity });
  return json === undefined ? undefined : (JSON.parse(json) as CitationReport);
}
