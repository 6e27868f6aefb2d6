/**
 * What a journal says about its run: the ledger's balance, open reservations, accepted results. A run that is opened again
 * knows from here what was spent, whatever the process that spent it could still save.
 */
import type { JournalLine, LineOf } from "./events.ts";
import { withChanges, type ChangedDocuments } from "../../state/left-out.ts";
import { addUsage, NO_USAGE, type Usage } from "../../state/usage.ts";

/** A reservation without a settlement: its process died while the call was in flight. */
export interface LostReservation {
  id: string;
  subtask: string | undefined;
  attempt: number | undefined;
  /** The most that it can have cost. */
  inputTokens: number;
  outputTokens: number;
  usd: number;
  /** Sub-budgets that it drew on. */
  accounts: readonly string[];
}

export interface JournalFacts {
  spent: Usage;
  lost: LostReservation[];
  /** Results committed: `subtask` at `attempt`. */
  published: ReadonlySet<string>;
  /** Lanes that have parked themselves and were not routed again. */
  parked: ReadonlySet<string>;
  /** Questions to a human that were denied by default. */
  denied: number;
  /** What those who went on with the run found of its documents. */
  changedDocuments: ChangedDocuments | undefined;
  /** Milliseconds in which some process worked on the run, up to the last line of each process. */
  workedMs: number;
  /** ISO 8601, of the first line. */
  startedAt: string | undefined;
}

export function publicationKey(subtask: string, attempt: number): string {
  return `${subtask}\u0000${attempt}`;
}

/** Pure; linear in the lines. */
export function foldJournal(lines: readonly JournalLine[]): JournalFacts {
  let spent = NO_USAGE;
  const open = new Map<string, LostReservation>();
  const published = new Set<string>();
  const parked = new Set<string>();
  for (const line of lines) {
    if (line.kind === "reserve") open.set(line.data.id, reservationOf(line));
    if (line.kind === "settle") {
      open.delete(line.data.id);
      spent = addUsage(spent, line.data.usage);
    }
    if (line.kind === "park") {
      if (line.subtask !== undefined) parked.add(line.subtask);
      for (const again of line.data.routedAgain ?? []) parked.delete(again);
    }
    if (line.kind === "publish" && line.data.accepted) {
      published.add(publicationKey(line.subtask ?? "", line.attempt ?? 0));
    }
  }
  return {
    ...{ spent, lost: [...open.values()], published, parked, workedMs: workedMs(lines), startedAt: lines[0]?.at },
    denied: lines.filter(isDenial).length,
    changedDocuments: lines.reduce(withChangesOf, undefined),
  };
}

function withChangesOf(known: ChangedDocuments | undefined, { kind, data }: JournalLine): ChangedDocuments | undefined {
  const found = kind === "process-start" ? data.changedDocuments : undefined;
  return found === undefined ? known : withChanges(known, found);
}

/** An answer is published all the same: that is no denial. Pure. */
export function isDenial({ kind, data }: JournalLine): boolean {
  return kind === "resume" && data.by === "default" && data.kind !== "answer";
}

/** What a lost call is booked at: all that it can have cost, and its step. That it is asked again is a step of its own. */
export function lostUsage(lost: LostReservation): Usage {
  return {
    steps: 1,
    modelCalls: 1,
    inputTokens: lost.inputTokens,
    cachedInputTokens: 0,
    outputTokens: lost.outputTokens,
    usd: lost.usd,
  };
}

function reservationOf(line: LineOf<"reserve">): LostReservation {
  return {
    id: line.data.id,
    subtask: line.subtask,
    attempt: line.attempt,
    inputTokens: line.data.inputTokens,
    outputTokens: line.data.outputTokens,
    usd: line.data.usd,
    accounts: line.data.accounts ?? [],
  };
}

function workedMs(lines: readonly JournalLine[]): number {
  let total = 0;
  let start: number | undefined;
  let last = 0;
  for (const line of lines) {
    const at = Date.parse(line.at);
    if (line.kind === "run-start" || line.kind === "process-start") {
      if (start !== undefined) total += last - start;
      start = at;
    }
    last = at;
  }
  return start === undefined ? total : total + (last - start);
}
