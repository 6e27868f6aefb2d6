/** The journal of a run in a home, its chain and each of its lines checked. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { EVENTS, type JournalLine } from "../../engine/journal/events.ts";
import { JournalReader } from "../../engine/journal/read-journal.ts";

/** As a program from outside reads it: fields by name. */
export type RecordedLine = JournalLine & { data: Record<string, unknown> };

/** Throws where the chain does not hold, and for a line that its kind's schema does not describe, to the last field. */
export function readJournalFile(home: string, runId: string): RecordedLine[] {
  return recordedLines(readFileSync(join(home, "runs", runId, "journal.jsonl"), "utf8"), runId);
}

/** What a process that was killed has left of it: none, or lines up to the last whole one. */
export function journalSoFar(home: string, runId: string): RecordedLine[] {
  return existsSync(join(home, "runs", runId, "journal.jsonl")) ? readJournalFile(home, runId) : [];
}

export function recordedLines(text: string, runId: string): RecordedLine[] {
  const reader = new JournalReader(runId);
  const lines = text.split("\n").slice(0, -1);
  return lines.map((line) => {
    const read = reader.read(line);
    refuseUndescribed(read);
    return read;
  });
}

function refuseUndescribed({ seq, kind, data }: RecordedLine): void {
  const known = kind === "unknown" ? undefined : EVENTS[kind].shape;
  const strange = Object.keys(data).find((field) => known === undefined || !(field in known));
  if (strange !== undefined) throw new Error(`line ${seq} (${kind}) has a field that no schema describes: ${strange}`);
}

/** Lines as they were kept, typed. */
export function readLines(texts: readonly string[], runId: string): JournalLine[] {
  const reader = new JournalReader(runId);
  return texts.map((text) => reader.read(text));
}
