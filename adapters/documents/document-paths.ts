/**
 * The paths of documents as people and agents write them: relative to where the user stands, absolute elsewhere.
 *
 * A path is only ever looked up among the documents that were walked, never opened: `../x`, links and absolute paths lead
 * to a document or to nothing.
 */
import { posix } from "node:path";
import type { IndexedDocument } from "./document-index.ts";

const LONGEST_PATH = 4_096;

/** Places in the list of documents; `to` is exclusive. */
export interface DocumentRange {
  from: number;
  to: number;
}

export class DocumentPaths {
  readonly #documents: readonly IndexedDocument[];
  readonly #cwd: string;
  readonly #bases: readonly string[];

  /** `documents` are in path order. */
  constructor(documents: readonly IndexedDocument[], cwd: string, roots: readonly string[]) {
    this.#documents = documents;
    this.#cwd = cwd;
    this.#bases = [cwd, ...roots];
  }

  /** How an absolute path is shown and cited. */
  show(path: string): string {
    const prefix = this.#cwd.endsWith("/") ? this.#cwd : `${this.#cwd}/`;
    return path.startsWith(prefix) ? path.slice(prefix.length) : path;
  }

  /** Accepts paths as shown, absolute, and relative to a root. */
  find(path: string): IndexedDocument | undefined {
    for (const candidate of this.#candidates(path)) {
      const document = this.#documents[this.#placeOf(candidate)];
      if (document?.path === candidate) return document;
    }
    return undefined;
  }

  /** The documents that are this file or lie in this folder; undefined where there are none. */
  range(path: string): DocumentRange | undefined {
    for (const candidate of this.#candidates(path)) {
      const from = this.#placeOf(candidate);
      if (this.#documents[from]?.path === candidate) return { from, to: from + 1 };
      const folder = candidate === "/" ? "" : candidate;
      // "0" is the character after "/": everything below the folder sorts between the two.
      const range = { from: this.#placeOf(`${folder}/`), to: this.#placeOf(`${folder}0`) };
      if (range.to > range.from) return range;
    }
    return undefined;
  }

  /** Absolute paths that may be meant, the likeliest first. */
  #candidates(path: string): string[] {
    if (path.length > LONGEST_PATH || path.includes("\0")) return [];
    const tidy = path.trim().replace(/(?<=.)\/+$/, "");
    return [...new Set(this.#bases.map((base) => posix.resolve(base, tidy)))];
  }

  /** Where the path is, or would be: the first place whose document's path is not smaller. */
  #placeOf(path: string): number {
    let [low, high] = [0, this.#documents.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#documents[middle] as IndexedDocument).path < path) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
