/** The contents of a run as an outsider reads them (docs/guide/journal.md): nothing of ours but the file. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** By SHA-256, each as often as it stands in the file. `folder`: of the run. */
export function contentsIn(folder: string): Map<string, string[]> {
  const lines = gunzipSync(readFileSync(join(folder, "contents", "pack.gz")))
    .toString("utf8")
    .split("\n");
  const contents = new Map<string, string[]>();
  for (const line of lines.slice(0, -1)) {
    const text = line.startsWith("{") ? line : (JSON.parse(line) as string);
    const digest = createHash("sha256").update(text).digest("hex");
    contents.set(digest, [...(contents.get(digest) ?? []), text]);
  }
  return contents;
}
