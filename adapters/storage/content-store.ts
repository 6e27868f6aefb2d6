/**
 * The contents of a run: what was asked and answered, and every long text, once each, by the SHA-256 of what it says, in one
 * append-only file of the run's folder (`content-pack.ts`). Without a folder texts stay where they are.
 *
 * 1. `flush` and `keep` resolve when what was added before is on the disk and outlives the machine's power; the journal flushes
 *    before each of its lines.
 * 2. A text that is read whole is the one that was added: one that says something else is an error.
 * 3. None is kept in memory once it is on the disk, but the few that were read last.
 * 4. After a failed write nothing more is written. A torn end is cut off by the next flush.
 */
import { randomBytes } from "node:crypto";
import { closeSync, existsSync, fstatSync, writeSync } from "node:fs";
import { mkdir, open, rm, writeFile, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { beginningOf } from "../../engine/policy/output/kept-output.ts";
import type { Contents } from "../../engine/ports/board.ts";
import { reasonOf, SwarmError } from "../../state/errors.ts";
import type { KeptText } from "../../state/lane-record.ts";
import { beginningAt, contentIn, digestOf, memberAt, membersOf, packed, type ContentPlace } from "./content-pack.ts";
import { PRIVATE_FILE, PRIVATE_FOLDER } from "./private-files.ts";
import { openRegular, regularBytes } from "./regular-files.ts";

export const CONTENTS_FOLDER = "contents";
export const PACK_FILE = "pack.gz";
/** Up to so many characters a text is its own best reference. */
const SHORT_CHARACTERS = 4096;
/** What is kept in memory of what was read. */
const [SMALL_MEMBER_BYTES, MOST_MEMBERS] = [256 * 1024, 16];
const NEXT_IS_COPY = "restore it from a copy of the run's folder";
const NEXT_IS_ROOM = "make room or mend the permissions, then: glasshive resume";
const DIGEST = /^[0-9a-f]{64}$/;

/** Of a swarm without a home: a text has a digest, and is nowhere. */
export const NO_CONTENTS: Contents = {
  add: (text) => digestOf(text.toWellFormed()),
  flush: () => Promise.resolve(),
  keep: (text) => Promise.resolve(text),
  has: () => false,
  text: (given) => {
    if (typeof given === "string") return given;
    throw new SwarmError("STORAGE_FAILED", `the text ${given.digest} is in the folder of a run, and there is none`);
  },
  close: () => Promise.resolve(),
};

/** In memory, and gone with it: of a run whose words are held against those of another. */
export function memoryContents(): Contents {
  const texts = new Map<string, string>();
  const add = (given: string): string => {
    const text = given.toWellFormed();
    const digest = digestOf(text);
    texts.set(digest, text);
    return digest;
  };
  return {
    ...NO_CONTENTS,
    add,
    keep: (text) => Promise.resolve(text.length <= SHORT_CHARACTERS ? text : referenceTo(add(text), text)),
    has: (digest) => texts.has(digest),
    text: (given, characters = Infinity) => {
      const text = typeof given === "string" ? given : texts.get(given.digest);
      if (text === undefined) return NO_CONTENTS.text(given);
      return characters < text.length && typeof given !== "string" ? beginningOf(text, characters) : text;
    },
  };
}

function referenceTo(digest: string, text: string): KeptText {
  return { digest, characters: text.length, bytes: Buffer.byteLength(text) };
}

/** Nothing is read or written before it is needed. */
export function openContents(runFolder: string | undefined): Contents {
  return runFolder === undefined ? NO_CONTENTS : new ContentStore(join(runFolder, CONTENTS_FOLDER));
}

/** What a few long replies take. */
const ROOM_BYTES = 512 * 1024;

/**
 * Takes as much room beside a run's contents as a few calls bring, while `work` takes as much elsewhere, handed as a text: a disk that
 * is nearly full takes many a small write before it is. Throws SwarmError STORAGE_FAILED, and what the work throws.
 */
export async function withRoom(runFolder: string, work: (text: string) => Promise<void>): Promise<void> {
  const folder = join(runFolder, CONTENTS_FOLDER);
  const draft = join(folder, ".room");
  // By chance: a file system that compresses would make little of anything else.
  const bytes = randomBytes(ROOM_BYTES);
  try {
    try {
      await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER });
      await writeFile(draft, bytes, { mode: PRIVATE_FILE, flush: true });
    } catch (error) {
      throw failure(`the text ${draft}`, error, "written", NEXT_IS_ROOM);
    }
    await work(bytes.toString("base64"));
  } finally {
    await rm(draft, { force: true }).catch(() => undefined);
  }
}

class ContentStore implements Contents {
  readonly #folder: string;
  readonly #pack: string;
  readonly #places = new Map<string, ContentPlace>();
  readonly #members = new Map<number, Buffer>();
  /** Where the last whole member that is known ends; undefined: nothing was read yet. */
  #end: number | undefined;
  /** What a process that died was writing stands behind it. */
  #isTorn = false;
  /** Not on the disk yet. */
  #added = new Map<string, string>();
  readonly #writing = new Map<string, string>();
  #flushing: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  #file: FileHandle | undefined;

  constructor(folder: string) {
    this.#folder = folder;
    this.#pack = join(folder, PACK_FILE);
  }

  add(given: string): string {
    const text = given.toWellFormed();
    const digest = digestOf(text);
    if (this.#end === undefined) this.#look();
    if (!this.#places.has(digest) && !this.#writing.has(digest)) this.#added.set(digest, text);
    return digest;
  }

  flush(): Promise<void> {
    if (this.#added.size === 0 && !this.#isTorn) return this.#next ?? this.#flushing;
    this.#next ??= this.#flushing.then(() => {
      this.#next = undefined;
      return (this.#flushing = this.#write());
    });
    return this.#next;
  }

  async keep(text: string): Promise<string | KeptText> {
    if (text.length <= SHORT_CHARACTERS) return text;
    const digest = this.add(text);
    await this.flush();
    return referenceTo(digest, text);
  }

  has(digest: string): boolean {
    if (this.#added.has(digest) || this.#writing.has(digest)) return true;
    if (!this.#places.has(digest)) this.#look();
    return this.#places.has(digest);
  }

  text(given: string | KeptText, characters = Infinity): string {
    if (typeof given === "string") return given;
    const { digest } = given;
    try {
      if (!DIGEST.test(digest)) throw new Error("this is the name of no text");
      const text = this.#added.get(digest) ?? this.#writing.get(digest) ?? this.#read(given, characters);
      return characters < text.length ? beginningOf(text, characters) : text;
    } catch (error) {
      if (error instanceof SwarmError) throw error;
      throw failure(`the text ${digest} in ${this.#pack}`, error, "read", NEXT_IS_COPY);
    }
  }

  async close(): Promise<void> {
    await this.flush().catch(() => undefined);
    await this.#file?.close();
    this.#file = undefined;
  }

  #read({ digest, characters: all }: KeptText, characters: number): string {
    if (!this.#places.has(digest)) this.#look();
    const place = this.#places.get(digest);
    if (place === undefined) return wholeIn(join(this.#folder, digest), digest);
    const file = this.#openPack();
    try {
      if (characters < all && place.at === 0) return beginningAt(file, place, characters);
      const text = contentIn(this.#member(file, place), place);
      if (digestOf(text) !== digest) throw new Error("what it says has been changed");
      return text;
    } finally {
      closeSync(file);
    }
  }

  /** What is read together was written together: the newest members that were read are kept, where they are small. */
  #member(file: number, place: ContentPlace): Buffer {
    const known = this.#members.get(place.member);
    if (known !== undefined) return known;
    const member = memberAt(file, place);
    if (member.length > SMALL_MEMBER_BYTES) return member;
    this.#members.set(place.member, member);
    for (const oldest of this.#members.keys()) if (this.#members.size > MOST_MEMBERS) this.#members.delete(oldest);
    return member;
  }

  /** Reads what the file has beyond what is known of it. */
  #look(): void {
    this.#end ??= 0;
    if (!existsSync(this.#pack)) return;
    const file = this.#openPack();
    try {
      const members = membersOf(file, this.#end);
      for (;;) {
        const { done, value } = members.next();
        if (done === true) {
          this.#end = value;
          this.#isTorn = this.#file === undefined && fstatSync(file).size > value;
          return;
        }
        for (const [digest, place] of value) this.#places.set(digest, place);
      }
    } finally {
      closeSync(file);
    }
  }

  #openPack(): number {
    try {
      return openRegular(this.#pack);
    } catch (error) {
      throw failure(this.#pack, error, "read", NEXT_IS_COPY);
    }
  }

  async #write(): Promise<void> {
    const batch = this.#added;
    this.#added = new Map();
    for (const [digest, text] of batch) this.#writing.set(digest, text);
    const members = await packed(batch);
    try {
      const file = this.#file ?? (await this.#open());
      let at = this.#end ?? 0;
      // Into the system's memory, which is quicker done than waited for; the disk is what takes time.
      for (const { bytes } of members) at += writeAll(file.fd, bytes, at);
      await file.datasync();
    } catch (error) {
      throw failure(`the text ${this.#pack}`, error, "written", NEXT_IS_ROOM);
    }
    for (const { bytes, places } of members) {
      for (const [digest, place] of places) this.#places.set(digest, { ...place, member: this.#end ?? 0 });
      this.#end = (this.#end ?? 0) + bytes.length;
    }
    for (const digest of batch.keys()) this.#writing.delete(digest);
  }

  async #open(): Promise<FileHandle> {
    const isNew = (await mkdir(this.#folder, { recursive: true, mode: PRIVATE_FOLDER })) !== undefined;
    const isFirst = !existsSync(this.#pack);
    this.#file = await open(this.#pack, isFirst ? "wx+" : "r+", PRIVATE_FILE);
    await this.#file.truncate(this.#end ?? 0);
    this.#isTorn = false;
    if (isFirst) await syncFolder(this.#folder);
    if (isNew) await syncFolder(dirname(this.#folder));
    return this.#file;
  }
}

function writeAll(file: number, bytes: Buffer, at: number): number {
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done, bytes.length - done, at + done);
  return bytes.length;
}

/** Of a release that kept a file for each. */
function wholeIn(file: string, digest: string): string {
  const text = regularBytes(file)?.toString("utf8");
  if (text === undefined) throw new Error("it is not there");
  if (digestOf(text) !== digest) throw new Error("what it says has been changed");
  return text;
}

/** A name that was given outlives the machine's power. Windows syncs no folders. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const opened = await open(folder, "r");
  try {
    await opened.sync();
  } finally {
    await opened.close();
  }
}

function failure(file: string, error: unknown, what: "read" | "written", next: string): SwarmError {
  return new SwarmError("STORAGE_FAILED", `${file} cannot be ${what}: ${reasonOf(error)}`, {
    cause: error,
    next,
  });
}
