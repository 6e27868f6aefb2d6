/**
 * The documents of a run: opens their index (building it where there is none), then answers from it. The port is
 * `DocumentLibrary` in `engine/ports/documents.ts`.
 *
 * 1. Nothing outside the roots is read: paths are looked up among the walked documents, and only those files are opened.
 * 2. The index is made once. A library that is opened again with the same roots, folder and limits takes what is there;
 *    text is always that of the files as they are now, so a line that is shown is the line that a citation opens.
 * 3. A build of more than some milliseconds is in a worker thread: the process that waits for it is free.
 */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { documentsView, type FoundPlace } from "../../engine/policy/prompts/documents-view.ts";
import type {
  DocumentLibrary,
  DocumentOverview,
  DocumentSummary,
  Passage,
  SearchOptions,
} from "../../engine/ports/documents.ts";
import type { ChangedDocuments } from "../../state/left-out.ts";
import { plainText } from "../../state/plain-text.ts";
import { distanceFromCentre, outermostFolders, type RootedPath } from "./collections.ts";
import type { DocumentIndex, IndexedDocument, PassageHit, PassageRange } from "./document-index.ts";
import { DocumentPaths } from "./document-paths.ts";
import { headingAbove } from "./headings.ts";
import { pathBelow } from "./ignore-rules.ts";
import { LineCache } from "./line-cache.ts";
import { openIndex, type DocumentOptions } from "./open-index.ts";
import { HEADING_SEAM } from "./passages.ts";
import { isStopWord, queryTerms } from "./searchable-text.ts";
import { countName } from "./walk.ts";
import { alternativesOf, compilePath } from "./wildcards.ts";

const CACHED_CHARACTERS = 8_000_000;
/** A document that has grown beyond the limit of the walk is read on up to here. */
const GROWN_BYTES = 32_000_000;
const DEFAULT_PASSAGES = 10;
const MOST_PASSAGES = 50;
/** Of one document, in a search of many. */
const PASSAGES_PER_DOCUMENT = 3;
/** So many more hits are looked at, since some are copies of others. */
const HITS_PER_PASSAGE = 4;
const LONGEST_GLOB = 500;
/** In a view. */
const PLACES_SHOWN = 10;
/** A passage of a document whose name is all in the query is worth so much more. */
const NAME_WEIGHT = 0.5;

/**
 * Opens the documents below `roots` (absolute paths). Throws SwarmError `DOCUMENTS_UNREADABLE` for a root that cannot be
 * read, `STORAGE_FAILED` where the index cannot be written. Close it: an index without an `indexFile` is removed then.
 */
export async function openDocuments(options: DocumentOptions): Promise<DocumentLibrary> {
  const { index, documents, discard } = await openIndex(options);
  return new IndexedLibrary(index, documents, { ...options, discard });
}

interface LibraryOptions extends DocumentOptions {
  discard: () => void;
}

/** Of one path as globs and listings are held against it. */
interface Names {
  /** Both forms. */
  path: string;
  lower: string;
  shown: readonly string[];
  /** Below its root. */
  relative: readonly string[];
}

class IndexedLibrary implements DocumentLibrary {
  readonly #index: DocumentIndex;
  readonly #documents: readonly IndexedDocument[];
  readonly #paths: DocumentPaths;
  readonly #cache: LineCache;
  readonly #discard: () => void;
  /** Hundreds of lanes look around among the same documents. */
  readonly #names = new Map<IndexedDocument, Names>();
  #isOpen = true;
  #overview: Omit<DocumentOverview, "sample"> | undefined;
  #central: IndexedDocument[] | undefined;

  constructor(index: DocumentIndex, documents: readonly IndexedDocument[], options: LibraryOptions) {
    this.#index = index;
    this.#documents = documents;
    this.#paths = new DocumentPaths(documents, options.cwd, options.roots);
    const { redactor } = options;
    const clean = redactor?.isIdle === false ? (text: string) => redactor.text(text) : undefined;
    this.#cache = new LineCache(CACHED_CHARACTERS, Math.max(options.limits?.fileBytes ?? 0, GROWN_BYTES), clean);
    this.#discard = options.discard;
  }

  overview(sample: number): DocumentOverview {
    // Kept: a run that was left is asked once more, when the index is closed.
    this.#overview ??= this.#whole();
    this.#central ??= this.#documents
      .map((document) => ({ document, distance: distanceFromCentre(rooted(document).relative, document.kind) }))
      .toSorted((a, b) => a.distance - b.distance || a.document.id - b.document.id)
      .map(({ document }) => document);
    const shown = this.#central.slice(0, Math.max(0, sample));
    return {
      ...this.#overview,
      sample: shown.map((document) => ({ ...this.#summary(document), heading: document.heading })),
    };
  }

  #whole(): Omit<DocumentOverview, "sample"> {
    const { leftOut, ignored, emptyRoots, redacted } = this.#index.leftOut;
    return {
      ...(redacted === undefined ? {} : { redacted }),
      files: this.#documents.length,
      bytes: this.#documents.reduce((sum, { bytes }) => sum + bytes, 0),
      leftOut: leftOut.map((entry) => ({ ...entry, names: entry.names.map((path) => this.#paths.show(path)) })),
      ignored,
      emptyRoots: emptyRoots.map((root) => this.#paths.show(root)),
      collections: this.#index.collections,
    };
  }

  view(words: string): string {
    const files = this.#documents.map((document) => ({ ...this.#summary(document), heading: document.heading }));
    const found = this.search(words, { limit: PLACES_SHOWN });
    return documentsView(
      files,
      found.map((passage) => this.#placeOf(passage)),
    );
  }

  #placeOf({ path, firstLine, lines }: Passage): FoundPlace {
    const all = this.read(path)?.lines ?? lines;
    const heading = headingAbove(all, firstLine, path);
    const said = lines.filter((line) => heading === undefined || !line.includes(heading));
    return { path, line: firstLine, heading, text: said.join(" ") };
  }

  search(query: string, { path, limit = DEFAULT_PASSAGES }: SearchOptions = {}): Passage[] {
    const range = this.#passageRange(path);
    if (range === undefined) return [];
    const wanted = Math.trunc(Math.min(MOST_PASSAGES, Math.max(1, limit)));
    const passages: Passage[] = [];
    const seen = new Set<string>();
    const perDocument = new Map<number, number>();
    for (const hit of this.#hits(query, range, wanted * HITS_PER_PASSAGE)) {
      if (passages.length >= wanted) break;
      const taken = perDocument.get(hit.document) ?? 0;
      if (taken >= PASSAGES_PER_DOCUMENT && !range.isOneDocument) continue;
      const passage = this.#passageOf(hit);
      const text = passage?.lines.join("\n");
      if (passage === undefined || text === undefined || seen.has(text)) continue;
      seen.add(text);
      perDocument.set(hit.document, taken + 1);
      passages.push(passage);
    }
    return passages;
  }

  /** Best first; those of documents that are called as the query says count for more. */
  #hits(query: string, range: PassageRange, limit: number): PassageHit[] {
    const words = new Set(namesIn(query.replace(/\p{L}+/gu, (word) => (isStopWord(word) ? " " : word))));
    const hits = this.#index.search(queryTerms(query), range, limit);
    const weighed = hits.map((hit) => ({ ...hit, score: hit.score * this.#weightOf(hit.document, words) }));
    return weighed.toSorted((a, b) => b.score - a.score);
  }

  #weightOf(id: number, words: ReadonlySet<string>): number {
    const path = this.#documents[id - 1]?.path ?? "";
    const names = namesIn(path.slice(path.lastIndexOf("/") + 1).replace(/\.[^.]*$/, ""));
    const said = names.filter((name) => words.has(name)).length;
    return 1 + (names.length === 0 ? 0 : (NAME_WEIGHT * said) / names.length);
  }

  read(path: string, fromLine = 1, lineCount = Infinity): (Passage & { totalLines: number }) | undefined {
    const document = this.#paths.find(path);
    const lines = document === undefined ? undefined : this.#cache.lines(document.real ?? document.path);
    if (document === undefined || lines === undefined) return undefined;
    const firstLine = Math.max(1, Math.trunc(fromLine) || 1);
    const shown = lines.slice(firstLine - 1, firstLine - 1 + Math.max(0, lineCount));
    return { path: this.#paths.show(document.path), firstLine, lines: shown, score: 0, totalLines: lines.length };
  }

  list(pattern: string | undefined, limit: number): DocumentSummary[] {
    if (pattern === undefined) return this.#documents.slice(0, limit).map((document) => this.#summary(document));
    const listed: DocumentSummary[] = [];
    const isWanted = this.#listing(pattern.trim());
    for (const document of this.#documents) {
      if (listed.length >= limit) break;
      if (isWanted(document)) listed.push(this.#summary(document));
    }
    return listed;
  }

  expand(glob: string, as: "file" | "folder"): string[] {
    const files = this.#matching(glob.trim());
    if (as === "file") return files.map(({ path }) => this.#paths.show(path)).toSorted();
    return outermostFolders(files.map(rooted))
      .map(({ root, relative }) => this.#paths.show(join(root, relative)))
      .toSorted();
  }

  changes(): ChangedDocuments | undefined {
    const changes = changesOf(this.#documents, (document) => this.#paths.show(document.path));
    return changes.changed.count + changes.gone.count === 0 ? undefined : changes;
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#index.close();
    this.#discard();
  }

  #summary({ path, lines, bytes }: IndexedDocument): DocumentSummary {
    return { path: this.#paths.show(path), lines, bytes };
  }

  #passageRange(path: string | undefined): (PassageRange & { isOneDocument: boolean }) | undefined {
    const range = path === undefined ? { from: 0, to: this.#documents.length } : this.#paths.range(path);
    const first = range === undefined ? undefined : this.#documents[range.from];
    if (range === undefined || first === undefined) return undefined;
    const next = this.#documents[range.to]?.first_passage ?? this.#index.passages + 1;
    return { from: first.first_passage, to: next - 1, isOneDocument: range.to - range.from === 1 };
  }

  /** Undefined where the file is gone, or so short by now that it has no such lines. */
  #passageOf({ document: id, first, last, heading, score }: PassageHit): Passage | undefined {
    const document = this.#documents[id - 1];
    const lines = document === undefined ? undefined : this.#cache.lines(document.real ?? document.path);
    const shown = lines?.slice(first - 1, last) ?? [];
    if (document === undefined || shown.length === 0) return undefined;
    const above = headingsAbove(heading, shown);
    const placed = { path: this.#paths.show(document.path), firstLine: first, lines: shown, score };
    return above === "" ? placed : { ...placed, heading: above };
  }

  /** A listing is for looking around: parts of paths count, and `*.md` means at any depth. */
  #listing(pattern: string): (document: IndexedDocument) => boolean {
    const text = plainText(pattern).toLowerCase();
    const matchers = globReadings(pattern.includes("/") ? pattern : `**/${pattern}`).map((glob) => this.#matcher(glob));
    return (document) => this.#namesOf(document).lower.includes(text) || matchers.some((isMatch) => isMatch(document));
  }

  /** By the first reading of the glob that matches anything: `app/[id]/*` means the folder of that name, where there is one. */
  #matching(glob: string): IndexedDocument[] {
    for (const reading of globReadings(glob)) {
      const found = this.#documents.filter(this.#matcher(reading));
      if (found.length > 0) return found;
    }
    return [];
  }

  /** A glob is for the path below the root, or the path as it is shown. One that means nothing matches nothing. */
  #matcher(glob: string): (document: IndexedDocument) => boolean {
    if (glob === "" || glob.length > LONGEST_GLOB) return () => false;
    const patterns = alternativesOf(plainText(glob.replace(/^\.\//, ""))).flatMap((text) => compilePath(text) ?? []);
    // Most paths lack the name that a pattern asks for: that is seen far faster than by walking both.
    const isMatch = (names: readonly string[], path: string): boolean =>
      patterns.some(({ longestName, matches }) => path.includes(longestName) && matches(names));
    return (document) => {
      const { path, relative, shown } = this.#namesOf(document);
      return isMatch(relative, path) || isMatch(shown, path);
    };
  }

  #namesOf(document: IndexedDocument): Names {
    const known = this.#names.get(document);
    if (known !== undefined) return known;
    const shown = plainText(this.#paths.show(document.path));
    const relative = plainText(rooted(document).relative);
    const path = `${shown}\n${relative}`;
    const names = { path, lower: shown.toLowerCase(), shown: shown.split("/"), relative: relative.split("/") };
    this.#names.set(document, names);
    return names;
  }
}

/** With brackets and braces for themselves, with brackets alone for themselves, and as a pattern. */
function globReadings(glob: string): string[] {
  const literally = (special: RegExp): string =>
    glob.replace(special, (found) => (found.length > 1 ? found : `\\${found}`));
  return [...new Set([literally(/\\.|[[\]{}]/g), literally(/\\.|[[\]]/g), glob])];
}

/** Words of letters and digits, in lower case, plurals as singulars; short ones say nothing. */
function namesIn(text: string): string[] {
  const words =
    text
      .slice(0, LONGEST_GLOB)
      .toLowerCase()
      .match(/[\p{L}\p{N}]{3,}/gu) ?? [];
  return words.map((word) => (word.length > 3 ? word.replace(/s$/, "") : word));
}

/** Without those that the passage itself shows. */
function headingsAbove(heading: string, lines: readonly string[]): string {
  const isAbove = (title: string): boolean => !lines.some((line) => line.includes(title));
  return heading.split(HEADING_SEAM).filter(isAbove).join(HEADING_SEAM);
}

function rooted({ path, root }: IndexedDocument): RootedPath {
  return { root, relative: pathBelow(root, path) ?? "" };
}

/** Whether documents are still what was indexed: by size and time first, and by their bytes where the time alone is another. */
function changesOf(
  documents: readonly IndexedDocument[],
  nameOf: (document: IndexedDocument) => string,
): ChangedDocuments {
  const changes: ChangedDocuments = { changed: { count: 0, names: [] }, gone: { count: 0, names: [] } };
  for (const document of documents) {
    const state = stateOf(document);
    if (state !== "same") countName(changes[state], nameOf(document));
  }
  return changes;
}

function stateOf({ path, real, bytes, modified, checksum }: IndexedDocument): "same" | keyof ChangedDocuments {
  try {
    const stats = statSync(real ?? path);
    if (!stats.isFile()) return "gone";
    if (stats.size !== bytes) return "changed";
    if (stats.mtimeMs === modified) return "same";
    return crc32(readFileSync(real ?? path)) === checksum ? "same" : "changed";
  } catch {
    return "gone";
  }
}
