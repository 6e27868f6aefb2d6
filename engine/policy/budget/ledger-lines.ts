/** Reservations and settlements as they stand in the journal. Pure. */
import type { DataOf } from "../../journal/events.ts";
import type { Usage } from "../../../state/usage.ts";
import type { Reservation } from "./ledger.ts";

/** The data of a `reserve` line. `asked` only where more was reserved than the call may use; `accounts` only where it draws on some. */
export function reserveData(reservation: Reservation): Omit<DataOf<"reserve">, "purpose"> {
  const { id, model, steps, inputTokens, outputTokens, usd, asked, accounts } = reservation;
  const isEnlarged = inputTokens > asked.inputTokens || outputTokens > asked.outputTokens;
  return {
    ...{ id, model, steps, inputTokens, outputTokens, usd },
    ...(isEnlarged ? { asked } : {}),
    ...(accounts.length === 0 ? {} : { accounts: [...accounts] }),
  };
}

/** The data of a `settle` line. `estimated`: the provider did not say. */
export function settleData(id: string, usage: Usage, isReported: boolean): DataOf<"settle"> {
  return { id, usage, ...(isReported ? {} : { estimated: true }) };
}
