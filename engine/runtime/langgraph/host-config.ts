/**
 * What LangGraph (1.7.3) and its server say to a node in its configuration, under keys of their own that no type names: the only place that
 * knows them.
 */
import { fieldOf, isRecord } from "../../../state/is-record.ts";

type Configurable = Readonly<Record<string, unknown>> | undefined;

const CHECKPOINTER = "__pregel_checkpointer";

/** What keeps the checkpoints of a call: that of the graph, or of the one around it; undefined: nothing does. */
export function checkpointerIn(configurable: Configurable): unknown {
  return configurable?.[CHECKPOINTER] || undefined;
}

/** For a graph that is to keep its checkpoints there. */
export function keptBy(checkpointer: unknown): Record<string, unknown> {
  return { [CHECKPOINTER]: checkpointer };
}

/** Whether a LangGraph server makes the call: it says by which assistant. */
export function isServed(configurable: Configurable): boolean {
  return configurable?.["assistant_id"] !== undefined;
}

/** Whether the call is made by a node of a graph around it. */
export function isPartOfParent(configurable: Configurable): boolean {
  return configurable?.["__pregel_read"] !== undefined;
}

/** Whether an older checkpoint was asked for by its id: what came after it is run again. */
export function isReplay(configurable: Configurable): boolean {
  return configurable?.["__pregel_replay_state"] !== undefined;
}

/** Whether somebody streams what happens inside. */
export function isWatched(configurable: Configurable): boolean {
  return configurable?.["__pregel_stream"] !== undefined;
}

/** The task that makes the call: the same for all calls that it makes. */
export function taskIn(configurable: Configurable): unknown {
  return configurable?.["__pregel_scratchpad"];
}

const SIGNALS = "__pregel_abort_signals";

/** Where a subgraph is handed the signals of the graph around it, they count in place of its `signal`. */
export function outerSignal(configurable: Configurable): unknown {
  return fieldOf(configurable?.[SIGNALS], "externalAbortSignal");
}

/** With this one in its place. */
export function underSignal(configurable: Configurable, signal: AbortSignal): Record<string, unknown> {
  const signals: unknown = configurable?.[SIGNALS];
  return { ...configurable, [SIGNALS]: { ...(isRecord(signals) ? signals : {}), externalAbortSignal: signal } };
}
