/** A merge that was forged, with every hash and the whole chain made anew, is derived again from its contents, and does not agree. */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { packed } from "../../adapters/storage/content-pack.ts";
import { verifyRun } from "../../app/audit/verify-run.ts";
import { EMPTY_CHAIN, link } from "../../engine/journal/chain.ts";
import type { JournalLine } from "../../engine/journal/events.ts";
import { after, artifactRun, call, completed, read, RUN, say } from "../support/artifact-run.ts";
import { contentsIn } from "../support/read-pack.ts";

const edit = (find: string, replace: string) => call("patch_artifact", { name: "doc.md", edits: [{ find, replace }] });
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** `a` and `b` change different lines of version 1; `b` comes second and is merged. */
async function mergedRun(): Promise<string> {
  const run = await artifactRun({
    plan: {
      artifacts: [{ name: "doc.md", content: "title: open\n\nmore\n\nowner: nobody\n" }],
      subtasks: ["a", "b"].map((id) => ({ id, instructions: `Do ${id}.`, writes: ["doc.md"] })),
    },
    lanes: {
      a: [read("doc.md"), after("b", 1, edit("title: open", "title: by a")), say("a is done")],
      b: [read("doc.md"), after("a", 2, edit("owner: nobody", "owner: b")), say("b is done")],
    },
  });
  completed(await run.run());
  expect(run.artifact("doc.md")).toBe("title: by a\n\nmore\n\nowner: b\n");
  return join(run.home, "runs", RUN);
}

const problemsOf = async (folder: string) => (await verifyRun({ folder, run: undefined, heads: undefined })).problems;

/** Puts other texts in the place of some, in pack and journal, by their hashes too. */
async function forge(folder: string, forged: (text: string) => string): Promise<JournalLine[]> {
  const contents = [...contentsIn(folder).values()].map(([text = ""]) => text);
  const texts = contents.map(forged);
  const members = await packed(new Map(texts.map((text) => [sha256(text), text])));
  writeFileSync(join(folder, "contents", "pack.gz"), Buffer.concat(members.map(({ bytes }) => bytes)));
  let journal = forged(readFileSync(join(folder, "journal.jsonl"), "utf8"));
  contents.forEach((text, at) => {
    journal = journal.replaceAll(sha256(text), sha256(texts[at] ?? ""));
  });
  let head = EMPTY_CHAIN;
  const lines = journal.trimEnd().split("\n");
  const anew = lines.map((text) => {
    const line = JSON.parse(text) as JournalLine;
    const linked = link(line as Parameters<typeof link>[0], head, { run: line.run, at: line.at });
    head = linked;
    return linked;
  });
  writeFileSync(join(folder, "journal.jsonl"), anew.map((line) => `${JSON.stringify(line)}\n`).join(""));
  return anew;
}

it("accepts a merge as it was made", async () => {
  expect(await problemsOf(await mergedRun())).toEqual([]);
});

it("names the line of a conflict whose merged content is another one", async () => {
  const folder = await mergedRun();
  const [was, is] = ["title: by a\n\nmore\n\nowner: b\n", "title: by a\n\nmore\n\nowner: c\n"].map(sha256);
  const isMerge = (text: string): boolean => text.includes('"result":"merged"') && text.includes('"request"');
  const lines = await forge(folder, (text) => {
    const edited = isMerge(text) ? text.replace('"inserted":"b"', '"inserted":"c"') : text;
    return edited.replaceAll(was ?? "", is ?? "");
  });
  const conflict = lines.find(({ kind }) => kind === "conflict");
  const found = await problemsOf(folder);
  expect(found).toContainEqual(
    expect.objectContaining({ line: conflict?.seq, problem: expect.stringContaining("come of it, and the merge of") }),
  );
});

it("names the line that says another policy than the record of its conflict", async () => {
  const folder = await mergedRun();
  const lines = await forge(folder, (text) =>
    text.includes('"kind":"run-start"') ? text.replaceAll('"result":"merged"', '"result":"last-wins"') : text,
  );
  const conflict = lines.find(({ kind }) => kind === "conflict");
  expect(await problemsOf(folder)).toContainEqual(
    expect.objectContaining({
      line: conflict?.seq,
      problem: expect.stringContaining("does not say what the record of its conflict says"),
    }),
  );
});
