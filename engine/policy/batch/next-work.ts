/**
 * What is to be done about a row of a batch, by what the ledger says of it.
 *
 * 1. What is over under the same identity is not run again, unless its class is asked for.
 * 2. What has begun and is not over goes on; nothing of it is done twice. What its run has come to otherwise is taken.
 * Pure.
 */
import type { BatchCaps, RowClass } from "../../../state/batch.ts";
import { changedParts, type Identity } from "./identity.ts";
import type { RowState } from "./ledger.ts";
import { isRaised } from "./row-outcome.ts";

/** `why`: one clause, fit for a line and for the ledger. */
export type Work =
  | { kind: "keep" }
  /** The run that it has goes on; `isRetry`: although it is over. */
  | { kind: "continue"; why: string; isRetry: boolean }
  | { kind: "begin"; why: string; isAgain: boolean };

interface Known {
  /** Undefined: the row is new. */
  state: RowState | undefined;
  identity: Identity;
  /** Whether its run is still in the folder of the batch. */
  isThere: boolean;
  /** Whether its run has come to another end than the ledger knows: somebody has gone on with it. */
  hasGoneOn: boolean;
  retry: ReadonlySet<RowClass>;
  caps: BatchCaps;
}

export function workOf({ state, identity, isThere, hasGoneOn, retry, caps }: Known): Work {
  if (state === undefined) return { kind: "begin", why: "it is new", isAgain: false };
  if (state.identity !== identity.identity) {
    const changed = changedParts(state.parts, identity.parts).join(", ");
    return { kind: "begin", why: `changed: ${changed}`, isAgain: true };
  }
  if (!isThere) return withoutRun(state, retry);
  if (!state.isOver) return { kind: "continue", why: state.outcome?.evidence ?? "its process died", isRetry: false };
  if (hasGoneOn) return { kind: "continue", why: "its run has gone on since", isRetry: false };
  const kind = state.outcome?.class;
  if (kind !== undefined && retry.has(kind)) return { kind: "continue", why: triedAgain(kind), isRetry: true };
  if (kind === "capped" && state.cappedBy !== undefined && isRaised(caps, state.cappedBy))
    return { kind: "continue", why: "the caps of the batch are higher now", isRetry: true };
  return { kind: "keep" };
}

/** What is to be done where the run of a row is not in the folder: it was removed, or had not begun, or could not begin. */
function withoutRun({ outcome, isOver }: RowState, retry: ReadonlySet<RowClass>): Work {
  if (outcome !== undefined && outcome.head !== null)
    return { kind: "begin", why: "its run is gone from the folder", isAgain: true };
  if (!isOver || outcome === undefined) return { kind: "begin", why: "it had not begun", isAgain: false };
  if (!retry.has(outcome.class)) return { kind: "keep" };
  return { kind: "begin", why: triedAgain(outcome.class), isAgain: true };
}

function triedAgain(kind: RowClass): string {
  return `it is to be tried again: ${kind}`;
}
