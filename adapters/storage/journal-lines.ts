/** The whole lines of a journal's file, read piece by piece: a file of any size takes the memory of its longest line. */
import { isUtf8 } from "node:buffer";
import { closeSync, openSync, readSync } from "node:fs";
import { reasonOf, SwarmError, codeOf } from "../../state/errors.ts";

const PIECE_BYTES = 1 << 20;
const LINE_END = 0x0a;

function unreadable(path: string, error: unknown): SwarmError {
  return new SwarmError("JOURNAL_BROKEN", `the journal ${path} cannot be read: ${reasonOf(error)}`, {
    cause: error,
    next: "mend its permissions or restore it from a copy, or begin again under another --id",
  });
}

/**
 * Oldest first; none where there is no file. What follows the last line's end is still being written, or was torn: returns where
 * that begins, or undefined where there is none. Throws SwarmError JOURNAL_BROKEN where it cannot be read.
 */
export function* journalLines(path: string): Generator<string, number | undefined> {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw unreadable(path, error);
  }
  const readPiece = (piece: Buffer): number => {
    try {
      return readSync(file, piece, 0, PIECE_BYTES, null);
    } catch (error) {
      throw unreadable(path, error);
    }
  };
  try {
    let begun: Buffer[] = [];
    let [size, whole] = [0, 0];
    for (;;) {
      const piece = Buffer.allocUnsafe(PIECE_BYTES);
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
