import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** Bytes of all SQLite files under a folder, write-ahead logs included. */
export async function databaseBytes(folder: string): Promise<number> {
  const names = (await readdir(folder, { recursive: true })).filter((name) =>
    /\.(sqlite3?|db)(-wal|-shm)?$/.test(name),
  );
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
