/**
 * What documents are, by content: of each root the files that would be read, by path and SHA-256. The same documents elsewhere have the
 * same digest.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename, relative } from "node:path";
import { pipeline } from "node:stream/promises";
import { DEFAULT_LIMITS } from "../../adapters/documents/document-limits.ts";
import { walk } from "../../adapters/documents/walk.ts";
import { digestOf } from "../../engine/policy/batch/identity.ts";
import type { RunOptions } from "../../state/run-options.ts";

/** Files that are read at once. */
const AT_ONCE = 16;

/** Digests by roots and limits: each collection is read once, however many rows name it. */
export class DocumentDigests {
  readonly #known = new Map<string, Promise<string | null>>();

  /** Null: there are no documents. `documents`: absolute paths that exist. */
  of({ documents, documentLimits }: RunOptions): Promise<string | null> {
    if (documents.length === 0) return Promise.resolve(null);
    const key = JSON.stringify([documents, documentLimits]);
    let digest = this.#known.get(key);
    if (digest === undefined)
      this.#known.set(key, (digest = digestOfFiles(documents, { ...DEFAULT_LIMITS, ...documentLimits })));
    return digest;
  }
}

async function digestOfFiles(roots: readonly string[], limits: Parameters<typeof walk>[1]): Promise<string> {
  const { files } = walk(roots, limits);
  const found: string[][] = [];
  const queue = files.entries();
  const work = async (): Promise<void> => {
    for (const [at, { path, real, root }] of queue) found[at] = [nameOf(path, root), await hashOf(real)];
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return digestOf([roots.map((root) => basename(root)), found]);
}

function nameOf(path: string, root: string): string {
  return relative(root, path).replaceAll("\\", "/");
}

/** Empty for a file that cannot be read: it is left out of the run too. */
async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(path), hash);
    return hash.digest("hex");
  } catch {
    return "";
  }
}
