/** What a run's checkpoints hold of an artifact: a run of one lane that the model server has write it, measured in the database. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { DATABASE_FILE } from "../adapters/storage/database.ts";
import { startModelServer } from "../test/support/model-server/index.ts";
import { runCommand } from "../test/support/run-command.ts";

const CALLS = 6;

export interface KeptBytes {
  written: number;
  checkpoints: number;
  conversation: number;
  channel: number;
}

/** The lane writes the content with its first call, then adds five lines. Its conversation holds what the model said: that call. */
export async function checkpointBytes(written: number): Promise<KeptBytes> {
  const home = await mkdtemp(join(tmpdir(), "glasshive-bench-"));
  const content = `${"x".repeat(79)}\n`.repeat(Math.ceil(written / 80));
  const whole = { name: "write_artifact", args: { name: "big.md", content } };
  const line = (turn: number) => ({ name: "append_artifact", args: { name: "big.md", content: `line ${turn}` } });
  const server = await startModelServer({
    behaviour: ({ role, turn }) =>
      role === "agent" && turn < CALLS ? { toolCalls: [turn === 0 ? whole : line(turn)] } : { content: "done" },
  });
  try {
    const plan = join(home, "plan.json");
    const subtasks = [{ id: "s", instructions: "Add five lines.", writes: ["big.md"] }];
    await writeFile(plan, JSON.stringify({ task: "t", subtasks }));
    const flags = ["--plan", plan, "--model", "m", "--base-url", server.url, "--home", home, "--json"];
    const { code, stderr } = await runCommand(["run", ...flags], { env: { OPENAI_API_KEY: "k" } });
    if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`);
    const database = new Database(join(home, DATABASE_FILE), { readonly: true });
    const sum = (query: string): number => (database.prepare(query).get() as { bytes: number | null }).bytes ?? 0;
    const checkpoints =
      sum("SELECT sum(length(checkpoint) + length(metadata)) AS bytes FROM checkpoints") +
      sum("SELECT sum(length(value)) AS bytes FROM writes");
    const conversation = sum("SELECT sum(length(value)) AS bytes FROM writes WHERE channel = 'messages'");
    const channel = sum("SELECT sum(length(value)) AS bytes FROM writes WHERE channel = 'artifacts'");
    database.close();
    return { written, checkpoints, conversation, channel };
  } finally {
    await Promise.all([server.close(), rm(home, { recursive: true, force: true })]);
  }
}
