/** What a run does not read of its documents is said wherever one looks. Through the command line. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { readJournalFile } from "../support/read-journal.ts";
import { commandHere, resultOf } from "../support/run-command.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const FILES: Record<string, string | Uint8Array> = {
  "docs/pump.md": "# Pump\n\nThe pump P-7 delivers 40 litres a minute.\n",
  "docs/report.pdf": "%PDF-1.4 x",
  "docs/disguised.md": "%PDF-1.4 x",
  "docs/large.md": "word ".repeat(300_000),
  "docs/data.txt": Uint8Array.of(0, 1, 2, 3),
  "pdfs/a.pdf": "%PDF",
};

function folderOf(files: Record<string, string | Uint8Array>): string {
  const folder = temporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

const QUESTION = "What does the pump deliver?";
const LEFT_OUT = [
  { reason: "too-large", count: 1, names: ["docs/large.md"] },
  { reason: "format", count: 2, names: ["docs/report.pdf", "docs/disguised.md"] },
  { reason: "binary", count: 1, names: ["docs/data.txt"] },
];

describe("what is left out of the documents", () => {
  it("is said before the run, in its result, its journal, by show and by doctor", async () => {
    const cwd = folderOf(FILES);
    const run = await commandHere(["run", QUESTION, "--docs", "docs", "--id", "r", "--json"], { cwd });
    expect(run.code).toBe(0);
    const said =
      /1 document read; left out: 1 too large: docs\/large\.md .*--max-file-size.*; 2 in a format .*docs\/report\.pdf, docs\/disguised\.md.*; 1 binary: docs\/data\.txt/;
    expect(run.stderr.split("\n")[0]).toMatch(said);
    const documents = { read: 1, leftOut: LEFT_OUT, ignored: 0 };
    expect(resultOf(run).documents).toEqual(documents);
    const [start] = readJournalFile(join(cwd, ".glasshive"), "r");
    expect(start?.data["documents"]).toEqual(documents);
    expect((await commandHere(["show", "r"], { cwd })).stdout).toMatch(said);
    expect((await commandHere(["doctor", "--docs", "docs"], { cwd })).stdout).toMatch(said);
  }, 30_000);

  it("has a run refused of which nothing is left, and nothing kept of it", async () => {
    const cwd = folderOf(FILES);
    const refused = await commandHere(["run", QUESTION, "--docs", "pdfs", "--id", "r"], { cwd });
    expect(refused.code).toBe(2);
    const says = /nothing to read in pdfs: left out: 1 in a format .*pdfs\/a\.pdf/;
    expect(refused.stderr.trim().split("\n")).toEqual([expect.stringMatching(says)]);
    expect((await commandHere(["runs", "--json"], { cwd })).stdout.trim()).toBe("[]");
  }, 30_000);
});
