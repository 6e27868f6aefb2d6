/** The artifacts of a run on LangGraph's `BaseStore`: one item for each event, and one for each content that is kept whole. */
import type { BaseStore } from "@langchain/langgraph-checkpoint";
import type { ArtifactStorage } from "../../engine/runtime/artifacts/artifact-storage.ts";
import type { ArtifactEvent } from "../../state/artifact-event.ts";
import { SwarmError } from "../../state/errors.ts";
import { runNamespace } from "./run-namespace.ts";

const PAGE = 5000;
/** Keys sort as their numbers do. */
const DIGITS = 12;

export function artifactsInStore(store: BaseStore, runId: string): ArtifactStorage {
  const events = runNamespace(runId, "artifacts");
  const contents = runNamespace(runId, "contents");
  return {
    async read() {
      const known: ArtifactEvent[] = [];
      for (let offset = 0; ; offset += PAGE) {
        const page = await store.search(events, { limit: PAGE, offset });
        known.push(...page.map(({ value }) => value as unknown as ArtifactEvent));
        if (page.length < PAGE) return known.toSorted((one, other) => one.seq - other.seq);
      }
    },
    async append(event) {
      await store.put(events, String(event.seq).padStart(DIGITS, "0"), { ...event });
    },
    async putContent(hash, content) {
      await store.put(contents, hash, { content });
    },
    async content(hash) {
      const item = await store.get(contents, hash);
      if (item !== null) return (item.value as { content: string }).content;
      throw new SwarmError("STORAGE_FAILED", `the store has lost the content ${hash.slice(0, 12)} of run ${runId}`, {
        next: "mend the store from a copy",
      });
    },
  };
}
