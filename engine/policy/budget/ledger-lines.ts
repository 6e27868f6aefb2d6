/**
 * Reservations and settlements as they stand in the journal, and a ledger made anew from them: what was spent, on which accounts,
 * and how each provider counts. Pure.
 */
import type { DataOf, JournalLine } from "../../journal/events.ts";
import type { Usage } from "../../../state/usage.ts";
import type { Ledger, PastSettlement, Reservation } from "./ledger.ts";

/** The data of a `reserve` line. `asked` only where more was reserved than the call may use; `accounts` only where it draws on some. */
export function reserveData(reservation: Reservation): Omit<DataOf<"reserve">, "purpose"> {
  const { id, model, inputTokens, outputTokens, usd, asked, accounts } = reservation;
  const isEnlarged = inputTokens > asked.inputTokens || outputTokens > asked.outputTokens;
  return {
    ...{ id, model, steps: 1, inputTokens, outputTokens, usd },
    ...(isEnlarged ? { asked } : {}),
    ...(accounts.length === 0 ? {} : { accounts: [...accounts] }),
  };
}

/** The data of a `settle` line. `estimated`: the provider did not say. */
export function settleData(id: string, usage: Usage, isReported: boolean): DataOf<"settle"> {
  return { id, usage, ...(isReported ? {} : { estimated: true }) };
}

/** Books every settlement. What is still open is the caller's: `foldJournal` names it, and `lostUsage` says what it is booked at. */
export function restoreLedger(ledger: Ledger, lines: readonly JournalLine[]): void {
  const reserved = new Map<string, DataOf<"reserve">>();
  for (const { kind, data } of lines) {
    if (kind === "reserve") reserved.set(data.id, data);
    if (kind !== "settle") continue;
    const { id } = data;
    const isReported = data.lost !== true && data.estimated !== true;
    ledger.restore({ usage: data.usage, ...knownOf(reserved.get(id), isReported) });
    reserved.delete(id);
  }
}

function knownOf(reserve: DataOf<"reserve"> | undefined, isReported: boolean): Omit<PastSettlement, "usage"> {
  if (reserve === undefined) return {};
  const { model, inputTokens, outputTokens, asked = { inputTokens, outputTokens }, accounts = [] } = reserve;
  const counted = { model, asked };
  return { accounts, ...(isReported ? { counted } : {}) };
}

/** The number of the newest reservation; not their count: an id that was given and never used has no line. */
export function lastReservation(past: readonly JournalLine[]): number {
  const numbers = past.map(({ kind, data }) => (kind === "reserve" ? Number(/\d+$/.exec(data.id)?.[0] ?? 0) : 0));
  return numbers.reduce((most, number) => Math.max(most, number), 0);
}
