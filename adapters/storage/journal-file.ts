/**
 * A journal as a file, one line each, flushed to the disk before `append` resolves. Lines that arrive while a flush is under
 * way share the next one, so 300 lanes pay for a few flushes a second, not for one each.
 *
 * 1. Lines are written in the order of the calls.
 * 2. After a failed write nothing more is written: a journal with a gap would be worse than one that ends.
 */
import { appendFileSync, closeSync, fstatSync, readSync } from "node:fs";
import { mkdir, open, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { isUtf8 } from "node:buffer";
import type { JournalStorage } from "../../engine/ports/journal.ts";
import { codeOf, reasonOf, SwarmError } from "../../state/errors.ts";
import { PRIVATE_FILE, PRIVATE_FOLDER } from "./private-files.ts";
import { openRegular } from "./regular-files.ts";

interface Waiting {
  text: string;
  resolve: () => void;
  reject: (reason: Error) => void;
}

/** Opens or creates the file. `before`: awaited before lines are written. Throws SwarmError STORAGE_FAILED. */
export async function openJournalFile(path: string, before?: () => Promise<void>): Promise<JournalStorage> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: PRIVATE_FOLDER });
    // A torn end is cut off before the first line is appended.
    const file = await open(path, "a+", PRIVATE_FILE);
    return new JournalFile(path, file, before);
  } catch (error) {
    throw failure(path, error);
  }
}

class JournalFile implements JournalStorage {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #before: (() => Promise<void>) | undefined;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #broken: SwarmError | undefined;
  /** Where the last whole line ends, while a torn one follows it. */
  #tornAt: number | undefined;

  constructor(path: string, file: FileHandle, before?: () => Promise<void>) {
    this.#path = path;
    this.#file = file;
    this.#before = before;
  }

  async read(): Promise<string[]> {
    try {
      const lines: string[] = [];
      const reading = journalLines(this.#path);
      for (;;) {
        const { done, value } = reading.next();
        if (done !== true) lines.push(value);
        else {
          this.#tornAt = value;
          return lines;
        }
      }
    } catch (error) {
      throw failure(this.#path, error);
    }
  }

  append(lines: string[]): Promise<void> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ text: `${lines.join("\n")}\n`, resolve, reject });
      // While others are written; the first ones wait for those of their turn.
      if (this.#writing !== undefined) this.#before?.().catch(() => undefined);
      this.#writing ??= this.#writeAll();
    });
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#file.close();
  }

  /** Only a journal that is continued is cut: one that is refused stays as it was found. */
  async #cutTornLine(): Promise<void> {
    if (this.#tornAt !== undefined) await this.#file.truncate(this.#tornAt);
    this.#tornAt = undefined;
  }

  async #writeAll(): Promise<void> {
    // Lets the callers of this turn of the event loop share the first flush.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#before?.();
        await this.#cutTornLine();
        // Into the system's memory, which is quicker done than waited for; the disk is what takes time.
        appendFileSync(this.#file.fd, batch.map(({ text }) => text).join(""));
        await this.#file.datasync();
      } catch (error) {
        this.#broken = failure(this.#path, error);
        for (const { reject } of [...batch, ...this.#waiting.splice(0)]) reject(this.#broken);
        break;
      }
      for (const { resolve } of batch) resolve();
    }
    this.#writing = undefined;
  }
}

function failure(path: string, error: unknown): SwarmError {
  if (error instanceof SwarmError) return error;
  return new SwarmError("STORAGE_FAILED", `the journal ${path} cannot be written: ${reasonOf(error)}`, {
    cause: error,
    next: "make room or mend the permissions, then: glasshive resume",
  });
}

const PIECE_BYTES = 1 << 20;
/** Where the file seems to be at its end: it may have grown. */
const LEAST_PIECE_BYTES = 1 << 12;
const LINE_END = 0x0a;

function unreadable(path: string, error: unknown): SwarmError {
  return new SwarmError("JOURNAL_BROKEN", `the journal ${path} cannot be read: ${reasonOf(error)}`, {
    cause: error,
    next: "mend its permissions or restore it from a copy, or begin again under another --id",
  });
}

/**
 * Oldest first; none where there is no file. `most`: bytes that are read of it. What follows the last line's end is still being written, or was torn: returns where
 * that begins, or undefined where there is none. Throws SwarmError JOURNAL_BROKEN where it cannot be read.
 */
export function* journalLines(path: string, most = Number.MAX_SAFE_INTEGER): Generator<string, number | undefined> {
  let file: number;
  try {
    file = openRegular(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw unreadable(path, error);
  }
  const readPiece = (piece: Buffer): number => {
    try {
      return readSync(file, piece, 0, piece.length, null);
    } catch (error) {
      throw unreadable(path, error);
    }
  };
  try {
    const known = fstatSync(file).size;
    let begun: Buffer[] = [];
    let [size, whole] = [0, 0];
    for (;;) {
      // No larger than what is there: most journals are small, and large buffers make the collector of garbage run.
      const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, most - size, Math.max(LEAST_PIECE_BYTES, known - size)));
      const bytes = readPiece(piece);
      if (bytes === 0) return whole < size ? whole : undefined;
      const end = piece.subarray(0, bytes).lastIndexOf(LINE_END);
      if (end >= 0) {
        yield* textsIn(Buffer.concat([...begun, piece.subarray(0, end)]));
        begun = [];
        whole = size + end + 1;
      }
      begun.push(piece.subarray(end + 1, bytes));
      size += bytes;
    }
  } finally {
    closeSync(file);
  }
}

/** What is not UTF-8 is read byte by byte: such a line was changed, and must not look like another one. */
function textsIn(lines: Buffer): string[] {
  if (isUtf8(lines)) return lines.toString("utf8").split("\n");
  return lines
    .toString("latin1")
    .split("\n")
    .map((bytes) => {
      const line = Buffer.from(bytes, "latin1");
      return isUtf8(line) ? line.toString("utf8") : bytes;
    });
}
