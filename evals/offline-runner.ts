/** Binds the evals to the offline engine, played without the graph. Documents stay open from one question to the next. */
import { resolve } from "node:path";
import { openDocuments } from "../adapters/documents/document-library.ts";
import type { DocumentLibrary } from "../engine/ports/documents.ts";
import { playOfflineSwarm } from "../test/support/offline-swarm.ts";
import type { EvalRunner } from "./runner.ts";

/** `root`: where the paths of the cases begin. */
export function offlineRunner(root: string): EvalRunner {
  const open = new Map<string, DocumentLibrary>();
  const library = async (docs: readonly string[]): Promise<DocumentLibrary> => {
    const key = docs.join("\n");
    const known = open.get(key);
    if (known !== undefined) return known;
    const roots = docs.map((path) => resolve(root, path));
    const opened = await openDocuments({ roots, cwd: root, indexFile: undefined });
    open.set(key, opened);
    return opened;
  };
  return {
    name: "offline engine",
    mustSay: /no language model was used/,
    answer: async (task, docs) => {
      const { answer, citationCheck, plan } = await playOfflineSwarm({ task, documents: await library(docs) });
      return { answer, citations: citationCheck, items: plan.subtasks.flatMap(({ item }) => item ?? []) };
    },
    close: () => {
      for (const documents of open.values()) documents.close();
      open.clear();
    },
  };
}
