/**
 * The lines of documents, read from the files when asked for and kept while they are in use.
 *
 * 1. What is opened is the very file that the walk found: a path that leads elsewhere by now (a link put in its place) is
 *    not read.
 * 2. A file that has changed since it was read is read again.
 */
import { readFileSync, realpathSync, statSync } from "node:fs";
import { textOf } from "../text/read-text.ts";
import type { TextLines } from "./headings.ts";
import { textLines } from "./text-lines.ts";

interface Cached {
  /** Size and time of change, to know the file again by. */
  stamp: string;
  text: TextLines;
  characters: number;
}

export class LineCache {
  readonly #cached = new Map<string, Cached>();
  readonly #mostCharacters: number;
  readonly #mostBytes: number;
  readonly #clean: ((text: string) => string) | undefined;
  #characters = 0;

  /** `clean`: what every text goes through before it is kept. */
  constructor(mostCharacters: number, mostBytes: number, clean?: (text: string) => string) {
    this.#mostCharacters = mostCharacters;
    this.#mostBytes = mostBytes;
    this.#clean = clean;
  }

  /** `real` is an absolute path without links. Undefined where the file is gone, is elsewhere, or is not text any more. */
  lines(real: string): readonly string[] | undefined {
    const stamp = this.#stampOf(real);
    const known = this.#forget(real);
    if (stamp === undefined) return undefined;
    const entry = known?.stamp === stamp ? known : this.#read(real, stamp);
    if (entry === undefined) return undefined;
    this.#remember(real, entry);
    return entry.text.lines;
  }

  #stampOf(real: string): string | undefined {
    try {
      if (realpathSync.native(real) !== real) return undefined;
      const stats = statSync(real);
      return stats.isFile() && stats.size <= this.#mostBytes
        ? `${stats.size}:${stats.mtimeMs}:${stats.ino}`
        : undefined;
    } catch {
      return undefined;
    }
  }

  #forget(real: string): Cached | undefined {
    const known = this.#cached.get(real);
    this.#cached.delete(real);
    this.#characters -= known?.characters ?? 0;
    return known;
  }

  /** The longest unused go first; the newest stays however large it is. */
  #remember(real: string, entry: Cached): void {
    this.#cached.set(real, entry);
    this.#characters += entry.characters;
    for (const oldest of this.#cached.keys()) {
      if (this.#characters <= this.#mostCharacters || oldest === real) return;
      this.#forget(oldest);
    }
  }

  #read(real: string, stamp: string): Cached | undefined {
    try {
      const text = textOf(readFileSync(real));
      return { stamp, text: textLines(text, real, this.#clean), characters: text.length };
    } catch {
      return undefined;
    }
  }
}
