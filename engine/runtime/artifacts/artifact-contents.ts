/** The contents of an artifact's versions: how they are kept, and made anew. */
import { createHash, type Hash } from "node:crypto";
import type { ArtifactVersion, KeptContent } from "../../../state/artifact.ts";
import { applyDelta, deltaBetween } from "../../policy/merge/delta.ts";
import type { ArtifactStorage } from "../../ports/board.ts";

/** Characters of changes after which a version is kept whole: half of the content, but not less than this. */
const LEAST_BETWEEN_WHOLES = 64_000;
/** A version is never more changes away from a whole one. */
const MOST_CHANGES = 500;
const KEPT_IN_MEMORY = 64;
const MEMORY_CHARACTERS = 16_000_000;

/**
 * The contents of one artifact's versions: kept as changes of the version before, whole every so often, so that ten thousand
 * small changes of a big artifact cost about what they say. Owns no order: commits are serialised by who uses it.
 *
 * 1. What is kept whole is at least as rare as its size asks: the bytes kept grow with what is written, not with its square.
 * 2. The newest content and the ones used last are in memory, up to a bound; any other is made anew from the nearest whole one.
 */
export class ArtifactContents {
  readonly #storage: ArtifactStorage;
  readonly #versions: { version: ArtifactVersion; content: KeptContent }[] = [];
  readonly #memory = new Map<number, string>();
  readonly #digest = new ContentDigest();
  #sinceWhole = { characters: 0, changes: 0 };

  constructor(storage: ArtifactStorage) {
    this.#storage = storage;
  }

  get versions(): ArtifactVersion[] {
    return this.#versions.map(({ version }) => version);
  }

  has(version: number): boolean {
    return version >= 0 && version <= this.#versions.length;
  }

  add(version: ArtifactVersion, content: KeptContent): void {
    this.#versions.push({ version, content });
    const { characters, changes } = this.#sinceWhole;
    this.#sinceWhole =
      content === "whole"
        ? { characters: 0, changes: 0 }
        : { characters: characters + content.splice.inserted.length, changes: changes + 1 };
  }

  /** Hash and size of what the next version is to hold. */
  digest(content: string): { hash: string; bytes: number } {
    return this.#digest.of(content);
  }

  /** How the next version will be kept; what has to be whole is stored at once, under its hash. */
  async keep(content: string, before: string, hash: string): Promise<KeptContent> {
    const splice = deltaBetween(before, content);
    const { characters, changes } = this.#sinceWhole;
    const most = Math.max(LEAST_BETWEEN_WHOLES, content.length / 2);
    if (changes + 1 < MOST_CHANGES && characters + splice.inserted.length <= most)
      return { from: this.#versions.length, splice };
    await this.#storage.putContent(hash, content);
    return "whole";
  }

  /** How a content beside the versions is kept: as a change of the version that it was based on, where that is shorter. */
  async keepBeside(content: string, base: number, hash: string): Promise<KeptContent> {
    const splice = deltaBetween(await this.content(base), content);
    if (splice.inserted.length <= LEAST_BETWEEN_WHOLES) return { from: base, splice };
    await this.#storage.putContent(hash, content);
    return "whole";
  }

  async restore(kept: KeptContent, hash: string): Promise<string> {
    if (kept === "whole") return this.#storage.content(hash);
    return applyDelta(await this.content(kept.from), kept.splice);
  }

  /** The content of a version; "" for 0. */
  async content(version: number): Promise<string> {
    if (version === 0) return "";
    const changes: KeptContent[] = [];
    let content: string | undefined;
    let at = version;
    for (; content === undefined; at -= 1) {
      content = at === 0 ? "" : this.#memory.get(at);
      if (content !== undefined) break;
      const known = this.#versions[at - 1] as { version: ArtifactVersion; content: KeptContent };
      if (known.content === "whole") content = await this.#storage.content(known.version.hash);
      else changes.push(known.content);
    }
    for (const change of changes.toReversed()) if (change !== "whole") content = applyDelta(content, change.splice);
    this.remember(version, content);
    return content;
  }

  /** Keeps a content in memory; the oldest ones beyond the bound go. */
  remember(version: number, content: string): void {
    this.#memory.delete(version);
    this.#memory.set(version, content);
    let characters = [...this.#memory.values()].reduce((sum, { length }) => sum + length, 0);
    for (const [oldest, { length }] of this.#memory) {
      if (oldest === version || (this.#memory.size <= KEPT_IN_MEMORY && characters <= MEMORY_CHARACTERS)) break;
      this.#memory.delete(oldest);
      characters -= length;
    }
  }
}

/**
 * Hash and size of contents, each time by what is new where a content continues the one before: 10,000 appends are not 10,000
 * hashes of the whole.
 */
class ContentDigest {
  #content = "";
  #bytes = 0;
  #hash: Hash = createHash("sha256");

  /** SHA-256 (hex), and bytes as UTF-8. */
  of(content: string): { hash: string; bytes: number } {
    // By a slice: `startsWith` looks at one unit after another.
    const goesOn = content.slice(0, this.#content.length) === this.#content;
    const hash = goesOn ? this.#hash.copy() : createHash("sha256");
    const rest = goesOn ? content.slice(this.#content.length) : content;
    hash.update(rest);
    this.#bytes = (goesOn ? this.#bytes : 0) + Buffer.byteLength(rest);
    this.#hash = hash;
    this.#content = content;
    return { hash: hash.copy().digest("hex"), bytes: this.#bytes };
  }
}
