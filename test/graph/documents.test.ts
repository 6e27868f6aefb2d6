/** The documents of a run that a program begins: what is refused, and what its state and its result say of them. */
import { mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ToolMessage } from "@langchain/core/messages";
import { Command } from "@langchain/langgraph";
import { describe, expect, it } from "vitest";
import { assembleSwarm, createSwarm, type SwarmOptions } from "../../app/create-swarm.ts";
import { readResult } from "../../app/cli/run-files.ts";
import { planOf, scriptedSwarm } from "../support/scripted-swarm.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const FILES: Record<string, string> = {
  "docs/pump.md": "# Pump\n\nThe pump P-7 delivers 40 litres a minute.\n",
  "docs/report.pdf": "%PDF-1.4 x",
  "docs/large.md": "word ".repeat(300_000),
  "pdfs/a.pdf": "%PDF",
  "empty/.gitkeep": "",
};
const INPUT = { task: "What does the pump deliver?" };

function folderOf(files: Record<string, string>): string {
  const folder = temporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

function swarmIn(folder: string, docs: string[], more: SwarmOptions = {}) {
  return createSwarm({
    cwd: folder,
    home: join(folder, "home"),
    documents: docs.map((path) => join(folder, path)),
    ...more,
  });
}

const thread = { configurable: { thread_id: "t" } };

describe("documents of which nothing is left", () => {
  it.each([
    ["a folder of other formats alone", ["pdfs"], /nothing to read in pdfs: left out: 1 in a format .*pdfs\/a\.pdf/],
    ["a folder with nothing in it", ["docs", "empty"], /nothing to read in empty: .*hidden/],
    ["another format, named itself", ["docs/report.pdf"], /nothing to read in docs\/report\.pdf: .*convert/],
    ["a file above the limit, named itself", ["docs/large.md"], /docs\/large\.md: .*too large.*--max-file-size/],
  ])("are refused before the run begins: %s", async (_, docs, says) => {
    const folder = folderOf(FILES);
    const refused = { code: "DOCUMENTS_UNREADABLE", exitCode: 2, message: expect.stringMatching(says) };
    await expect(swarmIn(folder, docs).invoke(INPUT, thread)).rejects.toMatchObject(refused);
    // Nothing of it stands in the way of the same run with other documents.
    expect(await swarmIn(folder, ["docs/pump.md"]).invoke(INPUT, thread)).toMatchObject({ status: "complete" });
  });
});

describe("documents between a pause and going on", () => {
  const swarmOf = (folder: string) =>
    assembleSwarm({ cwd: folder, home: join(folder, "home"), documents: [join(folder, "docs")], approve: ["plan"] });
  const begun = async (folder: string): Promise<void> => {
    const first = swarmOf(folder);
    await first.graph.invoke(INPUT, thread);
    await first.close("waits");
  };
  const goOn = async (folder: string) => {
    const second = swarmOf(folder);
    const state = await second.graph.invoke(new Command({ resume: "approve" }), thread);
    await second.close("the test ended");
    return state;
  };
  const TEXTS = {
    "docs/pump.md": FILES["docs/pump.md"]!,
    "docs/other.md": "Other text.\n",
    "docs/third.md": "Third.\n",
  };

  it("that are changed or gone are named in the answer, which is partial", async () => {
    const folder = folderOf(TEXTS);
    await begun(folder);
    writeFileSync(join(folder, "docs/pump.md"), FILES["docs/pump.md"]!.replace("40", "99"));
    rmSync(join(folder, "docs/other.md"));
    const state = await goOn(folder);
    const says = "1 changed (docs/pump.md), 1 gone (docs/other.md)";
    expect(state).toMatchObject({ status: "partial", answer: expect.stringContaining(says) });
    expect(state.answer).toContain("99 litres");
    expect(readResult(join(folder, "home"), "t").status).toBe("partial");
  });

  it("that were all taken away are named, and the run ends", async () => {
    const folder = folderOf(TEXTS);
    await begun(folder);
    rmSync(join(folder, "docs"), { recursive: true });
    expect((await goOn(folder)).answer).toContain("3 gone (docs/other.md, docs/pump.md, docs/third.md)");
  });

  it("that were only written again as they were are the same", async () => {
    const folder = folderOf(TEXTS);
    await begun(folder);
    utimesSync(join(folder, "docs/pump.md"), 1, 1);
    expect(await goOn(folder)).toMatchObject({ status: "complete" });
  });
});

describe("a limit that the program sets", () => {
  it("holds for its runs, and what it leaves out is in the result", async () => {
    const folder = folderOf(FILES);
    await swarmIn(folder, ["docs"], { documentLimits: { fileBytes: 2_000_000 } }).invoke(INPUT, thread);
    const left = [{ reason: "format", count: 1, names: ["docs/report.pdf"] }];
    expect(readResult(join(folder, "home"), "t").documents).toEqual({ read: 2, leftOut: left, ignored: 0 });
    await swarmIn(folder, ["docs"], { documentLimits: { files: 1 } }).invoke(INPUT, {
      configurable: { thread_id: "u" },
    });
    const { documents } = readResult(join(folder, "home"), "u");
    expect(documents.leftOut.map(({ reason }) => reason)).toEqual(["too-large", "format"]);
  });
});

it("a search that is asked for beside a reading shows what it finds; a later one names the place", async () => {
  const folder = folderOf({ "docs/pump.md": "The pump delivers 40 litres.\n" });
  const find = { name: "search_documents", args: { query: "pump" } };
  const answers: string[] = [];
  const { swarm } = scriptedSwarm(
    {
      a: [
        { calls: [{ name: "read_document", args: { path: "pump.md" } }, find] },
        { calls: [find] },
        ({ messages }) => {
          answers.push(...messages.filter((message) => ToolMessage.isInstance(message)).map(({ text }) => text));
          return '"The pump delivers 40 litres." [pump.md:1]';
        },
      ],
    },
    {
      agents: [{ name: "worker", description: "reads", tools: ["read_document", "search_documents"] }],
      documents: [join(folder, "docs")],
      cwd: join(folder, "docs"),
    },
  );
  await swarm.invoke({ task: "Read.", plan: planOf({ a: {} }) }, thread);
  expect(answers).toMatchObject([
    expect.stringContaining("1: The pump delivers"),
    expect.stringContaining("1: The pump delivers"),
    expect.stringContaining('shown="above"'),
  ]);
});
