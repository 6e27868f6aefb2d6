/**
 * The paths of documents as people and agents write them: relative to where the user stands; elsewhere relative to the folder that
 * was named, and absolute where that could mean another document.
 *
 * 1. A path is only ever looked up among the documents that were walked, never opened: `../x`, links and absolute paths lead to a
 *    document or to nothing.
 * 2. What is shown can be cited, on one line. It is the path itself but for control characters (as their pictures) and for `|` and
 *    brackets without a partner (as their wide forms).
 * 3. What is typed need not be the path to the letter: composed or not, other blanks, quotes, dashes and capitals, an escape that a
 *    tool's answer had. It leads to a document only where it can mean but one.
 */
import { posix } from "node:path";
import { isCitable } from "../../engine/policy/prompts/citation-rule.ts";
import { plainText } from "../../state/plain-text.ts";
import type { IndexedDocument } from "./document-index.ts";
import { pathBelow } from "./ignore-rules.ts";

const LONGEST_PATH = 4_096;

/** Places in the list of documents; `to` is exclusive. */
export interface DocumentRange {
  from: number;
  to: number;
}

export class DocumentPaths {
  readonly #documents: readonly IndexedDocument[];
  readonly #cwd: string;
  readonly #roots: readonly string[];
  readonly #bases: readonly string[];
  /** By the path itself. */
  readonly #shown = new Map<string, string>();
  #typedDocuments: TypedPaths | undefined;
  #typedFolders: TypedPaths | undefined;

  /** `documents` are in path order. */
  constructor(documents: readonly IndexedDocument[], cwd: string, roots: readonly string[]) {
    this.#documents = documents;
    this.#cwd = cwd;
    this.#roots = roots;
    this.#bases = [...new Set([cwd, ...roots, ...roots.map((root) => posix.dirname(root))])];
  }

  show(path: string): string {
    const known = this.#shown.get(path);
    if (known !== undefined) return known;
    const isDocument = this.#documents[this.#placeOf(path)]?.path === path;
    const bases = isDocument ? this.#bases : [this.#cwd, ...this.#roots];
    const names = bases.flatMap((base) => pathBelow(base, path) ?? []);
    const shown = citable(names.find((name) => !isDocument || this.find(name)?.path === path) ?? path);
    this.#shown.set(path, shown);
    return shown;
  }

  /** Accepts paths as shown, absolute, and relative to a root. */
  find(path: string): IndexedDocument | undefined {
    const candidates = this.#candidates(path);
    for (const candidate of candidates) {
      const document = this.#documents[this.#placeOf(candidate)];
      if (document?.path === candidate) return document;
    }
    this.#typedDocuments ??= new TypedPaths(this.#documents.map((document) => document.path));
    const meant = this.#typedDocuments.find(candidates);
    return meant === undefined ? undefined : this.#documents[this.#placeOf(meant)];
  }

  /** The documents that are this file or lie in this folder; undefined where there are none. */
  range(path: string): DocumentRange | undefined {
    const candidates = this.#candidates(path);
    for (const candidate of candidates) {
      const from = this.#placeOf(candidate);
      if (this.#documents[from]?.path === candidate) return { from, to: from + 1 };
      const range = this.#inFolder(candidate);
      if (range.to > range.from) return range;
    }
    const document = this.find(path);
    if (document !== undefined) return { from: document.id - 1, to: document.id };
    this.#typedFolders ??= new TypedPaths(foldersOf(this.#documents));
    const folder = this.#typedFolders.find(candidates);
    return folder === undefined ? undefined : this.#inFolder(folder);
  }

  #inFolder(path: string): DocumentRange {
    const folder = path === "/" ? "" : path;
    // "0" is the character after "/": everything below the folder sorts between the two.
    return { from: this.#placeOf(`${folder}/`), to: this.#placeOf(`${folder}0`) };
  }

  /** Absolute paths that may be meant, the likeliest first. */
  #candidates(path: string): string[] {
    if (path.length > LONGEST_PATH || path.includes("\0")) return [];
    const readings = readingsOf(path).map((reading) => reading.replace(/(?<=.)\/+$/, ""));
    return [...new Set(readings.flatMap((reading) => this.#bases.map((base) => posix.resolve(base, reading))))];
  }

  /** Where the path is, or would be: the first place whose document's path is not smaller. */
  #placeOf(path: string): number {
    let [low, high] = [0, this.#documents.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#documents[middle]?.path ?? "") < path) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Paths by what a person would type for them, first the more exact way, then the less. */
class TypedPaths {
  readonly #paths: readonly string[];
  readonly #maps: Map<string, string | undefined>[] = [];

  constructor(paths: readonly string[]) {
    this.#paths = paths;
  }

  /** The one path that the likeliest of the candidates can mean. */
  find(candidates: readonly string[]): string | undefined {
    for (const [place, keyOf] of [plainText, looseKey].entries()) {
      const map = (this.#maps[place] ??= this.#mapBy(keyOf));
      for (const candidate of candidates) {
        const path = map.get(keyOf(candidate));
        if (path !== undefined) return path;
      }
    }
    return undefined;
  }

  /** Undefined where a key stands for several. */
  #mapBy(keyOf: (path: string) => string): Map<string, string | undefined> {
    const map = new Map<string, string | undefined>();
    for (const path of this.#paths) {
      const key = keyOf(path);
      map.set(key, map.has(key) ? undefined : path);
    }
    return map;
  }
}

/** Without blanks, capitals and what is shown in place of another character. */
function looseKey(path: string): string {
  return plainText(path)
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s\p{Z}\p{Cc}\p{Cf}\u2400-\u2426\uFFFD]/gu, "")
    .replace(/[‘’‚‛′`´]/g, "'")
    .replace(/[“”„‟″«»]/g, '"')
    .replace(/\p{Pd}|\u2212/gu, "-");
}

function foldersOf(documents: readonly IndexedDocument[]): string[] {
  const folders = new Set<string>();
  for (const { path, root } of documents) {
    for (let end = path.lastIndexOf("/"); end > root.length; end = path.lastIndexOf("/", end - 1)) {
      const folder = path.slice(0, end);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  return [...folders];
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", quot: '"', lt: "<", gt: ">", apos: "'", "#39": "'" };

/** As it was typed, then without what it may have been wrapped in or escaped by. */
function readingsOf(typed: string): string[] {
  const path = typed.trim();
  const bare = path.replace(/^(["'`<])(.*)["'`>]$/s, "$2");
  const decoded = bare.replace(/&(amp|quot|lt|gt|apos|#39);/g, (_, name: string) => ENTITIES[name] ?? "");
  return [...new Set([path, bare, decoded, decoded.replaceAll("\\", "/")])];
}

// oxlint-disable-next-line no-control-regex -- finding them is the purpose
const UNSHOWABLE = /[\0-\x1f\x7f-\x9f\u2028\u2029]/;
const ALL_UNSHOWABLE = new RegExp(UNSHOWABLE, "g");
const WIDE: Readonly<Record<string, string>> = { "[": "［", "]": "］", "|": "｜" };

/** The path itself where it can be shown and cited as it is. */
function citable(path: string): string {
  const shown = UNSHOWABLE.test(path) ? path.replace(ALL_UNSHOWABLE, pictureOf) : path;
  return isCitable(shown) ? shown : shown.replace(/[[\]|]/g, (character) => WIDE[character] ?? character);
}

/** Unicode has a picture of each of the first control characters, such as ␊. */
function pictureOf(control: string): string {
  const code = control.charCodeAt(0);
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? "\u2421" : "\uFFFD";
}
