/** Long texts of a run: each once in a file of the run's folder, by what it says; the board refers to them, and reads the same. */
import { InMemoryStore } from "@langchain/langgraph-checkpoint";
import { hash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { CONTENTS_FOLDER, NO_CONTENTS, openContents, PACK_FILE } from "../../adapters/storage/content-store.ts";
import { openJournalFile } from "../../adapters/storage/journal-file.ts";
import { runNamespace } from "../../adapters/storage/run-in-store.ts";
import { openBoard } from "../../adapters/storage/store-board.ts";
import { gatherInputs, gatherResults, promptSizeOf } from "../../engine/policy/answer/gather-results.ts";
import { resultWith } from "../../engine/policy/output/kept-output.ts";
import type { Contents } from "../../engine/ports/board.ts";
import type { KeptText, SubtaskResult } from "../../state/lane-record.ts";
import { contentsIn } from "../support/read-pack.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { lookupOf, planOf, resultOf, subtaskOf } from "../unit/engine/builders.ts";

const PACK = join(CONTENTS_FOLDER, PACK_FILE);
const LONG = "An answer of several words, ä€😀.\n".repeat(400);

async function keptIn(contents: Contents, subtask: string, text: string): Promise<SubtaskResult> {
  const { output: _output, ...fields } = resultOf(subtask);
  return resultWith(fields, await contents.keep(text), contents);
}

describe("contents in a run's folder", () => {
  it("are there once, by their SHA-256, and read whole or as far as is asked for", async () => {
    const folder = temporaryFolder();
    const contents = openContents(folder);
    const [kept, again] = (await Promise.all([contents.keep(LONG), contents.keep(LONG)])) as [KeptText, KeptText];
    const digest = hash("sha256", LONG, "hex");
    expect(kept).toEqual({ digest, characters: LONG.length, bytes: Buffer.byteLength(LONG) });
    expect(again).toEqual(kept);
    const more = openContents(folder);
    expect(more.add(LONG)).toBe(digest);
    await more.close();
    expect(contentsIn(folder).get(digest)).toEqual([LONG]);
    for (const reader of [contents, openContents(folder)]) {
      expect(reader.text(kept)).toBe(LONG);
      // Not within a character either.
      for (const characters of [1, 30, 31, 32, 33, 5000]) {
        expect(reader.text(kept, characters)).toBe(LONG.slice(0, characters).toWellFormed());
      }
    }
    await contents.close();
  });

  it("are read as they were added, whatever they say", async () => {
    const texts = [
      "",
      "{",
      "{}",
      '{"a":1}',
      '{"a":\n1}',
      "a\nb\r\n",
      '"',
      "\\u00",
      "\u0001".repeat(200_000),
      "ä€😀\ud800",
    ];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(...texts))), async (some) => {
        const folder = temporaryFolder();
        const contents = openContents(folder);
        const added = [...texts, ...some];
        const digests = added.map((text) => contents.add(text));
        await contents.close();
        const reader = openContents(folder);
        const whole = contentsIn(folder);
        for (const [index, text] of added.entries()) {
          const [digest, { length: characters }] = [digests[index] ?? "", text];
          const kept = { digest, characters, bytes: Buffer.byteLength(text) };
          expect(reader.text(kept) === text.toWellFormed()).toBe(true);
          expect(reader.text(kept, 7)).toBe(text.slice(0, 7).toWellFormed());
          expect(whole.get(digest)?.[0] === text.toWellFormed()).toBe(true);
          expect(whole.get(digest)?.length).toBe(1);
        }
      }),
      { numRuns: 10 },
    );
  }, 60_000);

  it("leaves short texts where they are, and all where there is no folder; one that is lost is named", async () => {
    const folder = temporaryFolder();
    expect(await openContents(folder).keep("short")).toBe("short");
    expect(await NO_CONTENTS.keep(LONG)).toBe(LONG);
    const contents = openContents(folder);
    const kept = (await contents.keep(LONG)) as KeptText;
    await contents.close();
    rmSync(join(folder, CONTENTS_FOLDER), { recursive: true });
    const lost = expect.objectContaining({
      code: "STORAGE_FAILED",
      message: expect.stringContaining(kept.digest) as string,
    });
    expect(() => openContents(folder).text(kept)).toThrow(lost);
    expect(() => openContents(folder).text(kept)).toThrow(join(folder, PACK));
    expect(() => NO_CONTENTS.text(kept)).toThrow(lost);
  });

  it("of an earlier release are read, a file each", () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, CONTENTS_FOLDER));
    const kept: KeptText = {
      digest: hash("sha256", LONG, "hex"),
      characters: LONG.length,
      bytes: Buffer.byteLength(LONG),
    };
    writeFileSync(join(folder, CONTENTS_FOLDER, kept.digest), LONG);
    expect(openContents(folder).text(kept)).toBe(LONG);
    writeFileSync(join(folder, CONTENTS_FOLDER, kept.digest), LONG.replace("An", "No"));
    expect(() => openContents(folder).text(kept)).toThrow(expect.objectContaining({ code: "STORAGE_FAILED" }));
  });

  it("are cut back to the last whole member where the end was torn, at whatever byte", async () => {
    const folder = temporaryFolder();
    const contents = openContents(folder);
    const [first, second] = [`first ${LONG}`, `second ${LONG}`].map((text) => ({
      text,
      digest: hash("sha256", text, "hex"),
    }));
    contents.add(first?.text ?? "");
    await contents.flush();
    const whole = readFileSync(join(folder, PACK)).length;
    contents.add(second?.text ?? "");
    await contents.close();
    const bytes = readFileSync(join(folder, PACK));
    for (const end of [whole + 1, whole + 19, whole + 25, bytes.length - 1]) {
      for (const torn of [
        bytes.subarray(0, end),
        Buffer.concat([bytes.subarray(0, end), Buffer.alloc(bytes.length - end)]),
      ]) {
        writeFileSync(join(folder, PACK), torn);
        const again = openContents(folder);
        again.add(second?.text ?? "");
        await again.close();
        expect([...contentsIn(folder).keys()]).toEqual([first?.digest, second?.digest]);
        expect(readFileSync(join(folder, PACK)).length).toBe(bytes.length);
      }
    }
  });

  it("are cut back by a process that adds none too", async () => {
    const folder = temporaryFolder();
    const contents = openContents(folder);
    contents.add(LONG);
    await contents.close();
    const whole = readFileSync(join(folder, PACK));
    writeFileSync(join(folder, PACK), Buffer.concat([whole, whole.subarray(0, 30)]));
    const again = openContents(folder);
    again.add(LONG);
    await again.close();
    expect(readFileSync(join(folder, PACK))).toEqual(whole);
  });

  it("of one member that was damaged are an error, those of the others are not, and it is added anew", async () => {
    const folder = temporaryFolder();
    const contents = openContents(folder);
    const kept: KeptText[] = [];
    for (const text of ["a", "b", "c"]) kept.push((await contents.keep(text + LONG)) as KeptText);
    await contents.close();
    const bytes = readFileSync(join(folder, PACK));
    const second = bytes.length / 3;
    for (const place of [second + 3, second + 17, second + 40]) {
      const damaged = Buffer.from(bytes);
      damaged.writeUInt8((damaged[place] ?? 0) ^ 0xff, place);
      writeFileSync(join(folder, PACK), damaged);
      const reader = openContents(folder);
      expect(reader.text(kept[0] ?? "")).toBe(`a${LONG}`);
      expect(() => reader.text(kept[1] ?? "")).toThrow(expect.objectContaining({ code: "STORAGE_FAILED" }));
      expect(reader.text(kept[2] ?? "")).toBe(`c${LONG}`);
      const again = openContents(folder);
      expect(await again.keep(`b${LONG}`)).toEqual(kept[1]);
      expect(again.text(kept[1] ?? "")).toBe(`b${LONG}`);
      await again.close();
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

  it("are kept once they and their name are on the disk; after a failure nothing more is", async () => {
    const some = await open(import.meta.filename);
    const handles = Object.getPrototypeOf(some) as { sync: () => Promise<void>; datasync: () => Promise<void> };
    await some.close();
    for (const how of ["sync", "datasync"] as const) {
      const failing = vi.spyOn(handles, how).mockRejectedValueOnce(new Error("the disk is gone"));
      onTestFinished(() => failing.mockRestore());
      const contents = openContents(temporaryFolder());
      await expect(contents.keep(LONG)).rejects.toMatchObject({ code: "STORAGE_FAILED" });
      await expect(contents.keep(`${LONG}.`)).rejects.toMatchObject({ code: "STORAGE_FAILED" });
      await contents.close();
    }
  });

  it("are on the disk before a line of the journal is", async () => {
    const folder = temporaryFolder();
    const contents = openContents(folder);
    const journal = await openJournalFile(join(folder, "journal.jsonl"), () => contents.flush());
    const appended = Array.from({ length: 20 }, async (_, index) => {
      const digest = contents.add(`content ${index}`);
      await journal.append([digest]);
      expect(contentsIn(folder).has(digest)).toBe(true);
    });
    await Promise.all(appended);
    await Promise.all([journal.close(), contents.close()]);
  });
});

describe("results whose output is kept there", () => {
  it("stand on the board as references, and are what they were when it is opened again", async () => {
    const [folder, store] = [temporaryFolder(), new InMemoryStore()];
    const contents = openContents(folder);
    const board = await openBoard(store, "r", contents);
    await board.commit(await keptIn(contents, "a", LONG));
    await board.commit(await keptIn(contents, "b", "short"));
    await contents.close();
    const stored = await store.search(runNamespace("r", "results"));
    expect(JSON.stringify(stored.map(({ value }) => value))).not.toContain("several words");
    for (const each of [board, await openBoard(store, "r", openContents(folder))]) {
      expect(each.result("a")?.output).toBe(LONG);
      expect(each.result("b")?.output).toBe("short");
    }
  });

  it("give the synthesizer and the reduction what they would be given of whole ones, of the rest the beginnings alone", async () => {
    const contents = openContents(temporaryFolder());
    onTestFinished(() => contents.close());
    const texts = { a: LONG.trim(), b: "short", c: LONG.repeat(20).trim(), d: `${"y".repeat(9000)}</result>`, e: "" };
    const plan = planOf(
      ...Object.keys(texts).map((id) => subtaskOf(id)),
      subtaskOf("f", { dependsOn: ["c"] }),
      subtaskOf("r", { role: "reduce", dependsOn: ["a", "b", "c", "d"] }),
    );
    const whole = Object.entries({ ...texts, f: "built on c" }).map(([id, output]) => resultOf(id, { output }));
    const kept = await Promise.all(whole.map(({ subtask, output }) => keptIn(contents, subtask, output)));
    const reduce = subtaskOf("r", { role: "reduce", dependsOn: ["a", "b", "c", "d"] });
    for (const room of [1000, 20_000, 40_000, 300_000, 10_000_000]) {
      expect(gatherResults(plan, lookupOf(...kept), room)).toEqual(gatherResults(plan, lookupOf(...whole), room));
      const inputs = gatherInputs(plan, reduce, lookupOf(...kept), room);
      expect(promptSizeOf(inputs)).toBe(promptSizeOf(gatherInputs(plan, reduce, lookupOf(...whole))));
    }
    const read = gatherInputs(plan, reduce, lookupOf(...kept), 20_000).map(({ output }) => output.length);
    expect(Math.max(...read)).toBeLessThanOrEqual(10_000);
  });
});
