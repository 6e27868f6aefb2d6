/** The model server whose answers are written by hand: requests as files to read, answers as files to write. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { serveByHand } from "../../../evals/by-hand.ts";
import { commandHere, resultOf } from "../../support/run-command.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

it("plays the model of a run: calls of tools, then an answer, each behind what is there already", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "hand", "out"), { recursive: true });
  const write = (name: string, text: string): void => writeFileSync(join(folder, "hand", "out", name), text);
  write("001.json", JSON.stringify({ tool_calls: [{ name: "search_documents", arguments: { query: "toll" } }] }));
  write("002.txt", 'It is 3 pence: "The toll is 3 pence." [docs/a.md:1]');
  const server = await serveByHand(join(folder, "hand"), { log: () => undefined });
  onTestFinished(() => server.close());
  mkdirSync(join(folder, "docs"));
  writeFileSync(join(folder, "docs", "a.md"), "The toll is 3 pence.\n");
  const plan = { task: "The toll?", subtasks: [{ id: "a", instructions: "The toll?", skills: ["research"] }] };
  writeFileSync(join(folder, "plan.json"), JSON.stringify(plan));
  const model = ["--model", "by-hand", "--base-url", server.url, "--home", join(folder, "home"), "--json"];
  write("003.txt", "It is 3 pence.");
  const outcome = await commandHere(["run", "--plan", "plan.json", "--docs", "docs", ...model], { cwd: folder });
  expect(resultOf(outcome).subtasks[0]).toMatchObject({ outcome: "done", steps: 2 });
  const asked = readFileSync(join(folder, "hand", "in", "002.txt"), "utf8");
  for (const part of ["### system", "[calls search_documents {", "1: The toll is 3 pence.", "- read_document: "])
    expect(asked).toContain(part);
  expect(existsSync(join(folder, "hand", "in", "001.json"))).toBe(true);
});
