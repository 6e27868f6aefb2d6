/**
 * LangGraph's own suite for savers, against that of a home. Under the name of LangGraph's SQLite saver, whose tables it keeps: the
 * suite leaves out for it, as for two others, that of a checkpoint what has changed alone is stored.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test } from "vitest";
import { openHomeStorage, type HomeStorage } from "../../adapters/storage/home-storage.ts";

// The suite takes them as globals.
Object.assign(globalThis, { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test });
const { specTest } = await import("@langchain/langgraph-checkpoint-validation");

const homes = new Map<unknown, { folder: string; storage: HomeStorage }>();

specTest({
  checkpointerName: "@langchain/langgraph-checkpoint-sqlite",
  createCheckpointer: async () => {
    const folder = await mkdtemp(join(tmpdir(), "glasshive-validation-"));
    const storage = openHomeStorage(folder);
    homes.set(storage.checkpointer, { folder, storage });
    return storage.checkpointer;
  },
  destroyCheckpointer: async (checkpointer) => {
    const home = homes.get(checkpointer);
    await home?.storage.close();
    if (home !== undefined) await rm(home.folder, { recursive: true });
  },
});
