/** Opens the index of some roots: checks the roots, reuses the index that is there or has one built in a worker thread. */
import { once } from "node:events";
import { constants, rmSync } from "node:fs";
import { access, mkdtemp, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import { describeError, SwarmError, codeOf } from "../../state/errors.ts";
import type { Redactor } from "../../engine/policy/redaction/redactor.ts";
import { within } from "../../engine/runtime/turns/ending.ts";
import { until } from "../../engine/runtime/waiting/waits.ts";
import { SYSTEM_CLOCK } from "../clock/system-clock.ts";
import { startThread } from "../process/start-thread.ts";
import { MOST_MS, newGate, tellToStop } from "../process/thread-gate.ts";
import { buildIndex, removeParts, type BuildRequest } from "./build-index.ts";
import { DocumentIndex, INDEX_VERSION, type IndexedDocument } from "./document-index.ts";
import { DEFAULT_LIMITS, type DocumentLimits } from "./document-limits.ts";
import { isHtml } from "./file-kinds.ts";
import { loadHtmlParser } from "./html-lines.ts";
import { walk, type FoundFile } from "./walk.ts";

/** Some 30 ms of work. */
const SMALL_ENTRIES = 400;
const SMALL_BYTES = 300_000;

export interface DocumentOptions {
  /** Absolute paths of files and folders. */
  roots: readonly string[];
  /** Absolute path of the folder where the user stands: paths are shown relative to it. */
  cwd: string;
  /** Where the index is kept for the next time; undefined: in a temporary folder, until the library is closed. */
  indexFile: string | undefined;
  limits?: Partial<DocumentLimits>;
  /** Of what the documents say. Absent: it is taken as it is. */
  redactor?: Redactor;
  /** Ends a build that is under way; what was built is removed. */
  signal?: AbortSignal | undefined;
}

export interface OpenIndex {
  index: DocumentIndex;
  documents: IndexedDocument[];
  /** Removes the index where it was temporary. */
  discard: () => void;
}

/** Throws SwarmError `DOCUMENTS_UNREADABLE` or `STORAGE_FAILED`. */
export async function openIndex(options: DocumentOptions): Promise<OpenIndex> {
  const { cwd, indexFile, redactor, signal } = options;
  const roots = [...new Set(options.roots.map((root) => resolve(root)))];
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const isRedacted = redactor?.isIdle === false;
  const redaction = isRedacted ? redactor.facts : undefined;
  const signed = { version: INDEX_VERSION, roots, cwd, limits, ...(isRedacted ? { redaction: redactor.digest } : {}) };
  const signature = JSON.stringify(signed);
  const temporary = indexFile === undefined ? await mkdtemp(join(tmpdir(), "glasshive-documents-")) : undefined;
  const discard = (): void => void (temporary !== undefined && rmSync(temporary, { recursive: true, force: true }));
  const file = indexFile ?? join(temporary as string, "index.sqlite");
  try {
    // What is indexed can be spoken of even where it is gone by now.
    const known = DocumentIndex.open(file, signature);
    if (known === undefined) for (const root of roots) await checkRoot(root);
    const index = known ?? (await buildAndOpen({ roots, file, signature, limits, redaction }, signal));
    const documents = await loadDocuments(index);
    await loadParsersOf(documents);
    return { index, documents, discard };
  } catch (error) {
    discard();
    throw error;
  }
}

async function checkRoot(root: string): Promise<void> {
  try {
    const stats = await stat(root);
    if (!stats.isDirectory() && !stats.isFile()) throw new Error("it is neither a file nor a folder");
    await access(root, stats.isDirectory() ? constants.R_OK | constants.X_OK : constants.R_OK);
  } catch (error) {
    const next = "check that the path exists and that you may read it";
    throw new SwarmError("DOCUMENTS_UNREADABLE", `cannot read documents at ${root}: ${reasonOf(error)}`, {
      cause: error,
      next,
      data: { path: root },
    });
  }
}

function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (code === "ENOENT" || code === "ENOTDIR") return "there is no such file or folder";
  return code === "EACCES" || code === "EPERM" ? "permission denied" : describeError(error);
}

async function buildAndOpen(request: BuildRequest, signal: AbortSignal | undefined): Promise<DocumentIndex> {
  const problem = await build(request, signal);
  const index = problem === null ? DocumentIndex.open(request.file, request.signature) : undefined;
  if (index !== undefined) return index;
  const next = "check that there is space and that the folder can be written to";
  throw new SwarmError(
    "STORAGE_FAILED",
    `cannot build the document index ${request.file}: ${problem ?? "it cannot be opened"}`,
    { next },
  );
}

/** What is there, where a build takes less time than the start of a worker thread does (200 ms). */
function smallWalk({ roots, limits }: BuildRequest): FoundFile[] | undefined {
  const { files, leftOut } = walk(roots, { ...limits, entries: SMALL_ENTRIES, files: SMALL_ENTRIES });
  const isAll = !leftOut.all.some(({ reason }) => reason === "limit");
  return isAll && files.reduce((sum, { bytes }) => sum + bytes, 0) <= SMALL_BYTES ? files : undefined;
}

/** What went wrong, in a line; null where all is well. */
async function build(request: BuildRequest, signal: AbortSignal | undefined): Promise<string | null> {
  try {
    const files = smallWalk(request);
    if (files === undefined) return await buildInWorker(request, signal);
    await loadParsersOf(files);
    buildIndex(request);
    return null;
  } catch (error) {
    signal?.throwIfAborted();
    return describeError(error);
  }
}

/** A page is read by the name of the file, or of the link that leads to it. */
async function loadParsersOf(files: readonly { path: string; real?: string | null }[]): Promise<void> {
  if (files.some(({ path, real }) => isHtml(path) || isHtml(real ?? path))) await loadHtmlParser();
}

/**
 * Rejects with the worker's own error too (out of memory, a module that does not load). A thread that is ended amid a call of SQLite can
 * take the process along: one that is to stop ends by itself, and is ended where it does not.
 */
async function buildInWorker(request: BuildRequest, signal: AbortSignal | undefined): Promise<string | null> {
  const gate = newGate();
  const worker = startThread("index-worker", { base: import.meta.url, data: { ...request, gate } });
  const answer = once(worker, "message") as Promise<[string | null]>;
  try {
    const [problem] = await (signal === undefined ? answer : until(answer, signal));
    return problem;
  } finally {
    if (signal?.aborted === true) {
      tellToStop(gate);
      await within(SYSTEM_CLOCK, { what: "the build", stops: [], mostMs: MOST_MS }, () => answer).catch(
        () => undefined,
      );
    }
    await worker.terminate();
    if (signal?.aborted === true) removeParts(request.file);
  }
}

/** Lets others run between the pages: a large collection takes some tenths of a second. */
async function loadDocuments(index: DocumentIndex): Promise<IndexedDocument[]> {
  const documents: IndexedDocument[] = [];
  for (const page of index.documents()) {
    documents.push(...page);
    await setImmediate();
  }
  return documents;
}
