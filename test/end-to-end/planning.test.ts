/** Plans that a model makes, through the command: what is understood, what goes back to it, and with which words. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { byRole, type Behaviour, type ModelCall } from "../support/model-server/index.ts";
import { textOf } from "../support/model-server/call.ts";
import { readJournalFile } from "../support/read-journal.ts";
import { commandHere, resultOf } from "../support/run-command.ts";
import { serve } from "../support/serve.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const ANSWERS: Behaviour = ({ subtaskId }) => ({ content: `${subtaskId} is done.` });

/** A run whose planner makes these plans, one after the other; what it was sent each time. */
async function planned(plans: readonly unknown[], flags: readonly string[] = []) {
  const cwd = temporaryFolder();
  mkdirSync(join(cwd, "docs"));
  writeFileSync(join(cwd, "docs", "a.md"), "# Words\n\nA step is one model turn.\n");
  const asked: ModelCall[] = [];
  const planner: Behaviour = (call) => {
    asked.push(call);
    return { content: JSON.stringify(plans[asked.length - 1] ?? plans.at(-1)) };
  };
  const server = await serve(byRole({ planner, agent: ANSWERS, synthesizer: () => ({ content: "All of it." }) }));
  const endpoint = ["--base-url", server.url, "--model", "m", "--id", "r"];
  const outcome = await commandHere(["run", "What is a step?", ...endpoint, "--json", ...flags], { cwd });
  return {
    cwd,
    outcome,
    asked,
    told: asked.map(({ messages }) => textOf(messages.at(-1)!)),
    lines: () => readJournalFile(join(cwd, ".glasshive"), "r"),
  };
}

const one = (id: string, more: object = {}) => ({ id, instructions: `Do ${id}.`, ...more });

describe("a planner that names what there is in another spelling", () => {
  it("is understood, for agents, tools and judges", async () => {
    const plan = {
      subtasks: [one("a", { agent: "Researcher", tools: ["searchDocuments"] }), one("b", { agent: "ANALYST" })],
    };
    const { asked, outcome } = await planned([plan], ["--docs", "docs"]);
    expect(asked).toHaveLength(1);
    expect(resultOf(outcome).subtasks.map(({ agent }) => agent)).toEqual(["researcher", "analyst"]);
  });
});

describe("a planner that names what there is not", () => {
  it("is sent back once with all that is wrong, each named exactly, and its own plan before it", async () => {
    const bad = {
      subtasks: [
        one("a", { agent: "nobody" }),
        one("b", { tools: ["browse_web"], dependsOn: ["ghost", "d"] }),
        one("d", { steps: 0 }),
      ],
    };
    const { asked, told, outcome } = await planned([bad, { subtasks: [one("a"), one("b")] }]);
    expect(asked).toHaveLength(2);
    expect(told[1]).toContain('- subtask "a" names agent "nobody", which the run does not have: researcher, ');
    expect(told[1]).toContain('- subtask "b" names tool "browse_web", which the run does not have: ');
    expect(told[1]).toContain('- subtask "d": steps: expected at least 1, got 0');
    expect(told[1]).toContain('- subtask "b" depends on "ghost", which does not exist');
    expect(told[1]).not.toContain('"d", which does not exist');
    expect(asked[1]?.messages.map(({ role }) => role)).toEqual(["system", "user", "assistant", "user"]);
    expect(textOf(asked[1]!.messages[2]!)).toBe(JSON.stringify(bad));
    expect(resultOf(outcome)).toMatchObject({ status: "complete", coverage: { total: 2, done: 2 } });
  });

  it("hears of dependencies, schemas, artifacts, checks and cycles in one go", async () => {
    const bad = {
      artifacts: [{ name: "notes.json", content: "{" }],
      checks: [
        { id: "k", artifact: "other.json", schema: { type: "object" } },
        { id: "ls", artifacts: ["notes.json"], command: ["ls"] },
      ],
      subtasks: [
        one("a", { dependsOn: ["ghost"] }),
        one("b", { expects: { type: "strange" } }),
        one("c", { dependsOn: ["d"] }),
        one("d", { dependsOn: ["c"] }),
      ],
    };
    const { told } = await planned([bad, { subtasks: [one("a")] }]);
    for (const problem of [
      'subtask "a" depends on "ghost", which does not exist',
      'subtask "b": expects is no JSON Schema',
      'artifact "notes.json": its content does not fit',
      'check "k" looks at artifact "other.json", which no subtask writes',
      "its dependencies form a cycle: c → d → c",
    ])
      expect(told[1]).toContain(`- ${problem}`);
  });

  it("hears of all of it beside a key that no plan has, whatever kind each of them is", async () => {
    const bad = {
      answer: "report.md",
      checks: [{ id: "ls", artifacts: ["report.md"], command: ["ls"] }],
      subtasks: [
        { ...one("a"), skils: [{ name: "research" }] },
        one("a", { reads: ["missing.md"], steps: 0 }),
        one("b", { agent: "nobody", dependsOn: ["c"] }),
        one("c", { dependsOn: ["b"] }),
        one("d", { agent: "writer", tools: ["list_documents"] }),
        one("e", { steps: 99 }),
      ],
    };
    const { told } = await planned([bad, { subtasks: [one("a")] }], ["--docs", "docs"]);
    for (const problem of [
      'subtask "a": unknown key "skils"',
      'subtask "a": steps: expected at least 1, got 0',
      'subtask id "a" is used twice',
      'subtask "a" reads artifact "missing.md", which no subtask writes',
      'subtask "b" names agent "nobody"',
      'answer: artifact "report.md" is one that no subtask writes',
      'check "ls": a command is for a person to give',
      'subtask "d" pins agent "writer", and ',
      'subtask "e" takes 99 steps, and its agent at most 20',
    ])
      expect(told[1]).toContain(`- ${problem}`);
  });

  it("hears of a cycle beside a key that no plan has", async () => {
    const bad = { subtasks: [{ ...one("a", { dependsOn: ["b"] }), more: {} }, one("b", { dependsOn: ["a"] })] };
    const { told } = await planned([bad, { subtasks: [one("a")] }]);
    expect(told[1]).toContain('- subtask "a": unknown key "more"');
    expect(told[1]).toContain("- its dependencies form a cycle: a → b → a");
  });

  it("hears what only a run can tell: commands, reads of nothing, a pinned agent without the tool, more than the caps", async () => {
    const tooMany = {
      subtasks: [{ ...one("each"), forEach: Array.from({ length: 60 }, (_, index) => `item ${index}`) }],
    };
    const unfit = {
      artifacts: [{ name: "a.md" }],
      checks: [{ id: "ls", artifacts: ["a.md"], command: ["ls"] }],
      subtasks: [one("c", { reads: ["missing.md"] })],
    };
    const pinned = { subtasks: [one("w", { agent: "writer", tools: ["list_documents"] })] };
    const plans = [tooMany, unfit, pinned];
    const { cwd, told, outcome, lines } = await planned(plans, ["--docs", "docs", "--max-steps", "50"]);
    expect(told[1]).toMatch(/- it has 60 subtasks, and the caps allow \d+/);
    expect(told[2]).toContain('- check "ls": a command is for a person to give');
    expect(told[2]).toContain('- subtask "c" reads artifact "missing.md", which no subtask writes');
    // It has pinned wrongly to the end: the router drops the pin, on record, and the lane is not lost.
    expect(resultOf(outcome)).toMatchObject({
      status: "complete",
      subtasks: [{ agent: "researcher", outcome: "done" }],
    });
    const route = lines().find(({ kind }) => kind === "route");
    expect(route?.data["rule"]).toMatch(/the pin to "writer" is dropped: it is not granted the tool "list_documents"/);
    expect((await commandHere(["show", "r"], { cwd })).stdout).toContain('the pin to "writer" is dropped');
  });
});

describe("what the planner is shown", () => {
  const human = (asked: readonly ModelCall[]): string => textOf(asked[0]!.messages[1]!);
  const subtasks = [one("a")];

  it("is each folder once, and the places that the task's words lead to, with their headings", async () => {
    const { asked } = await planned([{ subtasks }], ["--docs", "docs"]);
    expect(human(asked)).toContain("docs/ (1 file)\n  a.md (3 lines): Words");
    expect(human(asked)).toContain('- docs/a.md:1 Words: "A step is one model turn."');
    expect(human(asked)).toMatch(/- researcher: .*; tools: search_documents, read_document, .*; at most 20 steps/);
  });

  it("without documents has no document tools; with caps what is left of them", async () => {
    const { asked } = await planned(
      [{ subtasks }],
      ["--max-tokens", "100000", "--max-steps", "90", "--max-agents", "7"],
    );
    expect(human(asked)).toContain('<documents files="0">\nThere are none.');
    expect(human(asked)).not.toContain("search_documents");
    expect(human(asked)).toMatch(/<limits max_subtasks="\d\d" max_steps="\d\d" agents_at_once="7" .*tokens_left="\d+"/);
  });
});

it("the first contents of artifacts may be JSON, and must fit their type", async () => {
  const plan = (content: unknown) => ({
    artifacts: [
      { name: "facts.json", content },
      { name: "rows.jsonl", content: [{ id: 1 }] },
    ],
    subtasks: [one("a", { reads: ["facts.json"], writes: ["rows.jsonl"] })],
  });
  const { cwd, asked, outcome } = await planned([plan({ steps: [1, 2] })]);
  expect(asked).toHaveLength(1);
  expect(resultOf(outcome).artifacts.map(({ name, version }) => [name, version])).toEqual([
    ["facts.json", 1],
    ["rows.jsonl", 1],
  ]);
  writeFileSync(join(cwd, "p.json"), JSON.stringify({ ...plan([]), artifacts: [{ name: "a.md", content: {} }] }));
  const refused = await commandHere(["run", "t", "--plan", "p.json"], { cwd });
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(/artifact "a\.md": .*must be a string/)]);
});

it("a person's plan is refused in one line that tells all that is wrong with it", async () => {
  const cwd = temporaryFolder();
  const plan = { subtasks: [one("a", { agent: "nobody" }), one("b", { stepz: 3 }), one("c", { tools: ["x"] })] };
  writeFileSync(join(cwd, "p.json"), JSON.stringify(plan));
  const { code, stderr } = await commandHere(["run", "t", "--plan", "p.json"], { cwd });
  expect(code).toBe(2);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  for (const said of ['subtask "b": unknown key "stepz"', 'names agent "nobody"', 'names tool "x"'])
    expect(stderr).toContain(said);
});
