/**
 * What a journal says of money: the balance, the calls that are open, and how providers count.
 * Part of the one fold (`run-view.ts`). Sums only: it does not grow with the calls that have ended.
 */
import { addAmounts, addUsage, amountsOf, NO_USAGE, NOTHING, type Amounts, type Usage } from "../../state/usage.ts";
import type { DataOf, LineOf } from "./events.ts";

/** A reservation without a settlement. Where its process is gone, the call is lost. */
export interface OpenCall extends Pick<
  DataOf<"reserve">,
  "id" | "model" | "steps" | "inputTokens" | "outputTokens" | "usd"
> {
  subtask: string | undefined;
  attempt: number | undefined;
  /** What the call was asked to keep to. */
  asked: { inputTokens: number; outputTokens: number };
  accounts: readonly string[];
}

/** The most by which reports of a model passed what its calls were asked to keep to, in tokens and as a share of it. */
export interface Overrun {
  inputTokens: number;
  inputShare: number;
  outputTokens: number;
  outputShare: number;
}

/** A model of which nothing is known but that it has replied. */
export const AS_ASKED: Overrun = { inputTokens: 0, inputShare: 0, outputTokens: 0, outputShare: 0 };

export interface SpendingView {
  spent: Usage;
  open: Map<string, OpenCall>;
  /** By sub-budget. */
  accounts: Map<string, Amounts>;
  /** By model; one that is here has replied at least once. */
  overruns: Map<string, Overrun>;
  /** The number of the newest reservation; not their count: an id that was given and never used has no line. */
  lastReservation: number;
}

export function newSpendingView(): SpendingView {
  return {
    spent: NO_USAGE,
    open: new Map(),
    accounts: new Map(),
    overruns: new Map(),
    lastReservation: 0,
  };
}

export function reserved(view: SpendingView, { subtask, attempt, data }: LineOf<"reserve">): void {
  const { id, model, steps, inputTokens, outputTokens, usd, accounts = [] } = data;
  const { asked = { inputTokens, outputTokens } } = data;
  const amounts = { steps, inputTokens, outputTokens, usd };
  view.open.set(id, { id, model, ...amounts, subtask, attempt, asked, accounts });
  view.lastReservation = Math.max(view.lastReservation, Number(/\d+$/.exec(id)?.[0] ?? 0));
}

export function settled(view: SpendingView, { data }: LineOf<"settle">): void {
  const { id, usage } = data;
  view.spent = addUsage(view.spent, usage);
  const call = view.open.get(id);
  if (call === undefined) return;
  view.open.delete(id);
  const used = amountsOf(usage);
  for (const name of call.accounts) {
    view.accounts.set(name, addAmounts(view.accounts.get(name) ?? NOTHING, used));
  }
  if (data.lost !== true && data.estimated !== true && used.tokens > 0)
    view.overruns.set(call.model, withOverrun(view.overruns.get(call.model), call.asked, usage));
}

/** Never less than before. Pure. */
export function withOverrun(
  known: Overrun | undefined,
  asked: { inputTokens: number; outputTokens: number },
  reported: { inputTokens: number; outputTokens: number },
): Overrun {
  const input = reported.inputTokens - asked.inputTokens;
  const output = reported.outputTokens - asked.outputTokens;
  return {
    inputTokens: Math.max(known?.inputTokens ?? 0, input),
    inputShare: Math.max(known?.inputShare ?? 0, asked.inputTokens > 0 ? input / asked.inputTokens : 0),
    outputTokens: Math.max(known?.outputTokens ?? 0, output),
    outputShare: Math.max(known?.outputShare ?? 0, asked.outputTokens > 0 ? output / asked.outputTokens : 0),
  };
}

/** What a lost call is booked at: all that it can have cost. That it is asked again is a step of its own. */
export function lostUsage({ steps, inputTokens, outputTokens, usd }: OpenCall): Usage {
  return { steps, modelCalls: 1, inputTokens, cachedInputTokens: 0, outputTokens, usd };
}
