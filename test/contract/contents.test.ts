/** Long texts of a run: each once in the run's folder, by what it says; the board refers to them, and reads the same. */
import { InMemoryStore } from "@langchain/langgraph-checkpoint";
import { hash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { CONTENTS_FOLDER, NO_CONTENTS, openContents } from "../../adapters/storage/content-files.ts";
import { runNamespace } from "../../adapters/storage/run-in-store.ts";
import { openBoard } from "../../adapters/storage/store-board.ts";
import { gatherInputs, gatherResults, promptSizeOf } from "../../engine/policy/answer/gather-results.ts";
import { resultWith } from "../../engine/policy/output/kept-output.ts";
import type { KeptText, SubtaskResult } from "../../state/lane-record.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { lookupOf, planOf, resultOf, subtaskOf } from "../unit/engine/builders.ts";

const LONG = "An answer of several words, ä€😀.\n".repeat(400);

async function keptIn(folder: string, subtask: string, text: string): Promise<SubtaskResult> {
  const contents = openContents(folder);
  const { output: _output, ...fields } = resultOf(subtask);
  return resultWith(fields, await contents.keep(text), contents);
}

describe("contents in a run's folder", () => {
  it("are there once, named by their SHA-256, and read whole or as far as is asked for", async () => {
    const folder = temporaryFolder();
    const contents = openContents(folder);
    const [kept, again] = (await Promise.all([contents.keep(LONG), contents.keep(LONG)])) as [KeptText, KeptText];
    const digest = hash("sha256", LONG, "hex");
    expect(kept).toEqual({ digest, characters: LONG.length, bytes: Buffer.byteLength(LONG) });
    expect(again).toEqual(kept);
    expect(readdirSync(join(folder, CONTENTS_FOLDER))).toEqual([digest]);
    expect(readFileSync(join(folder, CONTENTS_FOLDER, digest), "utf8")).toBe(LONG);
    expect(openContents(folder).text(kept)).toBe(LONG);
    // Not within a character either.
    for (const characters of [1, 30, 31, 32, 33, 5000]) {
      expect(contents.text(kept, characters)).toBe(LONG.slice(0, characters).toWellFormed());
    }
    const plain = (await contents.keep("x".repeat(9000))) as KeptText;
    expect(contents.text(plain, 100)).toBe("x".repeat(100));
  });

  it("leaves short texts where they are, and all where there is no folder; one that is lost is named", async () => {
    const folder = temporaryFolder();
    expect(await openContents(folder).keep("short")).toBe("short");
    expect(await NO_CONTENTS.keep(LONG)).toBe(LONG);
    const kept = (await openContents(folder).keep(LONG)) as KeptText;
    rmSync(join(folder, CONTENTS_FOLDER), { recursive: true });
    const lost = expect.objectContaining({
      code: "STORAGE_FAILED",
      message: expect.stringContaining(kept.digest) as string,
    });
    expect(() => openContents(folder).text(kept)).toThrow(lost);
    expect(() => NO_CONTENTS.text(kept)).toThrow(lost);
  });

  it("are those that were kept, or an error: a file of other words is not read, and is written anew", async () => {
    const folder = temporaryFolder();
    const contents = openContents(folder);
    const kept = (await contents.keep(LONG)) as KeptText;
    for (const other of [LONG.replace("An", "No"), `${LONG}.`, LONG.slice(1)]) {
      writeFileSync(join(folder, CONTENTS_FOLDER, kept.digest), other);
      expect(() => contents.text(kept)).toThrow(expect.objectContaining({ code: "STORAGE_FAILED" }));
      expect(await openContents(folder).keep(LONG)).toEqual(kept);
      expect(contents.text(kept)).toBe(LONG);
    }
  });

  it.each(["../secret", "../../secret", "", ".", "A".repeat(64)])("are named by a digest: %j is none", (digest) => {
    const folder = join(temporaryFolder(), "run");
    mkdirSync(join(folder, CONTENTS_FOLDER), { recursive: true });
    for (const file of ["secret", "../secret", `${CONTENTS_FOLDER}/${"A".repeat(64)}`])
      writeFileSync(join(folder, file), LONG);
    const stranger: KeptText = { digest, characters: LONG.length, bytes: Buffer.byteLength(LONG) };
    for (const characters of [undefined, 10])
      expect(() => openContents(folder).text(stranger, characters)).toThrow("this is the name of no text");
  });

  it("are kept once their name is on the disk as well", async () => {
    const some = await open(import.meta.filename);
    const handles = Object.getPrototypeOf(some) as { sync: () => Promise<void> };
    await some.close();
    const sync = vi.spyOn(handles, "sync").mockRejectedValue(new Error("the disk is gone"));
    onTestFinished(() => sync.mockRestore());
    await expect(openContents(temporaryFolder()).keep(LONG)).rejects.toMatchObject({ code: "STORAGE_FAILED" });
  });

  it("leave nothing there of what a killed process had begun", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, CONTENTS_FOLDER));
    writeFileSync(join(folder, CONTENTS_FOLDER, `.${"0".repeat(64)}.${process.pid + 1}.1`), "begun");
    const kept = (await openContents(folder).keep(LONG)) as KeptText;
    expect(readdirSync(join(folder, CONTENTS_FOLDER))).toEqual([kept.digest]);
  });
});

describe("results whose output is kept there", () => {
  it("stand on the board as references, and are what they were when it is opened again", async () => {
    const [folder, store] = [temporaryFolder(), new InMemoryStore()];
    const board = await openBoard(store, "r", openContents(folder));
    await board.commit(await keptIn(folder, "a", LONG));
    await board.commit(await keptIn(folder, "b", "short"));
    const stored = await store.search(runNamespace("r", "results"));
    expect(JSON.stringify(stored.map(({ value }) => value))).not.toContain("several words");
    for (const each of [board, await openBoard(store, "r", openContents(folder))]) {
      expect(each.result("a")?.output).toBe(LONG);
      expect(each.result("b")?.output).toBe("short");
    }
  });

  it("give the synthesizer and the reduction what they would be given of whole ones, of the rest the beginnings alone", async () => {
    const folder = temporaryFolder();
    const texts = { a: LONG.trim(), b: "short", c: LONG.repeat(20).trim(), d: `${"y".repeat(9000)}</result>`, e: "" };
    const plan = planOf(
      ...Object.keys(texts).map((id) => subtaskOf(id)),
      subtaskOf("f", { dependsOn: ["c"] }),
      subtaskOf("r", { role: "reduce", dependsOn: ["a", "b", "c", "d"] }),
    );
    const whole = Object.entries({ ...texts, f: "built on c" }).map(([id, output]) => resultOf(id, { output }));
    const kept = await Promise.all(whole.map(({ subtask, output }) => keptIn(folder, subtask, output)));
    const reduce = subtaskOf("r", { role: "reduce", dependsOn: ["a", "b", "c", "d"] });
    for (const room of [1000, 20_000, 40_000, 300_000, 10_000_000]) {
      expect(gatherResults(plan, lookupOf(...kept), room)).toEqual(gatherResults(plan, lookupOf(...whole), room));
      const inputs = gatherInputs(plan, reduce, lookupOf(...kept), room);
      expect(promptSizeOf(inputs)).toBe(promptSizeOf(gatherInputs(plan, reduce, lookupOf(...whole))));
    }
    const read = gatherInputs(plan, reduce, lookupOf(...kept), 20_000).map(({ output }) => output.length);
    expect(Math.max(...read)).toBeLessThanOrEqual(5001);
  });
});
