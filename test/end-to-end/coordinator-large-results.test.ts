/** Results that no prompt can hold are condensed in parts that fit; what cannot be written is said. Through the command line. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sections } from "../../engine/policy/prompts/markup.ts";
import { textOf, type ModelCall } from "../support/model-server/call.ts";
import { byRole, limitedWindow, synthesizerAnswer, type Behaviour } from "../support/model-server/index.ts";
import { readJournalFile } from "../support/read-journal.ts";
import { commandHere, resultOf } from "../support/run-command.ts";
import { serve } from "../support/serve.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const RESULTS = 300;
const CHARACTERS = 20_000;
const WINDOW_BYTES = 200_000;

/** 20,000 characters in which the subtask's own mark stands at the beginning and at the end. */
const longResult: Behaviour = ({ subtaskId }) => {
  const mark = `[[${subtaskId}]]`;
  return {
    content: `${mark}\n${"All of it matters. ".repeat(2000).slice(0, CHARACTERS - 2 * mark.length - 2)}\n${mark}`,
  };
};

const resultsIn = ({ messages }: ModelCall): string => textOf(messages[1] ?? { role: "user" });
const isPart = (call: ModelCall): boolean => sections(resultsIn(call), "part").length > 0;

/** Keeps the marks that it was shown, and nothing else. */
const keepMarks: Behaviour = (call) => ({ content: [...new Set(resultsIn(call).match(/\[\[[^\]]+\]\]/g))].join(" ") });

async function run(behaviour: Behaviour, { results = RESULTS, flags = [] as string[] } = {}) {
  const server = await serve(behaviour);
  const home = temporaryFolder();
  const forEach = Array.from({ length: results }, (_, index) => `item ${index + 1}`);
  const plan = { task: "Read all", subtasks: [{ id: "read", forEach, instructions: "Read {{item}}.", steps: 1 }] };
  writeFileSync(join(home, "plan.json"), JSON.stringify(plan));
  const how = ["--plan", "plan.json", "--model", "m", "--base-url", server.url, "--home", home, "--id", "r"];
  const outcome = await commandHere(["run", ...how, "--json", ...flags], { cwd: home });
  return { outcome, server, result: resultOf(outcome), lines: readJournalFile(home, "r") };
}

const within = (synthesizer: Behaviour): Behaviour =>
  limitedWindow(WINDOW_BYTES, byRole({ agent: longResult, synthesizer }));

const statusesAboveWindow = (server: Awaited<ReturnType<typeof serve>>): number[] =>
  server.records().flatMap(({ inputTokens, status }) => (4 * inputTokens > WINDOW_BYTES ? [status] : []));

describe("results of 20,000 characters, too many for a prompt", () => {
  it("300 of them are condensed in calls that fit, and all of them reach the answer", async () => {
    const { outcome, server, result, lines } = await run(within(keepMarks));
    expect(outcome.code).toBe(0);
    expect(result.coverage).toMatchObject({ total: RESULTS, done: RESULTS });
    expect(result.answer).toContain(`${RESULTS} of ${RESULTS} done`);
    for (const { id } of result.subtasks) expect(result.answer).toContain(`[[${id}]]`);
    const calls = server.records().filter(({ role }) => role === "synthesizer");
    expect(calls.length).toBeLessThanOrEqual(100);
    expect(new Set(statusesAboveWindow(server))).toEqual(new Set([400]));
    expect(result.usage.steps).toBe(server.records().length);
    // Each prompt that was too long is told, with what was done about it.
    const overflows = lines.filter(({ kind, data }) => kind === "signal" && data["kind"] === "context-overflow");
    expect(overflows).toHaveLength(calls.filter(({ status }) => status === 400).length);
    const splits = lines.filter(({ kind, data }) => kind === "recovery" && data["action"] === "split");
    expect(splits).toHaveLength(overflows.length);
  }, 120_000);

  it("pass through, cut, where the cap on steps leaves none for condensing", async () => {
    const { server, result } = await run(within(keepMarks), { flags: ["--max-steps", "39"] });
    const answered = server.records().filter(({ status }) => status === 200);
    expect(answered.length).toBeLessThanOrEqual(39);
    expect(answered.filter(({ role }) => role === "synthesizer")).toHaveLength(1);
    expect(result.coverage.done).toBeGreaterThan(20);
    expect(result.answer).toContain(`${result.coverage.done} of ${RESULTS} done`);
    for (const { id } of result.subtasks.filter(({ outcome }) => outcome === "done"))
      expect(result.answer).toContain(`[[${id}]]`);
  }, 120_000);

  it("stand side by side where the synthesizer refuses every size, and the answer says so", async () => {
    const refuse = limitedWindow(0, keepMarks);
    const { server, result } = await run(within(refuse), { results: 60 });
    expect(result.coverage.done).toBe(60);
    expect(result.answer).toContain("the synthesizer could not be called (context-overflow: ");
    expect(result.answer).toContain("60 of 60 done");
    expect(server.records().filter(({ role }) => role === "synthesizer").length).toBeLessThanOrEqual(60);
  }, 120_000);
});

describe("a few large results", () => {
  it("reach a synthesizer whose window is far smaller than we believe", async () => {
    const behaviour = limitedWindow(30_000, byRole({ agent: longResult, synthesizer: synthesizerAnswer() }));
    const { server, result } = await run(behaviour, { results: 12 });
    expect(result.answer).toContain("Synthesis of 12 results");
    expect(server.records().filter(({ role }) => role === "synthesizer").length).toBeLessThanOrEqual(6);
  }, 60_000);

  it.each([
    ["nothing", { content: "" }, ["retry", "repair", "give-up"]],
    [
      "a broken stream of nonsense",
      { rawBody: "data: {nonsense\n\n", headers: { "content-type": "text/event-stream" } },
      ["retry", "give-up"],
    ],
  ])(
    "stand side by side where the synthesizer answers %s, tried again as the policy says",
    async (_, reply, actions) => {
      const behaviour = byRole({ agent: longResult, synthesizer: () => reply });
      const { server, result, lines } = await run(behaviour, { results: 3 });
      expect(result.coverage.done).toBe(3);
      expect(result.answer).toMatch(
        /^The results stand side by side, as the agents gave them: the synthesizer could not be called/,
      );
      expect(result.answer).toContain("[[read-2]]");
      const recoveries = lines.filter(({ kind, data }) => kind === "recovery" && data["purpose"] === "synthesize");
      expect(recoveries.map(({ data }) => data["action"])).toEqual(actions);
      expect(server.records().filter(({ role }) => role === "synthesizer")).toHaveLength(actions.length);
    },
    60_000,
  );

  it("are condensed again after a failure of the provider, without repeating what was condensed", async () => {
    let failures = 0;
    const flaky: Behaviour = (call) => {
      if (isPart(call) && resultsIn(call).includes("[[read-31]]") && (failures += 1) === 1) return { status: 500 };
      return keepMarks(call);
    };
    const { server, result } = await run(byRole({ agent: longResult, synthesizer: flaky }), { results: 60 });
    for (const { id } of result.subtasks) expect(result.answer).toContain(`[[${id}]]`);
    const calls = server.records().filter(({ role }) => role === "synthesizer");
    expect(calls.filter(({ status }) => status === 500)).toHaveLength(1);
    // Two nodes of 30 results in batches of eleven, the call that failed, and the answer.
    expect(calls).toHaveLength(2 * 3 + 1 + 1);
  }, 60_000);
});
