/** G3, G5: something else in the place of a record of a run is named in one line, or hinders nobody; nobody waits for it. */
import { execFileSync, spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { endedAndKilled, replaced, RUN } from "../support/crash-run.ts";

const VERIFIER = fileURLToPath(new URL("../../bin/verify-run.mjs", import.meta.url));

const worlds = endedAndKilled();

/** A pipe to which nobody writes: who opens it waits. */
const piped = (file: string): void => {
  rmSync(file, { force: true, recursive: true });
  execFileSync("mkfifo", [file]);
};

describe("a record in the place of which is something else", () => {
  it.each<[string, string, (file: string) => void, string[], RegExp]>([
    [
      "a folder",
      "journal.jsonl",
      replaced,
      ["show", "resume"],
      /journal\.jsonl cannot be read: it is a folder — .*restore/,
    ],
    [
      "nothing",
      "run.json",
      (file) => rmSync(file),
      ["show", "resume"],
      /it has a journal, and .*run\.json is gone — restore/,
    ],
    ["a folder", "run.json", replaced, ["show", "resume"], /run\.json cannot be read: it is a folder — restore/],
    [
      "a folder",
      "lock.sqlite",
      replaced,
      ["resume"],
      /lock\.sqlite is not a lock of ours.* — remove it, then: .*resume r$/,
    ],
    [
      "something else",
      "lock.sqlite",
      (file) => writeFileSync(file, "no lock ".repeat(1000)),
      ["resume"],
      /lock\.sqlite is not a lock of ours.* — remove it, then: .*resume r$/,
    ],
    ["a pipe", "../../glasshive.db", piped, ["resume"], /glasshive\.db cannot be opened: it is no regular file — /],
    ["a pipe", "lock.sqlite", piped, ["resume"], /lock\.sqlite is not a lock of ours.* — remove it, then: .*resume r$/],
    ["a pipe", "run.json", piped, ["show", "resume"], /run\.json cannot be read: it is no regular file — restore/],
    ["a pipe", "journal.jsonl", piped, ["show", "resume"], /journal\.jsonl cannot be read: it is no regular file — /],
    [
      "a pipe",
      "contents/pack.gz",
      piped,
      ["resume"],
      /pack\.gz cannot be read: it is no regular file — once that is fixed/,
    ],
    [
      "a folder",
      "contents/pack.gz",
      replaced,
      ["resume"],
      /pack\.gz cannot be read: it is a folder — once that is fixed/,
    ],
    [
      "a file",
      "contents",
      (file) => {
        rmSync(file, { recursive: true, force: true });
        writeFileSync(file, "");
      },
      ["resume"],
      /contents.* cannot be written: a file is in its place — /,
    ],
  ])("(%s for %s) is named in one line, with what to do", async (_, name, ...[spoil, verbs, said]) => {
    const { home, file } = worlds.killed.copy();
    spoil(file(name));
    const before = worlds.killed.small.stats().calls;
    for (const verb of verbs) {
      const { code, stderr } = await worlds.killed.small.command([verb, RUN, "--home", home]);
      const told = stderr
        .trim()
        .split("\n")
        .filter((line) => line.startsWith("glasshive: "));
      expect(told).toEqual([expect.stringMatching(said)]);
      expect(code).toBeGreaterThan(0);
    }
    expect(worlds.killed.small.stats().calls).toBe(before);
  });

  it.each(["result.json", "answer.md", "holder.json"])(
    "(a folder or a pipe for %s) hinders neither show nor resume",
    async (name) => {
      for (const spoil of [replaced, piped]) {
        const { home, file } = worlds.ended.copy();
        spoil(file(name));
        for (const verb of ["show", "resume"])
          expect((await worlds.ended.small.command([verb, RUN, "--home", home])).code).toBe(0);
      }
    },
  );

  it.each(["result.json", "answer.md", "contents/pack.gz"])(
    "(a pipe for %s) is found by both verifiers",
    async (name) => {
      const { home, file } = worlds.ended.copy();
      piped(file(name));
      const { stdout, code } = await worlds.ended.small.command(["audit", "verify", RUN, "--home", home]);
      expect([stdout, code]).toEqual([expect.stringContaining(name), 1]);
      const alone = spawnSync(process.execPath, [VERIFIER, join(home, "runs", RUN)], {
        encoding: "utf8",
        timeout: 30_000,
      });
      expect([alone.stdout, alone.status]).toEqual([expect.stringContaining("invalid: "), 1]);
    },
  );
});
