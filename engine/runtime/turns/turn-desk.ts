/** What the model turns of one run share, and what is said of each of them. */
import type { Detection } from "../../../state/recovery-policy.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Journal } from "../../ports/journal.ts";
import type { ModelLimiter } from "../../ports/limits.ts";
import type { ResolvedModel } from "../../ports/models.ts";
import type { StopSignals } from "./ending.ts";
import type { TurnRequest } from "../../ports/turns.ts";
import type { Account } from "../../policy/budget/accounts.ts";
import type { AdmissionDesk } from "../../policy/budget/admission.ts";
import type { Ledger, Purse } from "../../policy/budget/ledger.ts";

export interface TurnDesk {
  /** The run's id. */
  run: string;
  ledger: Ledger;
  admission: AdmissionDesk;
  journal: Omit<Journal, "seal">;
  clock: Clock;
  stop: StopSignals;
  detection: Detection;
  /** The sub-budgets that a turn draws on. */
  accountsOf(request: TurnRequest): readonly Account[];
  resolve(model: string | undefined): ResolvedModel;
  limiter(model: ResolvedModel): ModelLimiter;
  /** Resolves when what the steps so far have done survives the death of this process. */
  saved(): Promise<void>;
  /** Unique within the run, across its processes. */
  newReservationId(): string;
}

/** The planner and the synthesizer draw on what is held back for them; condensing on half of it. */
export function purseOf({ purpose }: TurnRequest): Purse {
  if (purpose === "work") return "lanes";
  return purpose === "reduce" ? "condensing" : "coordinator";
}

/** Where in the plan a line of the journal belongs. */
export function placeOf({ subtask, attempt }: TurnRequest): { subtask?: string; attempt?: number } {
  return { ...(subtask === undefined ? {} : { subtask }), ...(attempt === undefined ? {} : { attempt }) };
}
