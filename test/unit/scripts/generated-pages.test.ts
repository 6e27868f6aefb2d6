import { describe, expect, it } from "vitest";
import { commandLine } from "../../../app/cli/program.ts";
import { RunConfig } from "../../../app/config/run-config.ts";
import { markdownTable } from "../../../scripts/docs/markdown-table.ts";
import { PAGES } from "../../../scripts/docs/pages.ts";
import { ERROR_CODES } from "../../../state/errors.ts";
import { EVENTS, JOURNAL_KINDS } from "../../../engine/journal/events.ts";
import { SIGNAL_KINDS } from "../../../state/signal.ts";
import { SwarmState } from "../../../state/swarm-state.ts";

async function page(file: string): Promise<string> {
  const found = PAGES.find((page) => page.file === file);
  if (found === undefined) throw new Error(`no page ${file}`);
  return found.render();
}

describe("the generated pages", () => {
  it("say the same each time they are rendered", async () => {
    for (const page of PAGES) expect(await page.render()).toBe(await page.render());
  });

  it("list every error code", async () => {
    const errors = await page("errors.md");
    for (const code of Object.keys(ERROR_CODES)) expect(errors).toContain(`\`${code}\``);
  });

  it("list every kind of journal line, every signal and every option", async () => {
    const [journal, recovery, config] = [await page("journal.md"), await page("recovery.md"), await page("config.md")];
    for (const kind of JOURNAL_KINDS) expect(journal).toContain(`### \`${kind}\`\n`);
    for (const kind of SIGNAL_KINDS) expect(recovery).toContain(`| \`${kind}\` |`);
    for (const key of Object.keys(RunConfig.shape)) expect(config).toContain(`| \`${key}\` |`);
  });

  it("say what each field of a journal line means", async () => {
    const rows = (await page("journal.md")).split("\n").filter((row) => row.startsWith("| `"));
    expect(rows.filter((row) => /\|\s*\|$/.test(row))).toEqual([]);
    const fields = Object.values(EVENTS).flatMap(({ shape }) => Object.keys(shape));
    const untold = fields.filter((field) => field !== "key" && !rows.some((row) => row.startsWith(`| \`${field}\``)));
    expect(untold).toEqual([]);
  });

  it("tell of every field of the swarm's state, and of the lane's", async () => {
    const state = await page("state.md");
    for (const field of Object.keys(SwarmState.fields)) expect(state).toContain(`| \`${field}\` |`);
    for (const field of ["turns", "firings", "waitedForSlotMs"]) expect(state).toContain(`| \`${field}\` |`);
  });

  it("draw the swarm with the lane's inside", async () => {
    const pictures = (await page("graphs.md")).split("```mermaid").slice(1);
    expect(pictures).toHaveLength(3);
    expect(pictures[0]).toContain("skill-router -.-> lane;");
    expect(pictures[1]).toContain("await-inputs -.-> think;");
    expect(pictures[2]).toContain("subgraph lane");
    expect(pictures[2]).toContain("lane_recover(recover)");
  });

  it("show the help of every verb", async () => {
    const cli = await page("cli.md");
    for (const { name } of commandLine(() => undefined).commands.map((command) => ({ name: command.name() }))) {
      expect(cli).toContain(`Usage: glasshive ${name} `);
    }
  });

  it("keep a table's cells on one line and their bars as text", () => {
    expect(markdownTable(["a"], [["x | y\nz"]])).toBe("| a |\n| --- |\n| x \\| y z |");
  });
});
