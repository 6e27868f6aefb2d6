/** A folder with files for one test, removed after it; and the library over it. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach } from "vitest";
import { openDocuments } from "../../../../adapters/documents/document-library.ts";
import type { DocumentOptions } from "../../../../adapters/documents/open-index.ts";
import type { DocumentLibrary } from "../../../../engine/ports/documents.ts";

const cleanups: (() => void)[] = [];

afterEach(() => {
  for (const cleanup of cleanups.splice(0).toReversed()) cleanup();
});

/** Makes the files (path → content) in a new folder; returns its absolute path. */
export function temporaryTree(files: Record<string, string | Uint8Array>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "glasshive-test-")));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

/** The library over a folder, seen from there; closed after the test. */
export async function libraryOf(folder: string, options: Partial<DocumentOptions> = {}): Promise<DocumentLibrary> {
  const library = await openDocuments({ roots: [folder], cwd: folder, indexFile: undefined, ...options });
  cleanups.push(() => library.close());
  return library;
}

export function pathsOf(library: DocumentLibrary): string[] {
  return library.list(undefined, Infinity).map(({ path }) => path);
}
