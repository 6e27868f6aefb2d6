/** Bad input gets one clear line and exit code 2 (1 where it happens in the run), and loses nothing. Through the command line. */
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { commandHere, runCommand } from "../support/run-command.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const CASES: { what: string; args: string[]; files?: Record<string, unknown>; says: RegExp; code?: number }[] = [
  { what: "an unknown flag", args: ["run", "t", "--bogus"], says: /unknown option '--bogus'/ },
  { what: "an unknown verb", args: ["fly"], says: /unknown command 'fly'/ },
  { what: "help for an unknown verb", args: ["help", "rn"], says: /unknown command 'rn' \(Did you mean run\?\)/ },
  { what: "an unknown verb's help", args: ["rn", "--help"], says: /unknown command 'rn' \(Did you mean run\?\)/ },
  { what: "an unknown flag of all", args: ["--halp"], says: /unknown option '--halp' \(Did you mean --help\?\)/ },
  { what: "an empty task", args: ["run", "  "], says: /the task is empty/ },
  { what: "no task", args: ["run"], says: /the task is empty/ },
  {
    what: "a missing task file",
    args: ["run", "--task-file", "none.txt"],
    says: /none\.txt cannot be read: there is no such file/,
  },
  { what: "a missing document folder", args: ["run", "t", "--docs", "nowhere"], says: /nowhere/ },
  { what: "a missing plan", args: ["run", "t", "--plan", "none.json"], says: /the plan .*none\.json cannot be read/ },
  {
    what: "a plan that is no JSON",
    args: ["run", "t", "--plan", "p.json"],
    files: { "p.json": "{oops" },
    says: /the plan .* is not JSON/,
  },
  plan("without subtasks", { subtasks: [] }, /has no subtask/),
  plan(
    "with an unknown key",
    { subtasks: [{ id: "a", instructions: "x", instrctions: "y" }] },
    /subtask "a": unknown key "instrctions"/,
  ),
  plan("with a duplicate id", { subtasks: [one("a"), one("a")] }, /subtask id "a" is used twice/),
  plan(
    "with an unknown dependency",
    { subtasks: [{ ...one("a"), dependsOn: ["z"] }] },
    /subtask "a" depends on "z", which does not exist/,
  ),
  plan(
    "with a cycle",
    {
      subtasks: [
        { ...one("a"), dependsOn: ["b"] },
        { ...one("b"), dependsOn: ["a"] },
      ],
    },
    /cycle: (a → b → a|b → a → b)/,
  ),
  plan(
    "with a schema that is none",
    { subtasks: [{ ...one("a"), expects: { type: "banana" } }] },
    /subtask "a": expects is no JSON Schema/,
  ),
  plan(
    "of more work than the ceiling",
    { subtasks: [{ ...one("a"), forEach: Array.from({ length: 4001 }, (_, n) => `i${n}`) }] },
    /more than 4000 subtasks/,
  ),
  {
    what: "profiles with a bad name",
    args: ["run", "t", "--agents", "a.yaml"],
    files: { "a.yaml": "agents:\n  - name: Not Kebab\n    description: d\n" },
    says: /agent profiles are not valid: .*kebab-case/,
  },
  {
    what: "profiles with an unknown key",
    args: ["run", "t", "--agents", "a.yaml"],
    files: { "a.yaml": "agents:\n  - name: a\n    description: d\n    tol: []\n" },
    says: /unknown key "tol"/,
  },
  {
    what: "a config with an unknown key",
    args: ["run", "t", "--config", "c.json"],
    files: { "c.json": { modell: "m" } },
    says: /unknown key "modell"/,
  },
  {
    what: "a recovery policy with an unknown signal",
    args: ["run", "t", "--config", "c.json"],
    files: { "c.json": { recovery: { tired: [] } } },
    says: /recovery/,
  },
  { what: "a base URL that is none", args: ["run", "t", "--model", "m", "--base-url", "not a url"], says: /not a url/ },
  { what: "one for the offline engine too", args: ["run", "t", "--base-url", "nope"], says: /the base URL "nope"/ },
  {
    what: "a missing key",
    args: ["run", "t", "--model", "gpt-5", "--base-url", "https://example.invalid/v1"],
    says: /OPENAI_API_KEY/,
  },
  { what: "steps beyond the ceiling", args: ["run", "t", "--max-steps", "5000"], says: /--max-steps: .*4000/ },
  {
    what: "a number that is none",
    args: ["run", "t", "--max-usd", "lots"],
    says: /^glasshive: --max-usd: got "lots", expected a number$/m,
  },
  {
    what: "money without a price",
    args: ["run", "t", "--model", "mystery", "--base-url", "http://127.0.0.1:9/v1", "--max-usd", "1"],
    says: /--max-usd needs a price.*prices/,
  },
  { what: "a duration that is none", args: ["run", "t", "--deadline", "soon"], says: /"soon" is not a valid duration/ },
  {
    what: "one without an end",
    args: ["run", "t", "--deadline", "999999999999h"],
    says: /"999999999999h" is not a valid duration/,
  },
  {
    what: "a cap beyond all numbers",
    args: ["run", "t", "--max-steps", "9e99"],
    says: /--max-steps: expected at most 4000, got 9e\+99/,
  },
  {
    what: "an option that is given nothing",
    args: ["batch", "rows.jsonl", "--out="],
    says: /^glasshive: --out: got "", expected a text that is not empty$/m,
  },
  {
    what: "one of several that is given nothing",
    args: ["run", "t", "--docs", "docs", ""],
    says: /^glasshive: --docs: got "", expected a text that is not empty$/m,
  },
  {
    what: "a folder in place of heads",
    args: ["audit", "verify", "r", "--heads", "."],
    says: /there is no file of heads/,
  },
  {
    what: "an approval that is not there",
    args: ["run", "t", "--approve", "everything"],
    says: /"everything" is not available/,
  },
  { what: "a run id with a path in it", args: ["run", "t", "--id", "../x"], says: /is not a valid run id/ },
  { what: "a run that does not exist", args: ["resume", "nope"], says: /there is no run nope/ },
  { what: "showing a run that does not exist", args: ["show", "nope"], says: /there is no run nope/ },
];

function one(id: string) {
  return { id, instructions: `Do ${id}.` };
}

function plan(what: string, content: object, says: RegExp) {
  return { what: `a plan ${what}`, args: ["run", "t", "--plan", "p.json"], files: { "p.json": content }, says };
}

function prepare(files: Record<string, unknown> = {}): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
  }
  return folder;
}

const run = (args: string[], cwd: string) => commandHere(args, { cwd });

describe("bad input", () => {
  it.each(CASES)("$what: one line, exit 2", async ({ args, files, says, code = 2 }) => {
    const outcome = await run(args, prepare(files));
    expect(outcome.stderr).toMatch(says);
    expect(outcome.stderr.trim().split("\n")).toHaveLength(1);
    expect(outcome.stdout).toBe("");
    expect(outcome.code).toBe(code);
  });

  it("is told likewise by the process, on its streams and by its exit code", async () => {
    const outcomes = await Promise.all(
      [
        ["run", "t", "--bogus"],
        ["show", "nope"],
        ["run", "  "],
      ].map((args) => runCommand(args, { cwd: prepare() })),
    );
    expect(outcomes.map(({ code, stdout }) => [code, stdout])).toEqual([
      [2, ""],
      [2, ""],
      [2, ""],
    ]);
    expect(outcomes.map(({ stderr }) => stderr)).toEqual([
      "glasshive: unknown option '--bogus'\n",
      expect.stringMatching(/^glasshive: there is no run nope.*\n$/),
      expect.stringMatching(/^glasshive: the task is empty.*\n$/),
    ]);
  });

  it("an endpoint that nobody serves: one line, exit 1, and resumable", async () => {
    const recovery = { recovery: { network: [{ do: "retry", max: 1, backoffMs: 1, maxBackoffMs: 1 }] } };
    const folder = prepare({ "c.json": recovery });
    const outcome = await run(
      ["run", "t", "--model", "m", "--base-url", "http://127.0.0.1:9/v1", "--config", "c.json", "--id", "r", "--json"],
      folder,
    );
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toMatch(/the planner's model failed \(network\).*glasshive resume r/);
    expect(JSON.parse(outcome.stdout)).toMatchObject({ runId: "r", status: "failed" });
  });

  it("a folder to stand in that is gone: one line, exit 2", async () => {
    const folder = join(prepare(), "gone");
    const goneFirst = ["sh", "-c", 'cd "$0" && rmdir "$0" && exec "$@"', folder];
    mkdirSync(folder);
    const outcome = await runCommand(["runs"], { cwd: prepare(), through: goneFirst });
    expect(outcome).toMatchObject({ code: 2, stdout: "" });
    expect(outcome.stderr).toBe("glasshive: the folder in which you stand is gone — go to one that is there\n");
  });

  it("a home that is a file: one line, exit 2", async () => {
    const folder = prepare({ home: "a file" });
    const outcome = await run(["run", "t", "--home", "home"], folder);
    expect(outcome.stderr).toMatch(/the home .* cannot be used/);
    expect(outcome.code).toBe(2);
  });

  it.skipIf(process.getuid?.() === 0)("a home that cannot be written: one line, exit 2", async () => {
    const folder = prepare();
    mkdirSync(join(folder, "home"));
    chmodSync(join(folder, "home"), 0o500);
    const outcome = await run(["run", "t", "--home", "home"], folder);
    expect(outcome.code).toBe(2);
  });

  it("a database that is none: one line, nothing lost", async () => {
    const folder = prepare();
    mkdirSync(join(folder, "home"));
    writeFileSync(
      join(folder, "home", "glasshive.db"),
      "this is not a database, but it is long enough to look like one ".repeat(40),
    );
    const outcome = await run(["run", "t", "--home", "home"], folder);
    expect(outcome.stderr).toMatch(/glasshive\.db is damaged or not a database/);
    expect(outcome.stderr.trim().split("\n")).toHaveLength(1);
    expect(outcome.code).toBe(1);
    expect(readdirSync(join(folder, "home"))).toContain("glasshive.db");
    mkdirSync(join(folder, "home", "runs", "r"), { recursive: true });
    const settings = { runId: "r", task: "What?", createdAt: "2026-01-01T00:00:00.000Z", run: {} };
    writeFileSync(join(folder, "home", "runs", "r", "run.json"), JSON.stringify(settings));
    const listed = await run(["runs", "--home", "home"], folder);
    expect(listed.stderr).toMatch(/^glasshive: .*glasshive\.db is damaged or not a database.*\n$/);
    expect([listed.code, listed.stdout]).toEqual([0, expect.stringMatching(/^r +interrupted .*What\?\n$/)]);
  });

  it("a database that another process holds: one line that says so", async () => {
    const folder = prepare();
    mkdirSync(join(folder, "home"));
    const holder = new Database(join(folder, "home", "glasshive.db"));
    holder.pragma("locking_mode = EXCLUSIVE");
    holder.exec("BEGIN EXCLUSIVE; CREATE TABLE t (x)");
    try {
      const outcome = await runCommand(["run", "t", "--home", "home"], { cwd: folder });
      expect(outcome.stderr).toMatch(/is locked by another process/);
      expect(outcome.code).toBe(1);
    } finally {
      holder.close();
    }
  }, 30_000);
});
