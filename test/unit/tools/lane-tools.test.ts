import { createHash } from "node:crypto";
import { ToolMessage } from "@langchain/core/messages";
import { expect, it } from "vitest";
import { openContents } from "../../../adapters/storage/content-store.ts";
import type { DataOf, JournalEntry } from "../../../engine/journal/events.ts";
import type { LaneContext } from "../../../engine/runtime/lanes/lane-node.ts";
import type { ArtifactAccess } from "../../../tools/artifacts/artifact-access.ts";
import { journalCalls } from "../../../tools/lane-tools.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

it("what a tool is given and answers is on record: short arguments as they are, long ones and every whole answer by their hash", async () => {
  const contents = openContents(temporaryFolder());
  const written: DataOf<"tool-call">[] = [];
  const append = async (...entries: JournalEntry[]): Promise<void> => {
    for (const { kind, data } of entries) if (kind === "tool-call") written.push(data);
    await contents.flush();
  };
  const run = { shared: { contents }, record: { journal: { append } } };
  const lane = { run, state: { subtask: "a", attempt: 1 } } as unknown as LaneContext;
  const access = { origin: { turn: 2 }, view: { writes: 3 } } as unknown as ArtifactAccess;
  const call = (id: string, args: Record<string, unknown>, whole?: string) => ({
    ...{ call: { id, name: "write", args }, outcome: "ok" as const, ms: 1, ...(whole === undefined ? {} : { whole }) },
    message: new ToolMessage({ content: "done", tool_call_id: id }),
  });
  const long = { content: "x".repeat(1_000_000) };
  await journalCalls(lane, access, [call("1", { name: "a.md" }), call("2", long, "done and more")]);
  const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
  const step = { tool: "write", turn: 2, artifacts: 3 };
  expect(written[0]).toMatchObject({ ...step, call: "1", args: { name: "a.md" }, answer: sha256("done") });
  expect(written[1]).toMatchObject({
    ...step,
    call: "2",
    kept: { characters: 1_000_014 },
    answer: sha256("done and more"),
  });
  expect(written[1]?.kept?.beginning).toMatch(/^\{"content":"x{100}/);
  expect(JSON.stringify(written).length).toBeLessThan(2000);
  const kept = written[1]?.kept;
  expect(JSON.parse(contents.text(kept ?? ""))).toEqual(long);
  const answer = { digest: written[1]?.answer ?? "", characters: 13, bytes: 13 };
  expect(contents.text(answer)).toBe("done and more");
  await contents.close();
});
