import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ToolMessage } from "@langchain/core/messages";
import { expect, it } from "vitest";
import { CONTENTS_FOLDER, openContents } from "../../../adapters/storage/content-files.ts";
import type { DataOf, JournalEntry } from "../../../engine/journal/events.ts";
import type { LaneContext } from "../../../engine/runtime/lanes/lane-node.ts";
import { journalCalls } from "../../../tools/lane-tools.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

it("what a tool is given is on record: short arguments as they are, long ones by their hash, kept before the line is written", async () => {
  const folder = temporaryFolder();
  const written: DataOf<"tool-call">[] = [];
  const wholes: unknown[] = [];
  const keptIn = (digest: string): string => readFileSync(join(folder, CONTENTS_FOLDER, digest), "utf8");
  const append = (...entries: JournalEntry[]): Promise<void> => {
    for (const { kind, data } of entries) {
      if (kind !== "tool-call") continue;
      written.push(data);
      // What is there when the line is written.
      if (data.kept !== undefined) wholes.push(JSON.parse(keptIn(data.kept.digest)));
    }
    return Promise.resolve();
  };
  const run = { shared: { contents: openContents(folder) }, record: { journal: { append } } };
  const lane = { run, state: { subtask: "a", attempt: 1 } } as unknown as LaneContext;
  const call = (id: string, args: Record<string, unknown>) => ({
    ...{ call: { id, name: "write", args }, outcome: "ok" as const, ms: 1 },
    message: new ToolMessage({ content: "done", tool_call_id: id }),
  });
  await journalCalls(lane, [call("1", { name: "a.md" }), call("2", { content: "x".repeat(1_000_000) })]);
  expect(written[0]).toMatchObject({ tool: "write", args: { name: "a.md" } });
  expect(written[1]).toMatchObject({ tool: "write", kept: { characters: 1_000_014 } });
  expect(written[1]?.kept?.beginning).toMatch(/^\{"content":"x{100}/);
  expect(wholes).toEqual([{ content: "x".repeat(1_000_000) }]);
  expect(JSON.stringify(written).length).toBeLessThan(2000);
});
