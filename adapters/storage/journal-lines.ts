/** The whole lines of a journal's file, read piece by piece: a file of any size takes the memory of its longest line. */
import { closeSync, openSync, readSync } from "node:fs";

const PIECE_BYTES = 1 << 20;
const LINE_END = 0x0a;

/** Oldest first; none where there is no file. What follows the last line's end is still being written, or was torn. */
export function* journalLines(path: string): Generator<string> {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  try {
    let begun: Buffer[] = [];
    for (;;) {
      const piece = Buffer.allocUnsafe(PIECE_BYTES);
      const bytes = readSync(file, piece, 0, PIECE_BYTES, null);
      if (bytes === 0) return;
      const end = piece.subarray(0, bytes).lastIndexOf(LINE_END);
      if (end >= 0) {
        yield* Buffer.concat([...begun, piece.subarray(0, end)])
          .toString("utf8")
          .split("\n");
        begun = [];
      }
      begun.push(piece.subarray(end + 1, bytes));
    }
  } finally {
    closeSync(file);
  }
}
