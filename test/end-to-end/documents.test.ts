/** Real prose, three kinds of question, no language model: every cited place contains the quoted words. Through the command line. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { commandHere, resultOf } from "../support/run-command.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const CITATION = /"([^"\n]+)" \[([^[\]\n]+):(\d+)(?:-(\d+))?\]/g;

/** Read as a person would check them: by opening the file at the lines. */
function citationsOf(answer: string) {
  return [...answer.matchAll(CITATION)].map(([, quote, path, first, last = first]) => {
    const lines = readFileSync(join(ROOT, path!), "utf8").split(/\r?\n/);
    const cited = lines.slice(Number(first) - 1, Number(last)).map((line) => line.trim());
    // Quotation marks within a quote are typographic ones.
    return { quote: quote!, holds: cited.join(" ").includes(quote!.replace(/[“”]/g, '"')) };
  });
}

async function ask(question: string, ...docs: string[]) {
  const args = [
    "run",
    question,
    "--docs",
    ...(docs.length === 0 ? ["docs/decisions"] : docs),
    "--home",
    temporaryFolder(),
    "--json",
  ];
  const outcome = await commandHere(args, { cwd: ROOT });
  const result = resultOf(outcome);
  const citations = citationsOf(result.answer);
  expect(outcome.code).toBe(0);
  expect(citations.length).toBeGreaterThan(0);
  expect(citations.filter(({ holds }) => !holds)).toEqual([]);
  expect(result.citations).toMatchObject({ verified: result.citations.total, broken: [] });
  expect(result.answer).toMatch(/no language model was used/);
  return result;
}

describe("a folder of documents", () => {
  it("answers a look-up from the right place", async () => {
    const { answer } = await ask("What happens to a reservation whose process died?");
    expect(answer).toMatch(/settled at/);
    expect(answer).toContain("0007-journal-is-the-budgets-write-ahead-log.md:");
  }, 30_000);

  it("compares things from what is said of each", async () => {
    const packages = ["zod", "commander", "csv-parse", "yaml"].map((name) => `node_modules/${name}`);
    const question = "Compare zod and commander: licence, purpose, Node version";
    const { subtasks, answer } = await ask(question, ...packages);
    expect(subtasks.length).toBeGreaterThanOrEqual(2);
    for (const name of ["zod", "commander"]) expect(answer).toContain(`node_modules/${name}/package.json:`);
  }, 60_000);

  it("makes a table with a row for each item", async () => {
    const { subtasks, answer } = await ask("For each decision record: what was decided?");
    expect(subtasks.length).toBeGreaterThanOrEqual(14);
    const rows = answer.split("\n").filter((line) => line.startsWith("|"));
    expect(rows.length).toBe(subtasks.length + 2);
  }, 30_000);
});
