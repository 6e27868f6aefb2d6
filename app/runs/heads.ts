/**
 * Heads of ended runs, outside of their folders: `heads.jsonl` of the home and whatever other file the embedder names, one JSON object
 * a line, appended and never changed. A chain that was made anew as a whole, a folder that was swapped for another and an older
 * copy that was put back do not have the head that stands there.
 */
import { appendFileSync, closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { journalLines } from "../../adapters/storage/journal-lines.ts";
import { PRIVATE_FILE } from "../../adapters/storage/private-files.ts";
import { reasonOf, SwarmError } from "../../state/errors.ts";
import { signatureOf, type SigningKey } from "./signatures.ts";

export const HEADS_FILE = "heads.jsonl";
/** Some hundred heads: a process that tells of an end a second time follows soon on the one that was killed. */
const NEWEST_BYTES = 64 * 1024;

export interface Head {
  run: string;
  /** ISO 8601. */
  at: string;
  /** Lines of the journal, the last one's hash. */
  lines: number;
  head: string;
}

/** As it stands in a file. */
export interface SignedHead extends Head {
  /** By which key, as its fingerprint; and its Ed25519 signature of the RFC 8785 form of the four fields, in base64. */
  key?: string;
  signature?: string;
}

export interface HeadPlaces {
  /** That of the home, and others. */
  files: readonly string[];
  key?: SigningKey | undefined;
}

/** Appends the head of an ended run to each file, unless it is among the newest that are there. Throws SwarmError STORAGE_FAILED. */
export function publishHead({ files, key }: HeadPlaces, { run, at, lines, head }: Head): void {
  const facts = { run, at, lines, head };
  const line = JSON.stringify(key === undefined ? facts : { ...facts, ...signatureOf({ ...facts }, key) });
  for (const file of files) appendHead(file, head, line);
}

function appendHead(file: string, head: string, line: string): void {
  try {
    const newest = existsSync(file) ? newestOf(file) : "";
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

/** The last lines of a file that grows with each run. */
function newestOf(file: string): string {
  const opened = openSync(file, "r");
  try {
    const bytes = Buffer.alloc(NEWEST_BYTES);
    const read = readSync(opened, bytes, 0, bytes.length, Math.max(0, fstatSync(opened).size - bytes.length));
    return bytes.toString("latin1", 0, read);
  } finally {
    closeSync(opened);
  }
}

/** Heads by run, oldest first; a torn line is passed over. Undefined: there is no such file. */
export function readHeads(file: string, only?: string): Map<string, SignedHead[]> | undefined {
  if (!existsSync(file)) return undefined;
  const heads = new Map<string, SignedHead[]>();
  for (const text of journalLines(file)) {
    const head = parsed(text);
    if (head === undefined || (only !== undefined && head.run !== only)) continue;
    const known = heads.get(head.run);
    if (known === undefined) heads.set(head.run, [head]);
    else known.push(head);
  }
  return heads;
}

function parsed(text: string): SignedHead | undefined {
  try {
    const line = JSON.parse(text) as Partial<SignedHead> | null;
    const isHead = typeof line?.run === "string" && typeof line.head === "string" && Number.isSafeInteger(line.lines);
    return isHead ? (line as SignedHead) : undefined;
  } catch {
    return undefined;
  }
}

export function homeHeads(home: string): string {
  return join(home, HEADS_FILE);
}
