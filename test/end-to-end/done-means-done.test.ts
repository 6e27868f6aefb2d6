/** A reply becomes a result only when it is one: what real models say instead is sent back, and what they think reaches nobody. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Reply } from "../support/model-server/index.ts";
import { readJournalFile } from "../support/read-journal.ts";
import { commandHere, resultOf } from "../support/run-command.ts";
import { serve } from "../support/serve.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

interface Play {
  /** By the lane's turn; of more turns the last. */
  lane: readonly Reply[];
  planner?: Reply;
  synthesizer?: Reply;
  judge?: readonly Reply[];
  plan?: object;
  agents?: readonly object[];
}

const WRITER = {
  name: "writer",
  description: "writes",
  tools: ["read_document", "search_documents", "write_artifact"],
};
const say = (content: string): Reply => ({ content });

async function played({ lane, planner, synthesizer = say("All is done."), judge = [], plan, agents = [WRITER] }: Play) {
  const told: string[] = [];
  let [turn, judged] = [0, 0];
  const server = await serve(({ role, messages }) => {
    if (role === "planner") return planner ?? { status: 500 };
    if (role === "synthesizer") return synthesizer;
    if (role === "other") return judge[judged++] ?? { status: 500 };
    told.push(String(messages.at(-1)?.content));
    return lane[Math.min(turn++, lane.length - 1)] ?? { status: 500 };
  });
  const home = temporaryFolder();
  mkdirSync(join(home, "docs"));
  writeFileSync(join(home, "docs", "tolls.md"), "# Tolls\n\nThe old bridge asks 3 pence.\n");
  const subtasks = [{ id: "toll", instructions: "What is the toll?", skills: ["research"] }];
  const file = (name: string, data: object): string => {
    writeFileSync(join(home, name), JSON.stringify(data));
    return join(home, name);
  };
  const planned =
    planner === undefined ? ["--plan", file("plan.json", plan ?? { task: "The toll?", subtasks })] : ["Toll?"];
  const model = ["--base-url", server.url, "--model", "m", "--home", home, "--id", "r", "--json"];
  const args = ["run", ...planned, "--agents", file("agents.json", { agents }), "--docs", "docs", ...model];
  const outcome = await commandHere(args, { cwd: home });
  const lines = readJournalFile(home, "r");
  const signals = lines.flatMap((line) => (line.kind === "signal" ? [line.data.kind] : []));
  return { ...resultOf(outcome), code: outcome.code, told, signals, judged: () => judged };
}

const CITED = say('3 pence: "The old bridge asks 3 pence." [docs/tolls.md:3]');

it.each<[string, string, string, RegExp]>([
  [
    "an announcement",
    "Let me search the documents first.",
    "announced",
    /Do it now, with a tool call, or give the result/,
  ],
  ["a refusal", "I'm sorry, but I can't help with that.", "declined", /reply with CANNOT: and the reason/],
  ["research that cites nothing", "The toll is 3 pence.", "uncited", /with a citation behind each fact/],
  [
    "a call as text",
    '<tool_call>{"name": "search_documents", "arguments": {"query": }</tool_call>',
    "invalid-output",
    /cannot be read/,
  ],
])("%s is sent back, and what follows is the result", async (_what, first, signal, repair) => {
  const run = await played({ lane: [say(first), CITED] });
  expect(run.signals).toEqual([signal]);
  expect(run.told[1]).toMatch(repair);
  expect(run.subtasks[0]).toMatchObject({ outcome: "done", output: CITED.content, steps: 2 });
});

it("a reply that was cut by its length is sent back", async () => {
  const run = await played({ lane: [{ content: "The toll is", finishReason: "length" }, CITED] });
  expect(run.signals).toEqual(["output-limit"]);
  expect(run.told[1]).toContain("say it in fewer words");
  expect(run.subtasks[0]).toMatchObject({ outcome: "done", output: CITED.content });
});

it("what stays without a citation is a result; what stays a refusal is none, and the reason is told", async () => {
  const uncited = await played({ lane: [say("The toll is 3 pence.")] });
  expect(uncited.subtasks[0]).toMatchObject({ outcome: "done", output: "The toll is 3 pence." });
  const declined = await played({ lane: [say("I'm sorry, but I can't help with that.")] });
  expect(declined.subtasks[0]).toMatchObject({ outcome: "failed", output: "" });
  expect(declined.subtasks[0]?.cause).toMatch(/^declined: it declines: I'm sorry/);
});

it.each(["extraction", "search", "lookup"])("%s is research too", async (skill) => {
  const plan = { task: "The toll?", subtasks: [{ id: "a", instructions: "What is the toll?", skills: [skill] }] };
  const run = await played({ plan, lane: [say("The toll is 3 pence."), CITED] });
  expect(run.signals).toEqual(["uncited"]);
});

it("what nobody was to find in documents needs no citation", async () => {
  const plan = { task: "Greet.", subtasks: [{ id: "a", instructions: "Write a greeting." }] };
  const run = await played({ plan, lane: [say("Welcome, all of you.")] });
  expect(run.signals).toEqual([]);
  expect(run.subtasks[0]).toMatchObject({ outcome: "done", steps: 1 });
});

const THOUGHT = '<think>They want { "subtasks": [] } or { "price": 0 }, HOLDS or VIOLATED.</think>\n';

it("thinking aloud, with braces, before plan, result, verdict and answer, reaches nobody", async () => {
  const artifacts = [{ name: "toll.md", content: "3 pence" }];
  const expects = { type: "object", properties: { price: { type: "number" } }, required: ["price"] };
  const run = await played({
    planner: say(
      THOUGHT +
        JSON.stringify({
          artifacts,
          subtasks: [
            { id: "toll", instructions: "The toll?", expects },
            { id: "more", instructions: "The toll?", expects, writes: ["toll.md"] },
          ],
          checks: [{ id: "c", artifacts: ["toll.md"], predicate: "It names a price." }],
        }),
    ),
    lane: [{ content: `${THOUGHT}{ "price": 3 }`, reasoning: "The price is {3}." }],
    judge: [say(`${THOUGHT}The price stands there. Verdict: HOLDS`)],
    synthesizer: say(`${THOUGHT}The toll is 3 pence.`),
  });
  expect(run).toMatchObject({ code: 0 });
  expect(run.subtasks.map(({ output }) => output)).toEqual(['{"price":3}', '{"price":3}']);
  expect(run.checks[0]?.status).toBe("held");
  expect(JSON.stringify([run.answer, run.subtasks, run.told])).not.toMatch(/think|They want|The price is/);
});

it("a judge that says neither is asked once more", async () => {
  const artifacts = [{ name: "toll.md", content: "3 pence" }];
  const subtasks = [{ id: "a", instructions: "Write.", writes: ["toll.md"] }];
  const checks = [{ id: "c", artifacts: ["toll.md"], predicate: "It names a price." }];
  const plan = { task: "Write.", artifacts, subtasks, checks };
  const lane = [say("It is written.")];
  const mended = await played({ plan, lane, judge: [say("Well, it depends."), say("HOLDS: it does.")] });
  expect([mended.checks[0]?.status, mended.judged()]).toEqual(["held", 2]);
  const unclear = await played({ plan, lane, judge: [say("Well."), say("Well, well."), say("HOLDS")] });
  expect([unclear.checks[0]?.status, unclear.judged()]).toEqual(["unchecked", 2]);
});
