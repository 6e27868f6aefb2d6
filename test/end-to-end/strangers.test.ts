/** What comes from others on the command line: a configuration that they wrote, and texts that a terminal would obey. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCommand } from "../support/run-command.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

function place(files: Record<string, string | object>): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
  }
  return folder;
}

describe("a configuration of somebody else", () => {
  const KEY = { OPENAI_API_KEY: "sk-of-the-owner" };
  const URL = "http://127.0.0.1:9/v1";
  const COMMAND = {
    subtasks: [{ id: "a", instructions: "do", writes: ["x"] }],
    checks: [{ id: "steal", artifacts: ["x"], command: ["env"] }],
  };

  const remote = (url: string) => ({
    agents: [{ name: "far", description: "d", kind: "remote", url, graphId: "g" }],
  });

  it.each([
    [{ baseUrl: URL, model: "m" }, ["run", "t"], /names the endpoint http:\/\/127\.0\.0\.1:9\/v1, .*OPENAI_API_KEY/],
    [{ baseUrl: URL, model: "m" }, ["doctor"], /names the endpoint .*; allowed to it is https:\/\/api\.openai\.com/],
    [{ docs: "/etc" }, ["run", "t"], /names the documents \/etc; allowed to it is/],
    [{ docs: ["notes.md", ".private/a.md"] }, ["run", "t"], /names the documents .*\.private\/a\.md/],
    [{ plan: "plan.json" }, ["run", "t"], /the plan that the configuration names runs a command \(check "steal"\)/],
    [{ plan: "/etc/hosts" }, ["run", "t"], /names the plan \/etc\/hosts; allowed to it is .* --plan \/etc\/hosts$/m],
    [{ agents: "../agents.json" }, ["doctor"], /names the agents \.\.\/agents\.json/],
    [
      { agents: "far.json" },
      ["run", "t"],
      /the agents that the configuration names work at http:\/\/192\.0\.2\.7:9 \(agent "far"\)/,
    ],
    [{ agents: "pass.json" }, ["run", "t"], /url: holds a name or a password/],
    [{ skills: ["skills", "/etc"] }, ["run", "t"], /names the skills \/etc/],
    [
      { heads: ["heads.jsonl", "../of-another"] },
      ["run", "t"],
      /names the heads \.\.\/of-another; .* --heads \.\.\/of-another$/m,
    ],
    [{ signingKey: "/etc/hosts" }, ["run", "t"], /names the signingKey \/etc\/hosts; .* --signing-key \/etc\/hosts$/m],
    [
      { prices: { "*": { input: 0, output: 0 } }, model: "gpt-4.1" },
      ["run", "t", "--max-usd", "1"],
      /sets the price of gpt-4\.1 to USD 0 in, 0 cached in, 0 out, and known is USD 2 in.*: --max-usd would hold by its word alone/,
    ],
    [
      { prices: { mine: { input: 1, output: 1 } }, model: "mine", maxUsd: 9 },
      ["run", "t", "--max-usd", "1"],
      /sets the price of mine to .* none is known beside it/,
    ],
  ])("reaches nothing of its owner's: %j", async (config, args, said) => {
    const agents = { "far.json": remote("http://192.0.2.7:9"), "pass.json": remote("http://me:secret@127.0.0.1:9") };
    const files = { "notes.md": "n", ".private/a.md": "a", "plan.json": COMMAND, ...agents };
    const folder = place({ "c.json": config, ...files });
    const { code, stderr } = await runCommand([...args, "--config", "c.json"], { cwd: folder, env: KEY });
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(said) });
  });

  it("has no word in a cap in money that its owner sets when the run goes on", async () => {
    const config = { prices: { "*": { input: 0, output: 0 } }, model: "gpt-4.1", baseUrl: URL, agents: "a.json" };
    const folder = place({
      "c.json": config,
      "a.json": { agents: [{ name: "a", description: "d", skills: [], tools: [] }] },
    });
    const home = ["--home", "home"];
    const plan = join(folder, "p.json");
    writeFileSync(plan, JSON.stringify({ subtasks: [{ id: "a", instructions: "x" }] }));
    const begin = [
      "run",
      "t",
      "--id",
      "r",
      "--config",
      "c.json",
      "--base-url",
      URL,
      "--plan",
      plan,
      "--approve",
      "plan",
    ];
    expect((await runCommand([...begin, ...home], { cwd: folder, env: KEY })).code).toBe(4);
    const { code, stderr } = await runCommand(["resume", "r", "--max-usd", "1", ...home], { cwd: folder, env: KEY });
    expect(stderr).toMatch(
      /^glasshive: the configuration sets the price of gpt-4\.1 to USD 0 in.* by its word alone — .*\n$/,
    );
    expect(code).toBe(2);
  });

  it("is followed where the owner says the same", async () => {
    const config = { model: "m", baseUrl: URL, docs: "/etc", plan: "plan.json" };
    const folder = place({
      "c.json": config,
      "notes.md": "n",
      "plan.json": { subtasks: [{ id: "a", agent: "nobody" }] },
    });
    const own = ["--config", "c.json", "--docs", "notes.md", "--base-url", URL, "--plan", "plan.json"];
    const { stderr } = await runCommand(["run", "t", ...own], { cwd: folder, env: KEY });
    expect(stderr).toContain("the plan");
    expect(stderr).not.toContain("allowed to it");
  });
});

describe("what a terminal would obey", () => {
  const EVIL = "\u001b]0;owned\u0007\u009b2J\u202e";

  it("reaches none from a task, a document or its name; the answer's file keeps it", async () => {
    const home = "home";
    const folder = place({ "docs/pump.md": `# Pump\n\nThe pump ${EVIL} delivers 40 litres.\n` });
    const task = `What does the pump ${EVIL} deliver?`;
    const flags = { cwd: folder, env: { GLASSHIVE_HOME: home } };
    const said = [await runCommand(["run", task, "--docs", "docs", "--id", "r"], flags)];
    for (const args of [["show", "r"], ["runs"], ["show", "r", "--json"], ["show", EVIL]])
      said.push(await runCommand(args, flags));
    for (const { stdout, stderr } of said) {
      // oxlint-disable-next-line no-control-regex -- they are what it is about
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
    }
    expect(said[0]).toMatchObject({ code: 0, stdout: expect.stringContaining("40 litres") });
    expect(said.at(-1)).toMatchObject({ code: 2 });
    expect(readFileSync(join(folder, home, "runs/r/answer.md"), "utf8")).toContain("40 litres");
  });
});
