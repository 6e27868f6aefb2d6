/**
 * The passage index: one SQLite file with an FTS5 table. It is contentless: the file holds the words and where they stand,
 * never the text, which is read from the documents themselves (so an index of 85 MB of code is some 20 MB).
 *
 * 1. A file under its final name is complete: it is built under another name and renamed.
 * 2. Documents are numbered in path order and passages in document order, so that a folder is one range of passage ids and
 *    a search in it touches no other's.
 * 3. A query's cost is bounded: of its words the rarest are used, as many as can be ranked in a few milliseconds.
 */
import Database, { type Database as Sqlite, type Statement } from "better-sqlite3";
import type { DocumentCollection, DocumentOverview } from "../../engine/ports/documents.ts";
import { refuseIrregular } from "../storage/regular-files.ts";
import type { FileKind } from "./file-kinds.ts";
import type { QueryTerms } from "./searchable-text.ts";

/** Of the tables; a file of another version is built again. */
export const INDEX_VERSION = 5;

export const SCHEMA = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE documents (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL, real TEXT, root TEXT NOT NULL, bytes INTEGER NOT NULL, lines INTEGER NOT NULL,
    kind TEXT NOT NULL, heading TEXT, first_passage INTEGER NOT NULL, modified REAL NOT NULL, checksum INTEGER NOT NULL
  );
  CREATE TABLE passages (id INTEGER PRIMARY KEY, document INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, heading TEXT NOT NULL);
  CREATE VIRTUAL TABLE words USING fts5 (
    path, heading, prose, source, content='', tokenize="porter unicode61 remove_diacritics 2"
  );
`;
export const ADD_DOCUMENT = `INSERT INTO documents
  VALUES (:id, :path, :real, :root, :bytes, :lines, :kind, :heading, :first_passage, :modified, :checksum)`;
/** Weights of the columns of `words`, in their order: a word in a heading says most, one in code least. */
const RANK = "-bm25(words, 2.0, 4.0, 1.0, 0.6)";

/** Entries of word lists that one query may walk (some 50 ns each), and passages that it may rank (some 1 µs each). */
const MOST_ENTRIES = 20_000;
const MOST_RANKED = 4_000;
const WORDS_REMEMBERED = 20_000;
/** Passages with all words of the query are worth so much more than their rank says. */
const ALL_WORDS_BOOST = 1.5;
const LOADED_AT_ONCE = 4_000;

export interface IndexedDocument {
  /** 1, 2, 3 … in path order. */
  id: number;
  /** Absolute, below the root as it was given. */
  path: string;
  /** What is opened; null where it equals `path`. */
  real: string | null;
  root: string;
  bytes: number;
  lines: number;
  kind: FileKind;
  heading: string | null;
  /** Its own first passage, or the next document's where it has none. */
  first_passage: number;
  /** When it was last written, as it was read: milliseconds since the epoch; and the CRC-32 of its bytes. */
  modified: number;
  checksum: number;
}

/** As kept in the index: names and roots are absolute paths. */
export type LeftOutFiles = Pick<DocumentOverview, "leftOut" | "ignored" | "emptyRoots" | "redacted">;

export interface PassageHit {
  document: number;
  first: number;
  last: number;
  /** The headings above it, the nearest last; empty where there are none. */
  heading: string;
  score: number;
}

/** Passage ids, inclusive. */
export interface PassageRange {
  from: number;
  to: number;
}

interface Ranked {
  id: number;
  score: number;
}

export class DocumentIndex {
  readonly passages: number;
  readonly #database: Sqlite;
  readonly #rank: Statement<[string, number, number, number], Ranked>;
  readonly #count: Statement<[string], number>;
  readonly #passage: Statement<[number], Omit<PassageHit, "score">>;
  readonly #counts = new Map<string, number>();
  /** Kept: a run tells of its documents after it has closed them. */
  readonly leftOut: LeftOutFiles;
  readonly collections: DocumentCollection[];

  private constructor(database: Sqlite) {
    this.leftOut = JSON.parse(metaOf(database, "leftOut") ?? "null");
    this.collections = JSON.parse(metaOf(database, "collections") ?? "[]");
    this.#database = database;
    this.#rank = database.prepare(
      `SELECT rowid AS id, ${RANK} AS score FROM words WHERE words MATCH ? AND rowid BETWEEN ? AND ? ORDER BY score DESC, rowid LIMIT ?`,
    );
    this.#count = database.prepare<[string], number>("SELECT count(*) FROM words WHERE words MATCH ?").pluck();
    this.#passage = database.prepare("SELECT document, first, last, heading FROM passages WHERE id = ?");
    this.passages = database.prepare<[], number>("SELECT count(*) FROM passages").pluck().get() ?? 0;
  }

  /** The index in this file; undefined where there is none, or it is of other documents or of another version. */
  static open(file: string, signature: string): DocumentIndex | undefined {
    let database: Sqlite | undefined;
    try {
      refuseIrregular(file);
      database = new Database(file, { readonly: true, fileMustExist: true });
      if (metaOf(database, "signature") === signature) return new DocumentIndex(database);
    } catch {
      // Not a database, or one of ours no more: it is only a copy of what the documents say, and is made anew.
    }
    database?.close();
    return undefined;
  }

  /** All documents in path order, a few thousand at a time. */
  *documents(): Generator<IndexedDocument[]> {
    const page = this.#database.prepare<[number, number], IndexedDocument>(
      "SELECT * FROM documents WHERE id > ? ORDER BY id LIMIT ?",
    );
    for (let last = 0; ;) {
      const documents = page.all(last, LOADED_AT_ONCE);
      if (documents.length === 0) return;
      yield documents;
      last = documents.at(-1)?.id ?? last;
    }
  }

  /** The best passages in the range, best first. Words that were too common to use are tried where the others find nothing. */
  search(terms: QueryTerms, range: PassageRange, limit: number): PassageHit[] {
    for (let left = terms.any; left.length > 0;) {
      const used = this.#affordable(left, range);
      if (used.length === 0) return [];
      const best = this.#best(
        used,
        terms.all.filter((term) => used.includes(term)),
        { range, limit },
      );
      if (best.length > 0) return best.flatMap((ranked) => this.#hitOf(ranked));
      left = left.filter((term) => !used.includes(term));
    }
    return [];
  }

  close(): void {
    this.#database.close();
  }

  #best(
    any: readonly string[],
    all: readonly string[],
    { range, limit }: { range: PassageRange; limit: number },
  ): Ranked[] {
    const best = new Map<number, Ranked>();
    for (const ranked of this.#ranked(any.join(" OR "), range, limit)) best.set(ranked.id, ranked);
    const together = all.length > 1 ? this.#ranked(all.join(" AND "), range, limit) : [];
    for (const { id, score } of together)
      best.set(id, { id, score: ALL_WORDS_BOOST * Math.max(score, best.get(id)?.score ?? 0) });
    return [...best.values()].toSorted((a, b) => b.score - a.score || a.id - b.id).slice(0, limit);
  }

  #hitOf({ id, score }: Ranked): PassageHit[] {
    const passage = this.#passage.get(id);
    return passage === undefined ? [] : [{ ...passage, score }];
  }

  #ranked(match: string, range: PassageRange, limit: number): Ranked[] {
    return this.#rank.all(match, range.from, range.to, limit);
  }

  /** The terms that some passage has, rarest first, as many as the limits allow; at least one. */
  #affordable(terms: readonly string[], range: PassageRange): string[] {
    const counted = terms.map((term) => ({ term, count: this.#passagesWith(term) })).filter(({ count }) => count > 0);
    const share = (range.to - range.from + 1) / Math.max(1, this.passages);
    let entries = 0;
    return counted
      .toSorted((a, b) => a.count - b.count)
      .filter(({ count }, place) => {
        entries += count;
        return place === 0 || (entries <= MOST_ENTRIES && entries * share <= MOST_RANKED);
      })
      .map(({ term }) => term);
  }

  #passagesWith(term: string): number {
    const known = this.#counts.get(term);
    if (known !== undefined) return known;
    if (this.#counts.size >= WORDS_REMEMBERED) this.#counts.clear();
    const count = this.#count.get(term) ?? 0;
    this.#counts.set(term, count);
    return count;
  }
}

function metaOf(database: Sqlite, key: string): string | undefined {
  return database.prepare<[string], string>("SELECT value FROM meta WHERE key = ?").pluck().get(key);
}
