/** A journal on LangGraph's `BaseStore`: for a swarm that is embedded or served, where there is no run folder. */
import type { BaseStore } from "@langchain/langgraph-checkpoint";
import type { JournalStorage } from "../../engine/ports/journal.ts";
import { runNamespace } from "./run-namespace.ts";

/** Wide enough that keys sort as numbers do. */
const KEY_DIGITS = 12;
const PAGE = 10_000;

export function journalInStore(store: BaseStore, runId: string): JournalStorage {
  const namespace = runNamespace(runId, "journal");
  let next = 0;
  let last: Promise<void> = Promise.resolve();
  return {
    async read() {
      const entries: { key: string; lines: string[] }[] = [];
      for (let page = await store.search(namespace, { limit: PAGE }); page.length > 0;) {
        entries.push(...page.map(({ key, value }) => ({ key, lines: value["lines"] as string[] })));
        next = entries.length;
        page = await store.search(namespace, { limit: PAGE, offset: next });
      }
      // Stores differ in the order of what they find.
      return entries.toSorted((one, other) => (one.key < other.key ? -1 : 1)).flatMap(({ lines }) => lines);
    },
    append(lines) {
      const key = String(next++).padStart(KEY_DIGITS, "0");
      last = last.then(() => store.put(namespace, key, { lines }));
      return last;
    },
    // Who appended has heard of a failure.
    close: () => last.catch(() => undefined),
  };
}
