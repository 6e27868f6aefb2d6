/** Results too long for a prompt: their text is in the run's folder once and in the result; state, checkpoints and board refer to it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { createSwarm } from "../../app/create-swarm.ts";
import type { RunResult } from "../../state/run-result.ts";
import { contentsIn } from "../support/read-pack.ts";
import { ScriptedChatModel } from "../support/scripted-chat-model.ts";
import { planOf, thread, WORKER } from "../support/scripted-swarm.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const textOf = (name: string): string => `Result of ${name}. ${`All about ${name}. `.repeat(3000)}`.trim();
const JSON_OUTPUT = JSON.stringify({ all: textOf("j") });

/** Every value of the database, as text. */
function databaseText(home: string): string {
  const database = new Database(join(home, "glasshive.db"), { readonly: true });
  try {
    const tables = ["checkpoints", "writes", "store"].flatMap((table) =>
      database
        .prepare(`SELECT * FROM ${table}`)
        .all()
        .flatMap((row) => Object.values(row as object)),
    );
    return tables
      .map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString() : String(value)))
      .join("\n");
  } finally {
    database.close();
  }
}

it("are kept once: a lane that depends on them, the synthesizer and the result read them from there", async () => {
  const home = temporaryFolder();
  const model = new ScriptedChatModel({
    a: [textOf("a")],
    // Not what was asked for, and mended: the conversation has the whole of it until then.
    j: [`${textOf("j")} {`, `Here it is:\n\`\`\`json\n${JSON_OUTPUT}\n\`\`\``],
    b: [textOf("a")],
    synthesizer: ["The answer."],
  });
  const swarm = createSwarm({ home, model, agents: [WORKER] });
  const expects = { type: "object", required: ["all"], properties: { all: { type: "string" } } };
  const plan = planOf({ a: {}, j: { expects }, b: { dependsOn: ["a"] } });
  const state = await swarm.invoke({ task: "t", plan }, thread("large"));
  await swarm.close();
  model.expectUsedUp();
  expect(state.status).toBe("complete");
  const ofB = model.calls
    .find(({ who }) => who === "b")
    ?.messages.map(({ text }) => text)
    .join("\n");
  expect(ofB).toContain(textOf("a"));
  const mended = model.calls
    .findLast(({ who }) => who === "j")
    ?.messages.map(({ text }) => text)
    .join("\n");
  expect(mended).toContain(`${textOf("j")} {`);
  const folder = join(home, "runs", "large");
  const { subtasks } = JSON.parse(readFileSync(join(folder, "result.json"), "utf8")) as RunResult;
  expect(subtasks.map(({ output }) => output)).toEqual([textOf("a"), JSON_OUTPUT, textOf("a")]);
  // What a and b say is the same; of j there is what the model said, until it was validated, and what was made of it.
  const long = [...contentsIn(folder).values()].flat().filter((text) => /^(?:Result|\{"all")/.test(text));
  expect(long.length).toBe(3);
  const texts = databaseText(home);
  expect(texts).not.toContain("All about a. ".repeat(200));
  expect(texts).not.toContain(JSON.stringify(JSON_OUTPUT).slice(1, 5000));
});
