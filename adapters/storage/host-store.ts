/** The store of the host (the dev server, a parent graph), as a node is handed it. */
import type { BaseStore } from "@langchain/langgraph-checkpoint";

/**
 * LangGraph hands nodes a wrapper that answers only while the invocation lasts: afterwards every call waits for ever. A run
 * that waits for a human outlives its invocation, so it keeps the store behind the wrapper (named as LangGraph itself does).
 */
export function lastingStore(handed: BaseStore): BaseStore {
  const { lg_name: name, store: behind } = handed as { lg_name?: string; store?: BaseStore };
  return name === "AsyncBatchedStore" && behind !== undefined ? behind : handed;
}
