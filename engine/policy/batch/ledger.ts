/**
 * The ledger of a batch, as its lines say it: what each run of each row has reserved and has spent, and how each row stands. Lines are
 * chained like those of a journal, so that a changed, missing or added one shows. Owns their shapes and what they come to; where
 * they are kept is the caller's affair. Pure.
 *
 * 1. A run is begun, or continued, only after its reservation is durable; so what a run that was killed may have spent is counted.
 * 2. A reservation holds until the run has ended: what is counted then is what it has used.
 * 3. Between two processes no time passes.
 */
import { hash } from "node:crypto";
import canonicalize from "canonicalize";
import { z } from "zod";
import { BatchCaps, Reserved, RowOutcome } from "../../../state/batch.ts";
import { SwarmError } from "../../../state/errors.ts";
import { isRecord, jsonIn } from "../../../state/is-record.ts";
import { firstProblem } from "../../../state/problem.ts";
import { EMPTY_CHAIN, linkProblem, type ChainHead } from "../../journal/chain.ts";
import { NOTHING, type Amounts, amountsOf } from "../../../state/usage.ts";

/** The format that is written; it stands in each `begin`. */
export const LEDGER_VERSION = 1 as const;

const Row = z.object({ row: z.string(), run: z.string() });

const LedgerEvent = z.discriminatedUnion("kind", [
  /** A process begins to work on the batch; `rows`: those of the file that can be run. */
  event("begin", { version: z.literal(LEDGER_VERSION), caps: BatchCaps, parallel: z.number(), rows: z.number() }),
  /** The run may begin, or go on, and use that much from its beginning to its end. */
  event("reserve", {
    ...Row.shape,
    identity: z.string(),
    parts: z.record(z.string(), z.string()),
    reserved: Reserved,
    why: z.string(),
  }),
  /**
   * How the run stands. `isOver`: nothing works on it any more and its reservation is free; else it waits, and keeps it. `cappedBy`: a
   * cap of the batch has cut it short; they were these.
   */
  event("settle", { ...Row.shape, outcome: RowOutcome, isOver: z.boolean(), cappedBy: BatchCaps.optional() }),
  /** The process is still there. */
  event("tick", {}),
  /**
   * The process leaves the batch; `root`: of the tree over the rows that have a journal, as `batch.json` has it; `files`: SHA-256 of what else is
   * written about it, by name.
   */
  event("end", { reason: z.string(), root: z.string(), files: z.record(z.string(), z.string()).optional() }),
]);
export type LedgerEvent = z.infer<typeof LedgerEvent>;

const Link = z.object({ seq: z.number(), at: z.iso.datetime(), prev: z.string(), hash: z.string() });
const LedgerLine = LedgerEvent.and(Link);
export type LedgerLine = z.infer<typeof LedgerLine>;

function event<Kind extends string, Data extends z.core.$ZodLooseShape>(kind: Kind, data: Data) {
  return z.object({ kind: z.literal(kind), data: z.object(data) });
}

export interface RowState {
  run: string;
  identity: string;
  parts: Record<string, string>;
  /** Undefined: its process died before it could say. */
  outcome: RowOutcome | undefined;
  isOver: boolean;
  /** The caps of the batch under which a cap of the batch cut it short. */
  cappedBy: BatchCaps | undefined;
}

export interface RunAccount {
  /** Undefined: it is over. */
  reserved: Reserved | undefined;
  spent: Amounts;
  /** Milliseconds in which it was worked on. */
  wallMs: number;
}

export interface BatchView {
  head: ChainHead;
  first: string;
  rows: Map<string, RowState>;
  /** By the run's id; of rows that have changed, or are not in the file any more, too. */
  runs: Map<string, RunAccount>;
  workedMs: number;
  lastMs: number;
}

export function newBatchView(): BatchView {
  return { head: EMPTY_CHAIN, first: "", rows: new Map(), runs: new Map(), workedMs: 0, lastMs: 0 };
}

/** Links an event to the chain. `at`: ISO 8601. What is hashed is what a reader will parse. */
export function linkEvent(event: LedgerEvent, head: ChainHead, at: string): LedgerLine {
  const text = JSON.stringify({ seq: head.seq + 1, at, ...event, prev: head.hash }, (_name, value: unknown) =>
    typeof value === "string" ? value.toWellFormed() : value,
  );
  return LedgerLine.parse({ ...JSON.parse(text), hash: hash("sha256", canonicalize(JSON.parse(text)) ?? "", "hex") });
}

/** The next line of a ledger. Throws SwarmError JOURNAL_BROKEN. */
export function readLedgerLine(text: string, head: ChainHead): LedgerLine {
  const line = jsonIn(text);
  if (line === undefined) throw brokenAt(head, "is not JSON");
  if (!isRecord(line)) throw brokenAt(head, "is not an object");
  const broken = linkProblem(line, head);
  if (broken !== undefined) throw brokenAt(head, broken);
  const parsed = LedgerLine.safeParse(line);
  if (!parsed.success) throw brokenAt(head, firstProblem(parsed.error, line));
  return parsed.data;
}

function brokenAt({ seq }: ChainHead, problem: string): SwarmError {
  return new SwarmError("JOURNAL_BROKEN", `the ledger of the batch does not hold: line ${seq + 1} ${problem}`, {
    next: "restore ledger.jsonl from a copy, or give another --out; what the batch has spent is not known without it",
  });
}

export function applyLedgerLine(view: BatchView, line: LedgerLine): void {
  const now = Date.parse(line.at);
  if (line.kind !== "begin" && view.lastMs > 0) view.workedMs += Math.max(0, now - view.lastMs);
  view.lastMs = now;
  view.head = { seq: line.seq, hash: line.hash };
  if (line.seq === 1) view.first = line.hash;
  if (line.kind === "reserve") {
    const { row, run, identity, parts, reserved } = line.data;
    view.rows.set(row, { run, identity, parts, outcome: undefined, isOver: false, cappedBy: undefined });
    const { spent, wallMs } = view.runs.get(run) ?? { spent: NOTHING, wallMs: 0 };
    view.runs.set(run, { reserved, spent, wallMs });
  } else if (line.kind === "settle") {
    const { row, run, outcome, isOver, cappedBy } = line.data;
    const state = view.rows.get(row);
    if (state?.run === run) Object.assign(state, { outcome, isOver, cappedBy });
    const spent = amountsOf(outcome.usage);
    const reserved = isOver ? undefined : view.runs.get(run)?.reserved;
    view.runs.set(run, { reserved, spent, wallMs: outcome.wallMs });
  }
}
