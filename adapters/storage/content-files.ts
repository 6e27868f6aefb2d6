/**
 * Long texts of a run in its folder, one file each, named by the SHA-256 of what is in it: each is there once, and none is kept in
 * memory. Without a folder texts stay where they are.
 *
 * 1. What `keep` returned is on the disk, whole, and outlives the machine's power.
 * 2. A text that is read whole is the one that was kept: a file that says something else is an error, and `keep` writes it anew.
 */
import { hash } from "node:crypto";
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { beginningOf } from "../../engine/policy/output/kept-output.ts";
import type { Contents } from "../../engine/ports/board.ts";
import { describeError, SwarmError } from "../../state/errors.ts";
import type { KeptText } from "../../state/lane-record.ts";
import { PRIVATE_FILE, PRIVATE_FOLDER } from "./private-files.ts";

export const CONTENTS_FOLDER = "contents";
/** Up to so many characters a text is its own best reference. */
const SHORT_CHARACTERS = 4096;
const DIGEST = /^[0-9a-f]{64}$/;

/** Of a swarm without a home. */
export const NO_CONTENTS: Contents = {
  keep: (text) => Promise.resolve(text),
  text: (given) => {
    if (typeof given === "string") return given;
    throw new SwarmError("STORAGE_FAILED", `the text ${given.digest} is in the folder of a run, and there is none`);
  },
};

export function openContents(runFolder: string | undefined): Contents {
  if (runFolder === undefined) return NO_CONTENTS;
  const folder = join(runFolder, CONTENTS_FOLDER);
  let drafts = 0;
  let swept: Promise<void> | undefined;
  return {
    async keep(text) {
      if (text.length <= SHORT_CHARACTERS) return text;
      const bytes = Buffer.from(text);
      const kept: KeptText = {
        digest: digestOf(bytes),
        characters: text.length,
        bytes: bytes.length,
      };
      const file = join(folder, kept.digest);
      const draft = join(folder, `.${kept.digest}.${process.pid}.${(drafts += 1)}`);
      try {
        if (!(await isThere(file, kept))) {
          await makeFolder(folder);
          await (swept ??= sweep(folder));
          await write(draft, bytes);
          await rename(draft, file);
        }
        // The name as well, whichever of two callers gave it.
        await syncFolder(folder);
        return kept;
      } catch (error) {
        await rm(draft, { force: true }).catch(() => undefined);
        throw failure(file, error, "written", "make room or mend the permissions, then: glasshive resume");
      }
    },
    text: (given, characters) => (typeof given === "string" ? given : read(folder, given, characters)),
  };
}

async function makeFolder(folder: string): Promise<void> {
  const isNew = (await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER })) !== undefined;
  if (isNew) await syncFolder(dirname(folder));
}

/** Takes away what processes that were killed had begun to write: a run has one at a time. */
async function sweep(folder: string): Promise<void> {
  const others = (name: string): boolean => name.startsWith(".") && !name.includes(`.${process.pid}.`);
  const drafts = (await readdir(folder)).filter(others);
  // One that cannot be taken away does no harm.
  await Promise.allSettled(drafts.map((name) => rm(join(folder, name))));
}

function digestOf(bytes: Buffer): string {
  return hash("sha256", bytes, "hex");
}

async function isThere(file: string, kept: KeptText): Promise<boolean> {
  const { size } = await stat(file).catch(() => ({ size: -1 }));
  return size === kept.bytes && digestOf(await readFile(file)) === kept.digest;
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

async function write(file: string, bytes: Buffer): Promise<void> {
  const opened = await open(file, "w", PRIVATE_FILE);
  try {
    await opened.writeFile(bytes);
    await opened.datasync();
  } finally {
    await opened.close();
  }
}

function read(folder: string, kept: KeptText, characters = Infinity): string {
  const file = join(folder, kept.digest);
  try {
    if (!DIGEST.test(kept.digest)) throw new Error("this is the name of no text");
    return characters < kept.characters ? beginningIn(file, kept, characters) : wholeIn(file, kept);
  } catch (error) {
    throw failure(file, error, "read", "restore it from a copy of the run's folder");
  }
}

function wholeIn(file: string, { digest }: KeptText): string {
  const bytes = readFileSync(file);
  if (digestOf(bytes) !== digest) throw new Error("what it says has been changed");
  return bytes.toString("utf8");
}

function beginningIn(file: string, kept: KeptText, characters: number): string {
  // A text of one byte a character is read as far as is asked for; no other takes more than three a code unit.
  const wanted = Buffer.allocUnsafe(kept.bytes === kept.characters ? characters : characters * 3);
  const opened = openSync(file, "r");
  try {
    const text = wanted.toString("utf8", 0, readSync(opened, wanted, 0, wanted.length, 0));
    return text.length <= characters ? text : beginningOf(text, characters);
  } finally {
    closeSync(opened);
  }
}

function failure(file: string, error: unknown, what: "read" | "written", next: string): SwarmError {
  return new SwarmError("STORAGE_FAILED", `the text ${file} cannot be ${what}: ${describeError(error)}`, {
    cause: error,
    next,
  });
}
