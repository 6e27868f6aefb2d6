/**
 * Hash and size of contents, each time by what is new where a content continues the one before: 10,000 appends are not 10,000
 * hashes of the whole. Pure in what it returns.
 */
import { createHash, type Hash } from "node:crypto";

export class ContentDigest {
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
