/** Journal lines that tests write by hand: whole ones, of which a test names what it is about. */
import { EMPTY_CHAIN, link, linkProblem } from "../../engine/journal/chain.ts";
import type { DataOf, JournalEntry, JournalKind, JournalLine } from "../../engine/journal/events.ts";
import { NO_USAGE } from "../../state/usage.ts";
import type { RunOptions } from "../../state/run-options.ts";
import type { RecordedLine } from "./read-journal.ts";

const OPTIONS = { caps: { maxAgents: 300, maxSteps: 4000 } } as RunOptions;

/** One of each kind. */
export const SAMPLES: { [Kind in JournalKind]: DataOf<Kind> } = {
  "run-start": {
    ...{ journal: 3, task: "x", options: OPTIONS, model: "m", agents: [] },
    documents: { read: 0, leftOut: [], ignored: 0 },
  },
  redaction: { source: "input", counts: { email: 2 } },
  "process-start": { continues: true, lostCalls: 0 },
  plan: { version: 1, origin: "given" },
  interrupt: { kind: "budget" },
  resume: { kind: "budget" },
  "process-end": { reason: "the invocation ended" },
  "run-end": { status: "complete", coverage: { total: 1, done: 1 }, usage: NO_USAGE, digest: "d" },
  "run-close": { lines: 1 },
  route: { agent: "a", rule: "best score", candidates: [], rejected: [] },
  park: {},
  "attempt-start": { agent: "a" },
  signal: { kind: "server", evidence: "502" },
  recovery: { signal: "server", action: "retry", rule: "server[0] retry 1/6", delayMs: 0 },
  compact: {
    ...{ reason: "near the limit", limitTokens: 10, beforeTokens: 9, afterTokens: 5 },
    ...{ answers: 1, turns: 0, by: "references" as const },
  },
  "attempt-end": { agent: "a", outcome: "done", cause: null, steps: 1 },
  citations: { of: "result", total: 1, verified: 1, unsupported: 0, content: "c" },
  publish: { accepted: true, outcome: "done", characters: 0 },
  reserve: { id: "call-1", purpose: "work", model: "m", steps: 1, inputTokens: 0, outputTokens: 0, usd: 0 },
  "model-call": { id: "call-1", model: "m", ms: 0, gapMs: 0, waitedMs: 0 },
  settle: { id: "call-1", usage: NO_USAGE },
  "tool-call": { tool: "t", args: {}, outcome: "ok", ms: 0, characters: 0, digest: "d" },
  "limit-change": { endpoint: "e", limit: 1, reason: "refused" },
  "usage-unreported": { model: "m" },
  write: {
    ...{ artifact: "a.md", type: "text" as const, version: 1, base: 0, hash: "h", bytes: 1 },
    ...{ agent: "a", turn: 1, call: 0 },
  },
  conflict: {
    ...{ id: "c", artifact: "a.md", base: 1, committed: 2, incoming: { hash: "h", bytes: 1 }, version: 3, agent: "a" },
    ...{ policy: "first-wins" as const, result: "merged" as const, regions: [], places: 0 },
  },
  check: { check: "c", by: "schema", verdict: "holds", evidence: "it holds", writes: [] },
};

interface Place {
  subtask?: string | undefined;
  attempt?: number | undefined;
}

/** The sample of the kind with what is given; that may be anything. */
export function entryOf(kind: JournalKind, data: Readonly<Record<string, unknown>> = {}, place: Place = {}) {
  return { kind, ...place, data: { ...SAMPLES[kind], ...data } } as JournalEntry;
}

/** As `entryOf`, as a line; no chain is made. */
export function lineAt(at: number | string, { kind, subtask, attempt, data }: JournalEntry, seq = 1): RecordedLine {
  const place = { ...(subtask === undefined ? {} : { subtask }), ...(attempt === undefined ? {} : { attempt }) };
  const time = new Date(at).toISOString();
  return { seq, at: time, run: "r", kind, ...place, data, prev: "", hash: "" } as RecordedLine;
}

/** A chain that holds, one second a line. */
export function chainOf(entries: readonly JournalEntry[], run = "run"): JournalLine[] {
  const lines: JournalLine[] = [];
  for (const [index, entry] of entries.entries()) {
    const at = new Date(Date.UTC(2026, 0, 1, 0, 0, index)).toISOString();
    lines.push(link(entry, lines.at(-1) ?? EMPTY_CHAIN, { run, at }));
  }
  return lines;
}

/** The first line of a chain that does not fit, with the reason. */
export function brokenAt(lines: readonly JournalLine[]): { seq: number; reason: string } | undefined {
  let head = EMPTY_CHAIN;
  for (const line of lines) {
    const reason = linkProblem({ ...line }, head, JSON.stringify(line));
    if (reason !== undefined) return { seq: line.seq, reason };
    head = line;
  }
  return undefined;
}
