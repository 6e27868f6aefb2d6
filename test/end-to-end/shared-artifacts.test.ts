/** Many lanes on the same artifacts, through the command: every contribution is in the value or in a conflict record. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { RunResult } from "../../state/run-result.ts";
import {
  startModelServer,
  type Behaviour,
  type ModelCall,
  type ModelServer,
  type Reply,
} from "../support/model-server/index.ts";
import { readJournalFile } from "../support/read-journal.ts";
import { resultOf, runCommand } from "../support/run-command.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const LANES = 100;
const ids = Array.from({ length: LANES }, (_, index) => `s${index + 1}`);

const PLAN = {
  task: "fill the report",
  artifacts: [
    { name: "report.md", content: `${ids.map((id) => `slot of ${id}: open\n\n`).join("")}Notes:\n` },
    { name: "data.json", policy: "first-wins", content: '{"shared": null}' },
    { name: "rows.jsonl", key: "name" },
  ],
  subtasks: ids.map((id) => ({ id, instructions: `Do ${id}.`, writes: ["report.md", "data.json", "rows.jsonl"] })),
};

const reading: Reply = {
  toolCalls: ["report.md", "data.json", "rows.jsonl"].map((name) => ({ name: "read_artifact", args: { name } })),
};

function writing(id: string): NonNullable<Reply["toolCalls"]> {
  return [
    { name: "append_artifact", args: { name: "report.md", content: `note of ${id}` } },
    {
      name: "patch_artifact",
      args: { name: "report.md", edits: [{ find: `slot of ${id}: open`, replace: `slot of ${id}: done` }] },
    },
    { name: "patch_artifact", args: { name: "data.json", merge: { [id]: { by: id }, shared: id } } },
    { name: "patch_artifact", args: { name: "rows.jsonl", upsert: [{ name: id, value: 1 }] } },
  ];
}

/** Reads, writes on what it has read, and writes again what was not taken. */
const contributes: Behaviour = (call) => {
  const id = call.subtaskId as string;
  if (call.turn === 0) return reading;
  if (call.turn === 1) return { toolCalls: writing(id) };
  const again = refusedCalls(call);
  return again.length > 0 ? { toolCalls: again } : { content: `${id} has contributed.` };
};

/** The calls of the last turn whose answer says that they were not taken. */
function refusedCalls({ messages }: ModelCall): NonNullable<Reply["toolCalls"]> {
  const last = messages.findLast(({ role }) => role === "assistant");
  const refused = new Set(
    messages
      .filter(({ role, content }) => role === "tool" && String(content).startsWith("Not written"))
      .map(({ tool_call_id }) => tool_call_id),
  );
  return (last?.tool_calls ?? [])
    .filter((made) => refused.has(made.id))
    .map((made) => ({ name: made.function.name, args: made.function.arguments }));
}

let server: ModelServer;

beforeAll(async () => {
  const behaviour: Behaviour = (call) =>
    call.role === "agent" ? contributes(call) : { content: "All have contributed." };
  server = await startModelServer({ behaviour });
});

afterAll(() => server.close());

it("100 lanes append to and edit one text, one JSON and one table; nothing is lost", { timeout: 120_000 }, async () => {
  const home = temporaryFolder();
  const plan = join(home, "plan.json");
  writeFileSync(plan, JSON.stringify(PLAN));
  const flags = ["--base-url", server.url, "--model", "m", "--concurrency", "100", "--home", home, "--json"];
  const ran = await runCommand(["run", "--plan", plan, "--id", "r", ...flags], { env: { OPENAI_API_KEY: "k" } });
  const result: RunResult = resultOf(ran);
  expect(result).toMatchObject({ status: "complete", coverage: { done: LANES } });
  const read = (name: string): string => readFileSync(join(home, "runs", "r", "artifacts", name), "utf8");
  const conflicts = readJournalFile(home, "r").filter(({ kind }) => kind === "conflict");
  const report = new Set(read("report.md").split("\n"));
  const data = JSON.parse(read("data.json")) as Record<string, unknown>;
  const rows = read("rows.jsonl")
    .split("\n")
    .map((line) => (JSON.parse(line) as { name: string }).name);
  const inValue = ids.filter(
    (id) =>
      report.has(`note of ${id}`) && report.has(`slot of ${id}: done`) && Object.hasOwn(data, id) && rows.includes(id),
  );
  expect(inValue).toHaveLength(LANES);
  // All set `shared`: one of them has it, each of the others stands in a conflict record that kept the first.
  const losers = new Set(
    conflicts.filter((line) => line.data["result"] === "first-wins").map(({ subtask }) => subtask),
  );
  expect(ids.filter((id) => id === data["shared"] || losers.has(id))).toHaveLength(LANES);
  expect(result.conflicts).toBe(new Set(conflicts.map((line) => line.data["id"])).size);
  expect(result.artifacts.map(({ name }) => name)).toEqual(["data.json", "report.md", "rows.jsonl"]);
  console.log(`${inValue.length} of ${LANES} lanes are in all three artifacts; ${result.conflicts} conflict records`);
});
