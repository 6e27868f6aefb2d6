/**
 * One index for all rows with the same documents: the first run builds it in its folder, the others have it by another name (a hard
 * link; an index is only read). Where the file system has none of those, each builds its own.
 */
import { linkSync } from "node:fs";
import { join } from "node:path";
import type { RunSettings } from "../config/run-settings.ts";
import { DOCUMENT_INDEX_FILE, runFolder } from "../runs/run-folder.ts";

export class SharedIndexes {
  readonly #home: string;
  /** By documents: the file, once it is there; undefined: it could not be built. */
  readonly #built = new Map<string, Promise<string | undefined>>();

  constructor(home: string) {
    this.#home = home;
  }

  /** Opens the documents of a run that is about to begin by `prepare`, which builds the index where there is none. Rejects as it does. */
  async opened({ runId, cwd, run, redact }: RunSettings, prepare: () => Promise<unknown>): Promise<void> {
    const key = JSON.stringify([cwd, run.documents, run.documentLimits, redact]);
    const file = join(runFolder(this.#home, runId), DOCUMENT_INDEX_FILE);
    const building = this.#built.get(key);
    const other = await building;
    if (other !== undefined) linkIfPossible(other, file);
    const preparing = prepare();
    if (other === undefined && this.#built.get(key) === building)
      this.#built.set(
        key,
        preparing.then(
          () => file,
          () => undefined,
        ),
      );
    await preparing;
  }
}

function linkIfPossible(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    // It is built anew.
  }
}
