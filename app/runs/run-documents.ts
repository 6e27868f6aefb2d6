/** The documents of runs: opened for a run that is about to begin, so that who is refused has begun nothing, or for one that goes on. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { RunnableConfig } from "@langchain/core/runnables";
import type { RunControl } from "@langchain/langgraph";
import type { DocumentLibrary, DocumentOverview } from "../../engine/ports/documents.ts";
import type { Redactor } from "../../engine/policy/redaction/redactor.ts";
import type { ExpandDocuments } from "../../engine/policy/plan/read-plan.ts";
import { waitInRun } from "../../engine/runtime/turns/ending.ts";
import { SwarmError } from "../../state/errors.ts";
import { documentsReport, leftOutText, type DocumentsReport } from "../../state/left-out.ts";
import type { RunOptions } from "../../state/run-options.ts";
import { DOCUMENT_INDEX_FILE, EARLIER_FOLDER, runFolder } from "./run-folder.ts";
import { watchStops } from "./run-life.ts";

interface Place {
  home: string | undefined;
  cwd: string;
  /** Of what the documents say. */
  redactor: Redactor;
}

export class RunDocuments {
  readonly #place: Place;
  readonly #prepared = new Map<string, DocumentLibrary>();

  constructor({ home, cwd, redactor }: Place) {
    this.#place = { home, cwd, redactor };
  }

  /** Throws SwarmError DOCUMENTS_UNREADABLE where one cannot be read, or has nothing to read in it; ends with the signal. */
  async prepare(runId: string, run: RunOptions, signal: AbortSignal | undefined): Promise<DocumentsReport> {
    const documents = await this.open(runId, run, {
      isNew: true,
      ...(signal === undefined ? {} : { config: { signal } }),
    });
    if (documents === undefined) return documentsReport(undefined);
    this.#prepared.set(runId, documents);
    return documentsReport(documents.overview(0));
  }

  /**
   * Throws as `prepare` does; a run that goes on is not refused for what has gone since it began. Ends with the caller's abort, and
   * throws GraphDrained where the graph is asked to drain.
   */
  async open(
    runId: string,
    run: RunOptions,
    { isNew, config = {} }: { isNew: boolean; config?: RunnableConfig },
  ): Promise<DocumentLibrary | undefined> {
    const documents = this.#prepared.get(runId) ?? (await this.#readUntilStopped(runId, run, config));
    this.#prepared.delete(runId);
    try {
      if (isNew && documents !== undefined) refuseEmpty(documents.overview(0));
      return documents;
    } catch (error) {
      documents?.close();
      throw error;
    }
  }

  /** How the documents of a run that is about to begin are listed for a plan; undefined: it has none. Throws as `prepare` does. */
  async expander(runId: string, run: RunOptions): Promise<ExpandDocuments> {
    if (!this.#prepared.has(runId)) await this.prepare(runId, run, undefined);
    const documents = this.#prepared.get(runId);
    return documents?.expand.bind(documents);
  }

  close(): void {
    for (const documents of this.#prepared.values()) documents.close();
    this.#prepared.clear();
  }

  async #readUntilStopped(
    runId: string,
    run: RunOptions,
    config: RunnableConfig,
  ): Promise<DocumentLibrary | undefined> {
    const stops = watchStops((config as { control?: RunControl }).control, undefined);
    const waiting = { what: "the documents were read", draining: stops.draining, caller: config.signal };
    return waitInRun(waiting, (signal) => this.#read(runId, run, signal)).finally(() => stops.dispose());
  }

  async #read(
    runId: string,
    { documents: named, documentLimits }: RunOptions,
    signal: AbortSignal,
  ): Promise<DocumentLibrary | undefined> {
    const { home, cwd, redactor } = this.#place;
    const earlier = home === undefined ? undefined : join(runFolder(home, runId), EARLIER_FOLDER);
    const roots = earlier !== undefined && existsSync(earlier) ? [...named, earlier] : named;
    if (roots.length === 0) return undefined;
    const indexFile = home === undefined ? undefined : join(runFolder(home, runId), DOCUMENT_INDEX_FILE);
    const limits = documentLimits === undefined ? {} : { limits: documentLimits };
    // Loaded for runs that have documents.
    const { openDocuments } = await import("../../adapters/documents/document-library.ts");
    return openDocuments({ roots, cwd, indexFile, signal, redactor, ...limits });
  }
}

/** Throws SwarmError DOCUMENTS_UNREADABLE for the first of the named paths in which nothing is left. */
export function refuseEmpty(overview: Pick<DocumentOverview, "files" | "leftOut" | "ignored" | "emptyRoots">): void {
  const [root] = overview.emptyRoots;
  if (root === undefined) return;
  throw new SwarmError("DOCUMENTS_UNREADABLE", `there is nothing to read in ${root}: ${reasonOf(root, overview)}`, {
    next: "name other documents",
    data: { path: root },
  });
}

function reasonOf(root: string, { files, leftOut, ignored }: Parameters<typeof refuseEmpty>[0]): string {
  // Of several paths, what was left out below this one.
  const own =
    files === 0
      ? leftOut
      : leftOut.filter(({ names }) => names.some((name) => name === root || name.startsWith(`${root}/`)));
  if (own.length > 0) return `left out: ${leftOutText(own)}`;
  return ignored > 0 ? "all that is in it is hidden or kept out by an ignore file" : "it is empty";
}
