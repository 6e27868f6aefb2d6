/**
 * Heads of ended runs, outside of their folders: `heads.jsonl` of the home and whatever other file the embedder names, one JSON object
 * a line, appended and never changed. A chain that was made anew as a whole, a folder that was swapped for another and an older
 * copy that was put back do not have the head that stands there. A batch has one too, of its ledger.
 */
import { accessSync, appendFileSync, closeSync, constants, existsSync, fstatSync, readSync } from "node:fs";
import type { KeyObject } from "node:crypto";
import { dirname, join } from "node:path";
import { z } from "zod";
import { journalLines } from "../../adapters/storage/journal-file.ts";
import { PRIVATE_FILE } from "../../adapters/storage/private-files.ts";
import { openRegular, refuseIrregular } from "../../adapters/storage/regular-files.ts";
import type { ChainHead } from "../../engine/journal/chain.ts";
import { many } from "../../state/amounts.ts";
import { reasonOf, SwarmError } from "../../state/errors.ts";
import { fieldOf, jsonIn } from "../../state/is-record.ts";
import { JOURNAL_FILE, runFolder } from "./run-folder.ts";
import { isSignedBy, signatureOf, type SigningKey } from "./signatures.ts";

export const HEADS_FILE = "heads.jsonl";
/** Some hundred heads: a process that tells of an end a second time follows soon on the one that was killed. */
const NEWEST_BYTES = 64 * 1024;

const Head = z.object({
  /** Of a batch: the name of its ledger instead. */
  run: z.string().optional(),
  batch: z.string().optional(),
  /** ISO 8601. */
  at: z.string(),
  /** Lines of the journal, or the ledger, and the last one's hash. */
  lines: z.int(),
  head: z.string(),
  /** The hash of the first one: runs of two homes may have one name. Absent in those that earlier releases kept. */
  first: z.string().optional(),
  /** By which key, as its fingerprint; and its Ed25519 signature of the RFC 8785 form of the other fields, in base64. */
  key: z.string().optional(),
  signature: z.string().optional(),
});
export type SignedHead = z.infer<typeof Head>;
export type Head = Omit<SignedHead, "key" | "signature">;

export interface HeadPlaces {
  /** That of the home, and others. */
  files: readonly string[];
  key?: SigningKey | undefined;
}

/** Before anything is spent on a run whose end could not be kept there. Throws SwarmError CONFIG_INVALID. */
export function refuseUnwritable(file: string): void {
  try {
    accessSync(existsSync(file) ? file : dirname(file), constants.W_OK);
    refuseIrregular(file);
  } catch (error) {
    throw new SwarmError("CONFIG_INVALID", `heads cannot be kept in ${file}: ${reasonOf(error)}`, {
      next: "name a file in a folder that is there and can be written to",
    });
  }
}

/** Appends the head of an ended run to each file, unless it is among the newest that are there. Throws SwarmError STORAGE_FAILED. */
export function publishHead({ files, key }: HeadPlaces, head: Head): void {
  const line = JSON.stringify(key === undefined ? head : { ...head, ...signatureOf({ ...head }, key) });
  for (const file of files) appendHead(file, head.head, line);
}

export function isHeadSigned({ key: _key, signature, ...head }: SignedHead, key: KeyObject): boolean {
  return isSignedBy(head, signature, key);
}

/** Those of this very journal; where there are none, whatever has its name: then none of them is its own. */
export function headsOfJournal(heads: readonly SignedHead[], first: string | undefined): readonly SignedHead[] {
  const own = heads.filter((head) => (head.first ?? first) === first);
  return own.length > 0 ? own : heads;
}

/** Throws SwarmError JOURNAL_BROKEN where the home keeps a head of more lines than the journal has, as far as that has been read. */
export function refuseShortened(home: string, run: string, { seq: lines }: ChainHead): void {
  const first = firstHashIn(join(runFolder(home, run), JOURNAL_FILE));
  const heads = readHeads(homeHeads(home), run)?.get(run) ?? [];
  const own = heads.filter((head) => first === undefined || (head.first ?? first) === first);
  const most = Math.max(0, ...own.map((head) => head.lines));
  if (most <= lines) return;
  throw new SwarmError(
    "JOURNAL_BROKEN",
    `the journal of run ${run} is not the one that it had: it has ${many(lines, "line")}, the head that is kept outside is of ${most}`,
    { next: `restore journal.jsonl from a copy; see: glasshive audit verify ${run}` },
  );
}

function appendHead(file: string, head: string, line: string): void {
  try {
    const newest = existsSync(file) ? endOf(file) : "";
    if (newest.includes(`"head":"${head}"`)) return;
    // A torn last line of a process that died stays one line.
    const begin = newest === "" || newest.endsWith("\n") ? "" : "\n";
    appendFileSync(file, `${begin}${line}\n`, { mode: PRIVATE_FILE, flush: true });
  } catch (error) {
    throw new SwarmError("STORAGE_FAILED", `${file} cannot be written: ${reasonOf(error)}`, {
      cause: error,
      next: "make room or mend the permissions, then: glasshive resume",
    });
  }
}

/** The last lines of a file that grows. Throws what the file system throws. */
function endOf(file: string): string {
  const opened = openRegular(file);
  try {
    const bytes = Buffer.alloc(NEWEST_BYTES);
    const read = readSync(opened, bytes, 0, bytes.length, Math.max(0, fstatSync(opened).size - bytes.length));
    return bytes.toString("latin1", 0, read);
  } finally {
    closeSync(opened);
  }
}

/** Heads of runs by their names, oldest first; a torn line is passed over. Undefined: there is no such file. */
export function readHeads(file: string, only?: string): Map<string, SignedHead[]> | undefined {
  if (!existsSync(file)) return undefined;
  const heads = new Map<string, SignedHead[]>();
  for (const head of headsIn(file)) {
    if (head.run === undefined || (only !== undefined && head.run !== only)) continue;
    const known = heads.get(head.run);
    if (known === undefined) heads.set(head.run, [head]);
    else known.push(head);
  }
  return heads;
}

/** Heads of ledgers of batches, oldest first. Undefined: there is no such file. */
export function readBatchHeads(file: string): SignedHead[] | undefined {
  return existsSync(file) ? [...headsIn(file)].filter(({ batch }) => batch !== undefined) : undefined;
}

function* headsIn(file: string): Generator<SignedHead> {
  for (const text of journalLines(file)) {
    // What else stands in a line is signed with it.
    const { data } = Head.loose().safeParse(jsonIn(text));
    if (data !== undefined) yield data;
  }
}

/** Of a journal's first line, as it says itself; undefined: it has none, or says nothing of the kind. */
export function firstHashIn(file: string): string | undefined {
  const [text = ""] = journalLines(file);
  const hash = fieldOf(jsonIn(text), "hash");
  return typeof hash === "string" ? hash : undefined;
}

/** Of a journal's last line, as it says itself. Throws what the file system throws. */
export function lastHashIn(file: string): unknown {
  return fieldOf(jsonIn(endOf(file).trimEnd().split("\n").at(-1) ?? ""), "hash");
}

export function homeHeads(home: string): string {
  return join(home, HEADS_FILE);
}
