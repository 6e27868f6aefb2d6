import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { journalLines } from "../../../../adapters/storage/journal-file.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

function linesIn(...parts: (string | Buffer)[]): string[] {
  const file = join(temporaryFolder(), "journal.jsonl");
  writeFileSync(file, "");
  for (const part of parts) appendFileSync(file, part);
  return [...journalLines(file)];
}

describe("the lines of a journal's file", () => {
  it("are none where there is no file, and of an empty one", () => {
    expect([...journalLines(join(temporaryFolder(), "none.jsonl"))]).toEqual([]);
    expect(linesIn("")).toEqual([]);
  });

  it("are whole however they lie on the pieces that are read: longer than a piece, and with a letter on the edge of one", () => {
    const piece = 1 << 20;
    const lines = [
      "first",
      "ä".repeat(piece),
      "x".repeat(3 * piece + 7),
      `${"y".repeat(piece - 9)}\u{1f41d}`,
      "",
      "last",
    ];
    expect(linesIn(`${lines.join("\n")}\n`)).toEqual(lines);
    const many = Array.from({ length: 60_000 }, (_, index) => `${index} ${"\u{1f41d}".repeat(index % 17)}`);
    expect(linesIn(`${many.join("\n")}\n`)).toEqual(many);
  });

  it("end with the last whole one", () => {
    expect(linesIn('whole\n{"torn":"', Buffer.from([0xf0, 0x9f]))).toEqual(["whole"]);
    expect(linesIn("torn alone")).toEqual([]);
  });
});
