/** A run again from its recording: the same answer with nobody asked, and where a recording is another one, the call that shows it. */
import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandHere } from "../support/run-command.ts";
import { rewrittenRun } from "../support/rewritten-run.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { openFaultRun, type FaultRun } from "./fault-run.ts";

const QUICK = { do: "retry", max: 2, backoffMs: 10, maxBackoffMs: 10, jitter: 0 } as const;

const replay = (home: string, ...flags: string[]) => commandHere(["replay", "r", "--home", home, ...flags]);

describe("a recorded run", () => {
  let lab: FaultRun;
  beforeAll(async () => {
    lab = await openFaultRun({
      subtasks: [
        { id: "a", instructions: "Do a." },
        { id: "b", instructions: "Do b.", dependsOn: ["a"] },
        { id: "c", instructions: "Do c." },
      ],
      agent: ({ subtaskId, turn, seen }) => {
        if (subtaskId === "c" && seen < 1) return { status: 500 };
        if (turn < 2) return { toolCalls: [{ name: "read_result", args: { subtask: "none", from_character: turn } }] };
        return { content: `Result of ${subtaskId}.` };
      },
      recovery: { server: [QUICK] },
    });
    await lab.run();
  });
  afterAll(() => lab.close());

  /** Every file of the home, with its size and time. */
  const stateOf = (folder: string): unknown[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => {
        const { size, mtimeMs } = statSync(join(parentPath, name));
        return [parentPath, name, size, mtimeMs];
      });

  it("comes to the same answer again, with no call, and nothing of it is written to", async () => {
    const calls = lab.server.stats().calls;
    const before = stateOf(lab.home);
    const { code, stdout, stderr } = await replay(lab.home);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/the same answer, byte for byte/);
    const told = JSON.parse((await replay(lab.home, "--json")).stdout) as Record<string, unknown>;
    expect(told).toMatchObject({ runId: "r", same: true, differences: [] });
    expect(told["calls"]).toBe(calls);
    expect(lab.server.stats().calls).toBe(calls);
    expect(stateOf(lab.home)).toEqual(before);
  });

  it.each([
    {
      what: "a changed prompt",
      change: (text: string) => text.replace("Do b.", "Do B."),
      said: /subtask b, attempt 1: the request of call-\d+ at line \d+ \(b\) is another: recorded [0-9a-f]{12}, now [0-9a-f]{12}; message \d+ at character \d+: recorded ….*Do B\..*now ….*Do b\./s,
    },
    {
      what: "a changed tool answer",
      change: (text: string) => (text.includes('"none"') && !text.startsWith("{") ? `${text} And more.` : text),
      said: /subtask [abc], attempt 1: the request of call-\d+ at line \d+/,
    },
    {
      what: "a changed reply",
      change: (text: string) => (text.includes('"assistant"') ? text.replace("Result of a.", "Result of A.") : text),
      said: /subtask b, attempt 1: the request of call-\d+ .*Result of a.*now .*Result of A/s,
    },
  ])("$what is reported at its call, with what else was to come", async ({ change, said }) => {
    // The plan and the setup stay what they were: the run asks by them.
    const isAsked = (text: string): boolean => text.startsWith('{"question"') || text.startsWith('{"version"');
    const home = await rewrittenRun(lab.home, "r", (text) => (isAsked(text) ? text : change(text)));
    const calls = lab.server.stats().calls;
    const { code, stderr, stdout } = await replay(home);
    expect({ code, said: `${stderr}${stdout}` }).toEqual({ code: 1, said: expect.stringMatching(said) as string });
    expect(lab.server.stats().calls).toBe(calls);
  });

  it("whose contents were damaged, or whose journal was changed, is not taken for what it was", async () => {
    const home = join(temporaryFolder(), "home");
    cpSync(lab.home, home, { recursive: true });
    const pack = join(home, "runs", "r", "contents", "pack.gz");
    const bytes = readFileSync(pack);
    bytes.writeUInt8((bytes[60] ?? 0) ^ 0xff, 60);
    writeFileSync(pack, bytes);
    const damaged = await replay(home);
    expect([damaged.code, damaged.stderr]).toEqual([1, expect.stringMatching(/cannot be read/)]);
    rmSync(join(home, "runs", "r", "contents"), { recursive: true });
    cpSync(join(lab.home, "runs", "r", "contents"), join(home, "runs", "r", "contents"), { recursive: true });
    const file = join(home, "runs", "r", "journal.jsonl");
    writeFileSync(file, readFileSync(file, "utf8").replace('"outcome":"ok"', '"outcome":"tool-error"'));
    const changed = await replay(home);
    expect([changed.code, changed.stderr]).toEqual([1, expect.stringMatching(/line \d+ was changed/)]);
  });

  it("that has not ended is not run again, and says so", async () => {
    const home = join(temporaryFolder(), "home");
    cpSync(lab.home, home, { recursive: true });
    const file = join(home, "runs", "r", "journal.jsonl");
    writeFileSync(file, `${readFileSync(file, "utf8").split("\n").slice(0, 9).join("\n")}\n`);
    rmSync(join(home, "heads.jsonl"));
    const open = await replay(home);
    expect([open.code, open.stderr]).toEqual([2, expect.stringMatching(/cannot be run again: it has not ended/)]);
  });

  it("through other agents says who would have had each subtask, and asks for one question at a time", async () => {
    const file = join(lab.home, "others.json");
    writeFileSync(
      file,
      JSON.stringify({ agents: [{ name: "other", description: "does all", skills: [], tools: ["read_result"] }] }),
    );
    const told = JSON.parse((await replay(lab.home, "--agents", file, "--json")).stdout) as Record<string, unknown>;
    expect(told).toMatchObject({ different: 3, routes: [{ subtask: "a", replayed: { agent: "other" } }, {}, {}] });
    const both = await replay(lab.home, "--agents", file, "--policy", file);
    expect([both.code, both.stderr]).toEqual([2, expect.stringMatching(/two questions/)]);
  });
});
