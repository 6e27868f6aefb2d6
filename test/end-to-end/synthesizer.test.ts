/** What the synthesizer is given, what it may do, and what needs no synthesizer. Through the command line, with scripted models. */
import { describe, expect, it } from "vitest";
import { answerRun, promptOf } from "../support/answer-run.ts";
import { sections } from "../../engine/policy/prompts/markup.ts";

const work = (id: string, more: object = {}) => ({ id, title: `Title of ${id}`, instructions: `Do ${id}.`, ...more });
const say = (content: string) => () => ({ content });
/** A long result with a citation at its very end. */
const cited = (id: string): string =>
  `${"It was looked at from all sides. ".repeat(60)}\n\n"Line of ${id}." [docs/${id}.md:1]`;

describe("the synthesizer", () => {
  it("has every researcher's citation at hand, also where an analyst has built on all of them", async () => {
    const ids = ["one", "two", "three", "four"];
    const { result, synthesizer } = await answerRun({
      documents: Object.fromEntries(ids.map((id) => [`docs/${id}.md`, `Line of ${id}.\n`])),
      subtasks: [...ids.map((id) => work(id)), work("analyst", { dependsOn: ids })],
      agent: ({ subtaskId }) => ({ content: subtaskId === "analyst" ? "All agree." : cited(subtaskId ?? "") }),
      synthesizer: [
        (call) => ({
          content:
            promptOf(call)
              .match(/"Line of [a-z]+\." \[[^\]]+\]/g)
              ?.join(" ") ?? "none",
        }),
      ],
    });
    const given = sections(promptOf(synthesizer[0]!), "result");
    expect(given.map(({ attributes }) => attributes["detail"])).toEqual(Array(5).fill("full"));
    expect(given[0]?.attributes).toMatchObject({ subtask: "one", used_by: "analyst" });
    expect(result.citations).toMatchObject({ total: 4, verified: 4, broken: [] });
    expect(result.answeredBy).toBe("model");
  });

  it("is told what was not done, and why", async () => {
    const { synthesizer, outcome } = await answerRun({
      subtasks: [work("one"), work("two"), work("three", { dependsOn: ["two"] })],
      agent: ({ subtaskId }) => ({ content: subtaskId === "two" ? "CANNOT: the gate is locked" : "It is open." }),
      synthesizer: [say("Half of it.")],
    });
    expect(outcome.code).toBe(3);
    const [missing] = sections(promptOf(synthesizer[0]!), "missing");
    expect(missing?.body).toBe(
      "two (Title of two): failed, agent-failed: the gate is locked\nthree (Title of three): skipped, its input two was not done",
    );
    expect(synthesizer[0]?.systemText).toContain("What was not done stands under missing");
  });

  it("reads results, documents and artifacts before it answers, and all of it is on record", async () => {
    const call = (name: string, args: object) => ({ name, args: { ...args } });
    const { result, synthesizer, lines } = await answerRun({
      documents: { "docs/a.md": "Bees dance.\nHives hum.\n" },
      subtasks: [work("one", { writes: ["log.lines", "notes.json"] }), work("two")],
      agent: ({ subtaskId, turn }) =>
        subtaskId === "one" && turn === 0
          ? { toolCalls: [call("append_artifact", { name: "log.lines", content: "a wasp" })] }
          : { content: `Result of ${subtaskId}.` },
      synthesizer: [
        () => ({
          toolCalls: [
            call("read_result", { subtask: "two" }),
            call("read_document", { path: "docs/a.md" }),
            call("read_artifact", { name: "log.lines" }),
            call("write_artifact", { name: "log.lines", content: "x" }),
          ],
        }),
        say('"Hives hum." [docs/a.md:2]'),
      ],
    });
    expect(synthesizer[0]?.tools.map(({ function: { name } }) => name)).toEqual([
      "read_result",
      "read_document",
      "read_artifact",
    ]);
    expect(sections(promptOf(synthesizer[0]!), "artifact")[0]).toMatchObject({
      attributes: { name: "log.lines" },
      body: "a wasp",
    });
    const told = synthesizer[1]!.messages.filter(({ role }) => role === "tool").map(({ content }) => String(content));
    expect(told[0]).toBe("Result of two.");
    expect(told[1]).toContain("2: Hives hum.");
    expect(told[2]).toContain("a wasp");
    expect(told[3]).toContain('You have no tool "write_artifact"');
    expect(result.answer).toContain('"Hives hum." [docs/a.md:2]');
    const calls = lines.filter(({ kind, subtask }) => kind === "tool-call" && subtask === undefined);
    expect(calls.map(({ data }) => data["outcome"])).toEqual(["ok", "ok", "ok", "unknown-tool"]);
    expect(result.answer).toContain("Artifacts, in the run's folder:\n- artifacts/log.lines");
  });

  it("that reads without end is told to answer, and then asked without tools", async () => {
    const reading = () => ({ toolCalls: [{ name: "read_result", args: { subtask: "one" } }] });
    const { result, synthesizer } = await answerRun({
      documents: { "docs/a.md": "Bees dance.\n" },
      subtasks: [work("one"), work("two")],
      agent: ({ subtaskId }) => ({ content: `Result of ${subtaskId}.` }),
      synthesizer: [...Array<typeof reading>(9).fill(reading), say("At last.")],
    });
    expect(promptOf(synthesizer[8]!)).toContain("You have read enough");
    expect(synthesizer[9]).toMatchObject({ tools: [] });
    expect(synthesizer[9]?.messages).toHaveLength(2);
    expect(result.answer).toMatch(/^At last\./);
  });

  it("does not read where the steps left are needed for the answer", async () => {
    const { synthesizer, result } = await answerRun({
      documents: { "docs/a.md": "Bees dance.\n" },
      subtasks: [work("one"), work("two")],
      agent: ({ subtaskId }) => ({ content: `Result of ${subtaskId}.` }),
      synthesizer: [say("Both.")],
      flags: ["--max-steps", "4"],
    });
    expect(synthesizer[0]).toMatchObject({ tools: [] });
    expect(synthesizer[0]?.systemText).not.toContain("read_result");
    expect(result.answer).toMatch(/^Both\./);
  });

  it("has no tool to read by where it is shown all that there is", async () => {
    const { synthesizer } = await answerRun({
      subtasks: [work("one", { writes: ["log.lines"] }), work("two")],
      agent: ({ subtaskId, turn }) =>
        subtaskId === "one" && turn === 0
          ? { toolCalls: [{ name: "append_artifact", args: { name: "log.lines", content: "a wasp" } }] }
          : { content: `Result of ${subtaskId}.` },
      synthesizer: [say("Both.")],
    });
    expect(synthesizer[0]).toMatchObject({ tools: [] });
    expect(synthesizer[0]?.systemText).not.toContain("read_result");
  });

  it("is heard without what it has thought, braces and all", async () => {
    const { result, synthesizer } = await answerRun({
      subtasks: [work("one"), work("two", { expects: { type: "object", required: ["n"] } })],
      agent: ({ subtaskId }) => ({
        content:
          subtaskId === "one" ? '<think>{"a": [1}</think>One.' : '<think>{"n": 0} or {"n": 1}?</think>\n{"n": 2}',
      }),
      synthesizer: [say('<think>\n{"answer": "no"} CANNOT: {\n</think>\n\nIt is **two**.')],
    });
    expect(result.subtasks.map(({ output }) => output)).toEqual(["One.", '{"n":2}']);
    expect(promptOf(synthesizer[0]!)).not.toContain("think");
    expect(result.answer).toMatch(/^It is \*\*two\*\*\.\n\n---\n/);
  });
});

describe("no synthesizer is asked", () => {
  it("where there is one subtask: its result is the answer", async () => {
    const { result, synthesizer } = await answerRun({ subtasks: [work("one")], agent: say("It is **blue**.") });
    expect(result.answer).toBe("It is **blue**.\n\n---\nCoverage: 1 of 1 done.\n");
    expect(result).toMatchObject({ status: "complete", answeredBy: "model", usage: { modelCalls: 1 } });
    expect(synthesizer).toEqual([]);
  });

  it("where the one result is JSON: it is shown as a block of code", async () => {
    const { result } = await answerRun({
      subtasks: [work("one", { expects: { type: "object" } })],
      agent: say('```json\n{ "n": 2 }\n```'),
    });
    expect(result.answer).toMatch(/^```json\n\{"n":2\}\n```\n\n---\n/);
  });

  const guide = "# Guide\n\nTurn it on.\n\nTurn it off.\n";
  const writing = (name: string) => ({ toolCalls: [{ name: "write_artifact", args: { name, content: guide } }] });

  it("where one text was made: a guide that agents built is the answer", async () => {
    const { result, synthesizer } = await answerRun({
      task: "Write a guide.",
      subtasks: [
        work("write", { writes: ["guide.md", "index.json"] }),
        work("review", { dependsOn: ["write"], reads: ["guide.md"] }),
      ],
      agent: ({ subtaskId, turn }) =>
        subtaskId === "write" && turn === 0 ? writing("guide.md") : { content: `I have done ${subtaskId}.` },
    });
    expect(result.answer).toBe(
      `${guide.trim()}\n\n---\nCoverage: 2 of 2 done.\n\nArtifacts, in the run's folder:\n- artifacts/guide.md\n`,
    );
    expect(synthesizer).toEqual([]);
  });

  it("where the plan names the artifact that is the answer, among several", async () => {
    const { result } = await answerRun({
      subtasks: [work("write", { writes: ["guide.md", "notes.md"] }), work("other")],
      plan: { answer: "guide.md" },
      agent: ({ subtaskId, turn }) => {
        if (subtaskId !== "write" || turn > 1) return { content: "Done." };
        return writing(turn === 0 ? "notes.md" : "guide.md");
      },
    });
    expect(result.answer).toMatch(/^# Guide\n/);
  });

  it("but it is where something was found beside the one text, by whom had nothing to do with it", async () => {
    const { result } = await answerRun({
      subtasks: [work("write", { writes: ["guide.md"] }), work("look")],
      agent: ({ subtaskId, turn }) =>
        subtaskId === "write" && turn === 0 ? writing("guide.md") : { content: `Result of ${subtaskId}.` },
      synthesizer: [(call) => ({ content: promptOf(call).includes("Result of look.") ? "Both." : "Half." })],
    });
    expect(result.answer).toMatch(/^Both\./);
  });

  it("but it is where several texts were made and none is named", async () => {
    const { result } = await answerRun({
      subtasks: [work("write", { writes: ["guide.md", "notes.md"] }), work("other")],
      agent: ({ subtaskId, turn }) => {
        if (subtaskId !== "write" || turn > 1) return { content: "Done." };
        return writing(turn === 0 ? "notes.md" : "guide.md");
      },
      synthesizer: [say("There are two texts.")],
    });
    expect(result.answer).toMatch(/^There are two texts\./);
  });
});

describe("a task about each of many items", () => {
  const items = Array.from({ length: 92 }, (_, index) => `Town ${index + 1}`);
  const few = items.slice(0, 14);
  const row = (item: string): string => `| ${item} | ${item.length} |`;
  const table = (some: readonly string[]): string =>
    ["| Town | Letters |", "| --- | --- |", ...some.map(row)].join("\n");
  const eachOf = (some: readonly string[]) => ({
    task: "How long is the name of each town?",
    subtasks: [work("town", { forEach: some, instructions: "Count {{item}}." })],
    agent: ({ subtaskId }: { subtaskId: string | null }) => ({ content: `The name of ${subtaskId} is counted.` }),
  });
  const rowsOf = (answer: string): Set<string> =>
    new Set([...answer.matchAll(/^(?:\| |- \*\*)(Town \d+)\b/gm)].map(([, item = ""]) => item));

  it("has a row for each of them, those that were left out asked for once", async () => {
    const { result, synthesizer, lines } = await answerRun({
      ...eachOf(items),
      synthesizer: [say(table(items.slice(0, 80))), say(table(items.slice(80)))],
    });
    expect(promptOf(synthesizer[1]!)).toMatch(/It has no row for these 12 items:\n- Town 81\n[^]*- Town 92\n/);
    expect(rowsOf(result.answer)).toEqual(new Set(items));
    expect(result.answer.match(/\| Town \| Letters \|/g)).toHaveLength(1);
    expect(result.answer).not.toContain("not in the written answer");
    const recoveries = lines.filter(({ kind, data }) => kind === "recovery" && data["purpose"] === "synthesize");
    expect(recoveries.map(({ data }) => data["rule"])).toEqual(["invalid-output[0] repair 1/2"]);
  });

  it("takes what is still missing from the results, and says so", async () => {
    const { result } = await answerRun({
      ...eachOf(few),
      synthesizer: [say(table(few.slice(0, 8))), say(table(few.slice(8, 12)))],
    });
    expect(rowsOf(result.answer)).toEqual(new Set(few));
    expect(result.answer).toContain(
      "2 of 14 items were not in the written answer, and follow as the agents gave them:\n\n- **Town 13**: The name of town-13 is counted.\n",
    );
  });

  it("is answered in other words where it asks for some of them, or for all together", async () => {
    const { synthesizer } = await answerRun({
      ...eachOf(few),
      task: "Which of the towns has the longest name?",
      synthesizer: [say("Town 14 has.")],
    });
    expect(synthesizer).toHaveLength(1);
  });
});

it("a footer speaks the language of its answer", async () => {
  const { result } = await answerRun({
    documents: { "docs/a.md": "Bees dance.\n" },
    task: "Was tun die Bienen?",
    subtasks: [work("eins"), work("zwei")],
    agent: ({ subtaskId }) => ({ content: subtaskId === "eins" ? "Sie tanzen." : "CANNOT: keine Zeit" }),
    synthesizer: [say("Die Bienen tanzen und sie sind nicht mit anderen im Wald.")],
  });
  expect(result.answer).toMatch(
    /\n---\nAbdeckung: 1 von 2 erledigt, 1 gescheitert\. 0 Belege: [^\n]+\. Was fehlt:\n\n- Title of zwei \(zwei\): gescheitert, agent-failed: keine Zeit\n$/,
  );
});
