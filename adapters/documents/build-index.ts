/**
 * Builds the passage index of some roots: walk, read, cut, index. Synchronous, for a worker thread; holds one file in
 * memory at a time. The file appears under its name only when it is complete.
 */
import { closeSync, fstatSync, mkdirSync, openSync, readdirSync, readSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import Database, { type Database as Sqlite, type Statement } from "better-sqlite3";
import type { LeftOutReason } from "../../state/left-out.ts";
import { privateFile, PRIVATE_FOLDER } from "../storage/private-files.ts";
import { decode, encodingOf } from "../text/read-text.ts";
import { inTime } from "../../engine/policy/output/in-time.ts";
import { createRedactor, type RedactionFacts, type Redactor } from "../../engine/policy/redaction/redactor.ts";
import type { RedactedCounts } from "../../state/redaction.ts";
import { collectionsOf, type RootedDocument } from "./collections.ts";
import { ADD_DOCUMENT, SCHEMA, type IndexedDocument, type LeftOutFiles } from "./document-index.ts";
import { equalShare, type DocumentLimits } from "./document-limits.ts";
import { isOtherFormat, isSettings, kindOf, type FileKind } from "./file-kinds.ts";
import type { TextLines } from "./headings.ts";
import { pathBelow } from "./ignore-rules.ts";
import { passagesOf, type Shape, type Span } from "./passages.ts";
import { searchable } from "./searchable-text.ts";
import { countLines, textLines } from "./text-lines.ts";
import { rootsWithout, walk, type FoundFile } from "./walk.ts";
import { isToStop, type Gate } from "../process/thread-gate.ts";
import { codeOf } from "../../state/errors.ts";

export interface BuildRequest {
  /** Absolute paths of existing files and folders. */
  roots: string[];
  /** The index file to make; what is there is replaced. */
  file: string;
  /** Kept in the file, to know it again by. */
  signature: string;
  limits: DocumentLimits;
  /** What is taken out of what the documents say. */
  redaction?: RedactionFacts | undefined;
  /** Of the thread that builds: it ends before its next document where it is to stop. */
  stop?: Gate | undefined;
}

interface ReadFile extends TextLines {
  totalLines: number;
  bytes: number;
  modified: number;
  checksum: number;
}

const PART = ".part-";
/** Some hundred times what a document takes. */
const LEAST_MS = 500;
const BYTES_PER_MS = 1000;
const SMALL_BYTES = 10_000;

/** Throws what the file system or SQLite throws, and where it is stopped; leaves nothing behind then. */
export function buildIndex({ roots, file, signature, limits, redaction, stop }: BuildRequest): void {
  mkdirSync(dirname(file), { recursive: true, mode: PRIVATE_FOLDER });
  // Of processes that were killed in the middle of a build.
  removePartsOf(file, (builder) => !isAlive(builder));
  const part = `${file}${PART}${process.pid}-${Math.random().toString(36).slice(2)}`;
  try {
    privateFile(part);
    const database = new Database(part);
    try {
      new IndexBuilder(database, redaction, stop).build(roots, limits, signature);
    } finally {
      database.close();
    }
    renameSync(part, file);
  } finally {
    rmSync(part, { force: true });
  }
}

/** Removes what a build of this process that was ended has left behind. */
export function removeParts(file: string): void {
  removePartsOf(file, (builder) => builder === process.pid);
}

/** By the process that was to make the index of them. */
function removePartsOf(file: string, isLeft: (builder: number) => boolean): void {
  const prefix = basename(file) + PART;
  for (const name of readdirSync(dirname(file)))
    if (name.startsWith(prefix) && isLeft(Number.parseInt(name.slice(prefix.length), 10)))
      rmSync(join(dirname(file), name), { force: true });
}

function isAlive(processId: number): boolean {
  try {
    return process.kill(processId, 0);
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

class IndexBuilder {
  readonly #database: Sqlite;
  readonly #addDocument: Statement<IndexedDocument>;
  readonly #addPassage: Statement;
  readonly #addWords: Statement;
  readonly #documents: RootedDocument[] = [];
  readonly #redactor: Redactor | undefined;
  readonly #redacted: RedactedCounts = {};
  readonly #stop: Gate | undefined;
  #passages = 0;

  constructor(database: Sqlite, redaction: RedactionFacts | undefined, stop: Gate | undefined) {
    this.#database = database;
    this.#stop = stop;
    this.#redactor = redaction === undefined ? undefined : createRedactor(redaction);
    for (const pragma of ["journal_mode = off", "synchronous = off", "cache_size = -16000", "locking_mode = exclusive"])
      database.pragma(pragma);
    database.exec(SCHEMA);
    // Larger batches in memory make for fewer segments to merge: a quarter less time than with the default of 1 MB.
    database.exec("INSERT INTO words (words, rank) VALUES ('hashsize', 8000000)");
    this.#addDocument = database.prepare(ADD_DOCUMENT);
    this.#addPassage = database.prepare("INSERT INTO passages VALUES (?, ?, ?, ?, ?)");
    this.#addWords = database.prepare("INSERT INTO words (rowid, path, heading, prose, source) VALUES (?, ?, ?, ?, ?)");
  }

  build(roots: readonly string[], limits: DocumentLimits, signature: string): void {
    const { files, leftOut } = walk(roots, limits);
    const sources = files
      .filter((found) => kindOf(basename(found.path), found.bytes) === "source")
      .map(({ bytes }) => bytes);
    const sourceBytes = equalShare(sources, limits.indexedSourceBytes);
    this.#database.exec("BEGIN");
    const taken = files.filter((found) => {
      if (this.#stop !== undefined && isToStop(this.#stop)) throw new Error("the build was stopped");
      const reason = this.#add(found, sourceBytes, limits);
      if (reason !== undefined) leftOut.add(reason, found.path);
      return reason === undefined;
    });
    this.#database.exec("INSERT INTO words (words) VALUES ('optimize')");
    const addMeta = this.#database.prepare("INSERT INTO meta VALUES (?, ?)");
    addMeta.run("collections", JSON.stringify(collectionsOf(this.#documents)));
    const left: LeftOutFiles = {
      leftOut: leftOut.all.map((entry) => ({ ...entry, names: entry.names.map((name) => this.#clean(name)) })),
      ignored: leftOut.ignored,
      emptyRoots: rootsWithout(roots, taken),
      ...(this.#redactor === undefined ? {} : { redacted: this.#redacted }),
    };
    addMeta.run("leftOut", JSON.stringify(left));
    addMeta.run("signature", signature);
    this.#database.exec("COMMIT");
  }

  #clean(text: string): string {
    return this.#redactor?.text(text, this.#redacted) ?? text;
  }

  /** Why the file is no document after all; undefined where it is. */
  #add(found: FoundFile, sourceBytes: number, limits: DocumentLimits): LeftOutReason | undefined {
    const relative = pathBelow(found.root, found.path) ?? found.path;
    // It could not be cited, nor asked for, under another name.
    const redactor = this.#redactor;
    if (redactor !== undefined && (redactor.text(relative) !== relative || redactor.holdsKey(found.real)))
      return "redacted";
    const name = basename(found.path);
    const kind = kindOf(name, found.bytes);
    const most = kind === "source" ? sourceBytes : Infinity;
    const clean = redactor === undefined ? undefined : (text: string) => this.#clean(text);
    const taken = inTimeFor(found, () => {
      const read = readDocument(found.real, { name, most, mostBytes: limits.fileBytes, clean });
      return typeof read === "string" ? read : { read, spans: spansOf(read, isSettings(name) ? "settings" : kind) };
    });
    if (typeof taken === "string") return taken;
    const { read, spans } = taken;
    const real = found.real === found.path ? null : found.real;
    const heading = read.headings[0]?.text ?? null;
    const id = this.#documents.push({ root: found.root, relative, kind });
    const { bytes, totalLines: lines, modified, checksum } = read;
    this.#addDocument.run({
      id,
      path: found.path,
      real,
      root: found.root,
      bytes,
      lines,
      kind,
      heading,
      first_passage: this.#passages + 1,
      modified,
      checksum,
    });
    for (const span of spans) this.#addSpan(span, read.lines, kind, relative);
    return undefined;
  }

  #addSpan({ firstLine, lastLine, heading }: Span, lines: readonly string[], kind: FileKind, path: string): void {
    this.#passages += 1;
    this.#addPassage.run(this.#passages, this.#documents.length, firstLine, lastLine, heading);
    const body = searchable(lines.slice(firstLine - 1, lastLine).join("\n"));
    this.#addWords.run(
      this.#passages,
      searchable(path),
      searchable(heading),
      ...(kind === "prose" ? [body, ""] : ["", body]),
    );
  }
}

/** A document that takes beyond all measure is left out: somebody may have made it so. Small ones take no time. */
function inTimeFor<T>({ path, bytes }: FoundFile, work: () => T): T | "unreadable" {
  if (bytes < SMALL_BYTES) return work();
  const taken = inTime(`document ${path}`, work, LEAST_MS + bytes / BYTES_PER_MS);
  return taken.ok ? taken.value : "unreadable";
}

/** A file of which nothing was indexed is still found by its path. */
function spansOf(read: ReadFile, shape: Shape): Span[] {
  const spans = passagesOf(read.lines, read.headings, shape);
  return spans.length > 0 || read.totalLines === 0
    ? spans
    : [{ firstLine: 1, lastLine: Math.min(read.totalLines, 20), heading: "" }];
}

interface Reading {
  name: string;
  /** Bytes that are indexed, and that the file may have, at most. */
  most: number;
  mostBytes: number;
  clean: ((text: string) => string) | undefined;
}

/** Decodes the first `indexedBytes` of a file, to the end of a line, and counts the lines of all of it. */
function readDocument(real: string, { name, most: indexedBytes, mostBytes, clean }: Reading): ReadFile | LeftOutReason {
  const read = bytesOf(real, mostBytes);
  if (typeof read === "string") return read;
  const { bytes, modified } = read;
  if (isOtherFormat(bytes)) return "format";
  const encoding = encodingOf(bytes);
  if ("problem" in encoding) return encoding.problem;
  const { label } = encoding;
  const isWhole = label !== "utf-8" || bytes.length <= indexedBytes;
  const end = isWhole ? bytes.length : bytes.subarray(0, indexedBytes).lastIndexOf(10) + 1;
  const text = textLines(decode(bytes.subarray(0, end), label), name, clean);
  const totalLines = isWhole ? text.lines.length : countLines(bytes);
  return { ...text, totalLines, bytes: bytes.length, modified, checksum: crc32(bytes) };
}

let buffer = Buffer.alloc(1 << 20);

interface FileBytes {
  bytes: Uint8Array;
  modified: number;
}

/** The file's bytes, valid until the next call: one buffer serves all files. */
function bytesOf(path: string, mostBytes: number): FileBytes | "unreadable" | "too-large" {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, "r");
    const { size, mtimeMs: modified } = fstatSync(descriptor);
    if (size > mostBytes) return "too-large";
    if (size > buffer.length) buffer = Buffer.alloc(size);
    let read = 0;
    for (let more = 1; more > 0 && read < size; read += more)
      more = readSync(descriptor, buffer, read, size - read, read);
    return { bytes: buffer.subarray(0, read), modified };
  } catch {
    return "unreadable";
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
