/** The shelf of a run on LangGraph's `BaseStore`: long texts by the hash of what they say. */
import type { BaseStore } from "@langchain/langgraph-checkpoint";
import { referenceOf } from "../../engine/policy/context/reference.ts";
import type { Shelf } from "../../engine/ports/board.ts";
import { runNamespace } from "./run-namespace.ts";

export function openShelf(store: BaseStore, runId: string): Shelf {
  const namespace = runNamespace(runId, "texts");
  const keyOf = (reference: string): string => reference.slice(reference.indexOf(":") + 1);
  return {
    async put(text) {
      const reference = referenceOf(text);
      await store.put(namespace, keyOf(reference), { text });
      return reference;
    },
    async get(reference) {
      const kept = (await store.get(namespace, keyOf(reference)))?.value as { text: string } | undefined;
      return kept?.text;
    },
  };
}
