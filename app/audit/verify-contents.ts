/**
 * The contents beside a journal: each that a line names is there and says what its hash is of, and so is what those name in turn. What
 * no line leads to is no part of the record. Nothing stands between them, and nothing behind the last one, once the run is over.
 */
import { closeSync, existsSync, fstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { contentIn, digestOf, memberAt, membersOf } from "../../adapters/storage/content-pack.ts";
import { CONTENTS_FOLDER, PACK_FILE } from "../../adapters/storage/content-store.ts";
import { openRegular, regularBytes } from "../../adapters/storage/regular-files.ts";
import type { JournalLine } from "../../engine/journal/events.ts";
import { about, problemOfLine, type Problem } from "./verify-journal.ts";
import { reasonOf } from "../../state/errors.ts";
import { fieldOf } from "../../state/is-record.ts";

/** Fields of lines that are names of contents (docs/guide/journal.md). */
const NAMING = ["messages", "tools", "reply", "answer", "content", "setup", "result"];
const DIGEST = /^[0-9a-f]{64}$/;

/** Contents that the lines so far name, each with the first that does. */
export class NamedContents {
  readonly lines = new Map<string, number>();
  #areRecorded = false;

  readonly add = (line: JournalLine): void => {
    if (line.kind === "run-start") this.#areRecorded = line.data.setup !== undefined;
    for (const field of NAMING) this.#name(fieldOf(line.data, field), line.seq);
    if (line.kind === "tool-call") this.#name(line.data.kept?.digest, line.seq);
    if (line.kind === "publish" && this.#areRecorded) this.#name(line.data.digest, line.seq);
  };

  #name(digest: unknown, line: number): void {
    if (typeof digest === "string" && DIGEST.test(digest) && !this.lines.has(digest)) this.lines.set(digest, line);
  }
}

/** `isClosed`: the run is over, and nobody is writing. */
export function contentProblems(runFolder: string, { lines }: NamedContents, isClosed: boolean): Problem[] {
  const folder = join(runFolder, CONTENTS_FOLDER);
  const there = new Map<string, readonly string[]>();
  const pack = `${CONTENTS_FOLDER}/${PACK_FILE}`;
  let stray: number | undefined;
  try {
    stray = readContents(folder, there);
  } catch (error) {
    return [about(pack, `cannot be read: ${reasonOf(error)}`)];
  }
  const wanted = new Map(lines);
  const problems: Problem[] =
    stray === undefined || !isClosed ? [] : [about(pack, `byte ${stray} belongs to no content`)];
  for (const [digest, line] of wanted) {
    const next = there.get(digest);
    if (next === undefined)
      problems.push(problemOfLine(line, `leads to the content ${digest}, which is missing or was altered`));
    for (const name of next ?? []) if (!wanted.has(name)) wanted.set(name, line);
  }
  return problems;
}

/** Into `there`, by the hash of what they say: what each names in turn. Returns the first byte that is of none; undefined: all are. */
function readContents(folder: string, there: Map<string, readonly string[]>): number | undefined {
  const pack = join(folder, PACK_FILE);
  let [end, stray]: [number, number | undefined] = [0, undefined];
  if (existsSync(pack)) {
    const file = openRegular(pack);
    try {
      for (const places of membersOf(file, 0)) {
        const [first] = places;
        if (first === undefined) continue;
        if (first[1].member > end) stray ??= end;
        end = first[1].member + first[1].memberBytes;
        const member = memberAt(file, first[1]);
        for (const [digest, place] of places) there.set(digest, namedIn(contentIn(member, place)));
      }
      if (fstatSync(file).size > end) stray ??= end;
    } finally {
      closeSync(file);
    }
  }
  // Of releases that kept a file for each.
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const bytes = DIGEST.test(name) ? regularBytes(join(folder, name)) : undefined;
    if (bytes !== undefined) there.set(digestOf(bytes.toString()), []);
  }
  return stray;
}

/** A message names the one before it and its texts, a version of a plan the one before it. Within strings quotes are escaped. */
function namedIn(text: string): readonly string[] {
  if (!/^\{"(?:before|role)":"/.test(text)) return [];
  return [...text.matchAll(/"(?:before|digest)":"([0-9a-f]{64})"/g)].map(([, digest = ""]) => digest);
}
