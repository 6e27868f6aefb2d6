/** A run's record as somebody leaves it who may write all of it: some contents changed, and the chain made anew over them. */
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CONTENTS_FOLDER, openContents } from "../../adapters/storage/content-store.ts";
import { EMPTY_CHAIN, link } from "../../engine/journal/chain.ts";
import type { JournalEntry, JournalLine } from "../../engine/journal/events.ts";
import { contentsIn } from "./read-pack.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** A copy of the home, without its database, with `change` made of each content. Returns its place. */
export async function rewrittenRun(home: string, runId: string, change: (text: string) => string): Promise<string> {
  const copy = join(temporaryFolder(), "home");
  cpSync(home, copy, { recursive: true });
  for (const end of ["", "-wal", "-shm"]) rmSync(join(copy, `glasshive.db${end}`), { force: true });
  const folder = join(copy, "runs", runId);
  const texts = [...contentsIn(folder)].map(([digest, [text = ""]]) => ({ digest, text }));
  rmSync(join(folder, CONTENTS_FOLDER), { recursive: true });
  const contents = openContents(folder);
  const changed = new Map<string, string>();
  const renamed = (text: string): string =>
    [...changed].reduce((so, [old, digest]) => so.replaceAll(old, digest), text);
  // What refers to a content stands behind it.
  for (const { digest, text } of texts) {
    const now = contents.add(renamed(change(text)));
    if (now !== digest) changed.set(digest, now);
  }
  await contents.close();
  let head = EMPTY_CHAIN;
  const lines = readFileSync(join(folder, "journal.jsonl"), "utf8").split("\n").slice(0, -1);
  const linked = lines.map((text) => {
    const { run, at, ...line } = JSON.parse(renamed(text)) as JournalLine;
    const made = link(line as JournalEntry, head, { run, at });
    head = { seq: made.seq, hash: made.hash };
    return JSON.stringify(made);
  });
  writeFileSync(join(folder, "journal.jsonl"), `${linked.join("\n")}\n`);
  return copy;
}
