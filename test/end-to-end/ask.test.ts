/** `glasshive ask`: a question about a finished run is a run of its own that knows what that one was asked, has answered, found and made. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { PRELOAD } from "../support/crash-run.ts";
import { checkInvariants } from "../support/invariants.ts";
import { byRole, type Behaviour } from "../support/model-server/index.ts";
import { readJournalFile } from "../support/read-journal.ts";
import { commandHere, resultOf, runCommand } from "../support/run-command.ts";
import { serve } from "../support/serve.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const WARRANTY = "How long does the warranty of Alpha last?";

/** A folder with documents on two products, and the command in it. */
function products() {
  const cwd = temporaryFolder();
  const home = join(cwd, ".glasshive");
  mkdirSync(join(cwd, "docs"));
  writeFileSync(join(cwd, "docs", "alpha.md"), "# Alpha\n\nThe warranty of Alpha lasts five years.\n");
  writeFileSync(join(cwd, "docs", "beta.md"), "# Beta\n\nThe warranty of Beta lasts two years.\n");
  const glasshive = (...args: string[]) => commandHere(args, { cwd });
  return { cwd, home, glasshive };
}

async function askedOnce(...flags: string[]) {
  const place = products();
  const first = await place.glasshive("run", WARRANTY, "--docs", "docs", "--id", "first", "--json", ...flags);
  expect(first.code).toBe(0);
  return { ...place, first: resultOf(first) };
}

describe("without a language model", () => {
  it("a question about the other thing is the first question about that one", async () => {
    const { home, glasshive, first } = await askedOnce();
    const before = readFileSync(join(home, "runs", "first", "journal.jsonl"), "utf8");
    const second = resultOf(await glasshive("ask", "first", "And what about Beta?", "--id", "second", "--json"));
    const parent = { runId: "first", journalHead: first.journalHead, at: [], followUp: true };
    expect(second).toMatchObject({ status: "complete", parent, citations: { total: 1, verified: 1 } });
    expect(second.answer).toMatch(/lasts two years\." \[docs\/beta\.md:3\]/);
    const third = resultOf(await glasshive("ask", "second", "and how long for Alpha?", "--id", "third", "--json"));
    expect(third.answer).toMatch(/five years/);
    expect(readJournalFile(home, "second")[0]?.data).toMatchObject({ parent });
    expect((await glasshive("show", "second")).stdout).toMatch(/^asks on about run first, on record there up to/m);
    expect(readFileSync(join(home, "runs", "first", "journal.jsonl"), "utf8")).toBe(before);
    for (const id of ["second", "third"]) await checkInvariants(home, id);
  }, 60_000);

  it.each(["one agent", "a plan of its own"])(
    "done by %s it is the same question",
    async (how) => {
      const { cwd, glasshive } = await askedOnce();
      const plan = { subtasks: [{ id: "s1", instructions: "And what about Beta?" }] };
      writeFileSync(join(cwd, "plan.json"), JSON.stringify(plan));
      const flags = how === "one agent" ? ["--single"] : ["--plan", "plan.json"];
      const { answer } = resultOf(await glasshive("ask", "first", "And what about Beta?", "--json", ...flags));
      expect(answer).toMatch(/lasts two years\." \[docs\/beta\.md:3\]/);
      const both = await glasshive("ask", "first", "Why?", "--single", "--plan", "plan.json");
      expect([both.code, both.stderr]).toEqual([2, expect.stringContaining("a plan and --single are given")]);
    },
    60_000,
  );

  it("what the first run found is found again where its documents are gone", async () => {
    const { cwd, glasshive } = await askedOnce();
    rmSync(join(cwd, "docs"), { recursive: true });
    const gone = await glasshive("ask", "first", WARRANTY);
    expect([gone.code, gone.stderr]).toEqual([
      2,
      expect.stringMatching(/^glasshive: cannot read documents at .*docs/m),
    ]);
    writeFileSync(join(cwd, "other.md"), "Nothing of that is here.\n");
    const asked = ["ask", "first", "How many years does the warranty of Alpha last?", "--docs", "other.md", "--json"];
    const { answer, citations } = resultOf(await glasshive(...asked));
    expect(answer).toMatch(/five years.*\[\.glasshive\/runs\/\w+\/earlier\/first\/answer\.md:3\]/);
    expect(citations).toMatchObject({ total: 1, verified: 1 });
  }, 60_000);

  it("its settings are those of the first run but for what is named, each by itself", async () => {
    const { cwd, home, glasshive } = await askedOnce("--max-file-size", "500kB", "--max-agents", "7");
    writeFileSync(join(cwd, "config.json"), JSON.stringify({ limits: { concurrency: 3 }, maxFiles: 70 }));
    writeFileSync(join(cwd, "plan.json"), '{"task":"And Beta?","subtasks":[{"id":"s1","instructions":"And Beta?"}]}');
    const flags = ["--config", "config.json", "--plan", "plan.json", "--max-steps", "30", "--id", "second"];
    expect((await glasshive("ask", "first", ...flags)).code).toBe(0);
    const settings: unknown = JSON.parse(readFileSync(join(home, "runs", "second", "run.json"), "utf8"));
    const run = { caps: { maxAgents: 7, maxSteps: 30 }, documentLimits: { fileBytes: 500_000, files: 70 } };
    expect(settings).toMatchObject({ task: "And Beta?", concurrency: 3, followUp: "first", run });
  }, 60_000);

  it("a dry run of it says how to ask it by the plan that was made", async () => {
    const { glasshive } = await askedOnce();
    const dry = await glasshive("ask", "first", "And what's with Beta?", "--dry-run", "--id", "dry");
    const [, next = ""] = /^glasshive: next: glasshive (.*)$/m.exec(dry.stderr) ?? [];
    expect(next).toMatch(/^ask first 'And what'\\''s with Beta\?' --plan \S+plan\.json$/);
    const shown = JSON.parse((await glasshive("show", "dry", "--json")).stdout) as { parent: object };
    expect(shown.parent).toMatchObject({ runId: "first", followUp: true });
  }, 60_000);

  it("killed while it begins, it goes on as the same question about the same run", async () => {
    const { cwd, home, glasshive } = await askedOnce();
    const env = { NODE_OPTIONS: PRELOAD, GLASSHIVE_TEST_FAULT: "after:journal:1" };
    const killed = await runCommand(["ask", "first", "And what about Beta?", "--id", "second"], { cwd, env });
    expect(killed.signal).toBe("SIGKILL");
    const resumed = resultOf(await glasshive("resume", "second", "--json"));
    expect(resumed).toMatchObject({ status: "complete", parent: { runId: "first", followUp: true } });
    expect(resumed.answer).toMatch(/two years/);
    await checkInvariants(home, "second");
  }, 60_000);
});

describe("with a model", () => {
  const guide = "# Guide\n\nTurn Alpha on first.\n";
  const found = "Alpha runs on 230 volts.";
  const write = (name: string, content: string) => ({ name: "write_artifact", args: { name, content } });

  /** The first run finds something and writes two files; the second reads `path` of what it is told of the first. */
  async function asked(path: string, ...flags: string[]) {
    const { cwd, home, glasshive } = products();
    const subtasks = [
      { id: "alpha", instructions: "Describe Alpha." },
      { id: "files", instructions: "Write the files.", writes: ["guide.md", "notes.md"] },
    ];
    const agent: Behaviour = ({ subtaskId, turn }) => {
      if (subtaskId === "alpha") return { content: found };
      const read = { name: "read_document", args: { path } };
      const calls = subtaskId === "files" ? [write("guide.md", guide), write("notes.md", "None.")] : [read];
      return turn === 0 ? { toolCalls: calls } : { content: `That is "Alpha" [${path}:1]` };
    };
    const looks = ["one", "two"].map((id) => ({ id, instructions: `Look at ${id}.`, skills: ["research"] }));
    const planner: Behaviour = () => ({ content: JSON.stringify({ subtasks: looks }) });
    const synthesizer: Behaviour = () => ({ content: "The answer that was given first: 230 volts." });
    const server = await serve(byRole({ agent, planner, synthesizer }), { keepBodies: true });
    writeFileSync(join(cwd, "plan.json"), JSON.stringify({ task: "Describe both products.", subtasks }));
    const model = ["--model", "m", "--base-url", server.url];
    const first = await glasshive("run", "--plan", "plan.json", ...model, "--id", "first", "--json");
    expect(first.code).toBe(0);
    server.reset();
    const second = await glasshive("ask", "first", "On which voltage?", "--id", "second", "--json", ...flags);
    return { home, second, bodies: server.bodies(), roles: Object.keys(server.stats().callsByRole) };
  }

  it("planner, agents and synthesizer are shown the first exchange, and where its results are", async () => {
    const { home, second, bodies, roles } = await asked(".glasshive/runs/second/earlier/first/results/alpha.md");
    expect(resultOf(second)).toMatchObject({ model: "m", parent: { runId: "first" } });
    expect(roles.toSorted()).toEqual(["agent", "planner", "synthesizer"]);
    for (const body of bodies) {
      expect(body).toContain("The task goes on with this conversation");
      expect(body).toContain("Describe both products.");
      expect(body).toContain("The answer that was given first");
      expect(body).toContain(".glasshive/runs/second/earlier/first");
    }
    expect(bodies.filter((body) => body.includes(found)).length).toBeGreaterThanOrEqual(2);
    await checkInvariants(home, "second");
  }, 60_000);

  it("what the first run made can be read", async () => {
    const { bodies } = await asked(".glasshive/runs/second/earlier/first/artifacts/guide.md");
    const told = bodies.filter((body) => /"role":"tool"[^}]*Turn Alpha on first\./.test(body));
    expect(told.length).toBeGreaterThanOrEqual(2);
  }, 60_000);

  it("has caps of its own, and its flags win over the first run's options", async () => {
    const { second } = await asked("docs/alpha.md", "--model", "offline", "--docs", "docs", "--max-steps", "2");
    const { usage, model } = resultOf(second);
    expect(model).toBe("offline");
    expect(usage.steps).toBeLessThanOrEqual(2);
  }, 60_000);
});

describe("is refused in one line", () => {
  const refused = async (glasshive: (...args: string[]) => ReturnType<typeof commandHere>, id = "first") => {
    const { code, stdout, stderr } = await glasshive("ask", id, "Why?");
    expect(stdout).toBe("");
    expect(stderr.trim().split("\n")).toHaveLength(1);
    return [code, stderr] as const;
  };

  it("of a run that is not there, of a dry run, of one that waits for a person", async () => {
    const { glasshive } = products();
    expect(await refused(glasshive, "nobody")).toEqual([2, expect.stringContaining("there is no run nobody")]);
    await glasshive("run", WARRANTY, "--docs", "docs", "--id", "dry", "--dry-run");
    expect(await refused(glasshive, "dry")).toEqual([2, expect.stringContaining("was a dry run")]);
    await glasshive("run", WARRANTY, "--docs", "docs", "--id", "waits", "--approve", "plan");
    expect(await refused(glasshive, "waits")).toEqual([
      2,
      expect.stringMatching(/run waits has not ended.*glasshive resume waits/),
    ]);
  }, 60_000);

  it.each([
    ["a line of its journal", "journal.jsonl", (text: string) => text.replace("Alpha", "Alphb"), "line 1"],
    ["its answer", "answer.md", (text: string) => text.replace("five", "nine"), "answer.md"],
    ["its settings", "run.json", () => "{", "run.json"],
  ])(
    "of a run of which %s was changed",
    async (_, file, change, named) => {
      const { home, glasshive } = await askedOnce();
      const path = join(home, "runs", "first", file);
      writeFileSync(path, change(readFileSync(path, "utf8")));
      const [code, stderr] = await refused(glasshive);
      expect(code).toBe(1);
      expect(stderr).toContain(named);
    },
    60_000,
  );
});
