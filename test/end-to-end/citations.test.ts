/** Citations that hold: checked where they are born, mended once, marked where they do not hold. Through the command line, with scripted models. */
import { describe, expect, it } from "vitest";
import { answerRun, promptOf } from "../support/answer-run.ts";

const PUMP = "# The pump\n\nThe pump was installed in 2019 by Erik Larsen.\nIt weighs 30 kg.\n";
const documents = { "docs/pump.md": PUMP, "docs/valve.md": "A valve closes the pipe.\n" };
const one = (more: object = {}) => [{ id: "one", title: "Look", instructions: "Look.", ...more }];
const two = [...one(), { id: "two", title: "Look too", instructions: "Look too." }];
const say = (content: string) => () => ({ content });
const GOOD = '"It weighs 30 kg." [docs/pump.md:4]';
const MARK = "(not verified)";

describe("a broken citation in a result", () => {
  it("goes back to its lane once, with the line as it really reads", async () => {
    const { result, agents, lines } = await answerRun({
      documents,
      subtasks: one(),
      agent: ({ turn }) => ({ content: turn === 0 ? 'It is heavy: "It weighs 30 kg." [docs/pump.md:3]' : GOOD }),
    });
    expect(agents).toHaveLength(2);
    expect(promptOf(agents[1]!)).toContain(
      'Your result was refused: 1 citation does not hold: "It weighs 30 kg." [docs/pump.md:3]: line 3 reads "The pump was installed in 2019 by Erik Larsen."; the quoted words stand in line 4.',
    );
    expect(result).toMatchObject({ status: "complete", citations: { total: 1, verified: 1, broken: [] } });
    expect(result.answer).toBe(`${GOOD}\n\n---\nCoverage: 1 of 1 done.\n`);
    const rules = lines.filter(({ kind }) => kind === "recovery").map(({ data }) => data["rule"]);
    expect(rules).toEqual(["broken-citation[0] repair 1/1"]);
  });

  it("stays a result where it is not mended, marked in the answer and counted", async () => {
    const { result, agents, lines } = await answerRun({
      documents,
      subtasks: one(),
      agent: say(`It says "nothing" [docs/pump.md:4], and ${GOOD}.`),
    });
    expect(agents).toHaveLength(2);
    expect(result).toMatchObject({
      status: "complete",
      coverage: { done: 1 },
      citations: { total: 2, verified: 1, broken: [{ place: "docs/pump.md:4", quote: "nothing" }] },
    });
    expect(result.answer).toBe(
      `It says "nothing" [docs/pump.md:4] ${MARK}, and ${GOOD}.\n\n---\nCoverage: 1 of 1 done. Citations: 1 of 2 verified.\n`,
    );
    const rules = lines.filter(({ kind }) => kind === "recovery").map(({ data }) => data["rule"]);
    expect(rules).toEqual(["broken-citation[0] repair 1/1", "broken-citation give-up"]);
  });

  it.each([
    ["no step of the run is left for it", ["--max-steps", "2"], {}, () => ({ content: "late" })],
    ["the provider fails over it", [], {}, () => ({ status: 400 })],
    [
      "what comes instead is no result",
      [],
      { expects: { type: "object" }, recovery: { "invalid-output": [] } },
      say("Sorry."),
    ],
  ])("costs no result where %s", async (_, flags, more, later) => {
    const isJson = "expects" in more;
    const { result } = await answerRun({
      documents,
      // One step stays back for the answer.
      subtasks: one(more),
      agent: ({ turn }) => {
        if (turn > 0) return later();
        return { content: isJson ? '{"says":"\\"nothing\\" [docs/pump.md:4]"}' : '"nothing" [docs/pump.md:4]' };
      },
      flags,
    });
    expect(result.subtasks[0]).toMatchObject({ outcome: "done", cause: null });
    expect(result.subtasks[0]?.output).toContain("[docs/pump.md:4]");
  });

  it("is one in the strings of JSON too, and of an artifact that the lane has written, not of what others wrote there", async () => {
    const { agents, result } = await answerRun({
      documents,
      subtasks: [
        ...one({ writes: ["notes.md", "other.md"] }),
        {
          id: "two",
          title: "Add",
          instructions: "Add.",
          dependsOn: ["one"],
          reads: ["notes.md"],
          writes: ["notes.md"],
          expects: { type: "object" },
        },
      ],
      agent: ({ subtaskId, turn }) => {
        const write = (name: string, args: object) => ({ toolCalls: [{ name, args: { name: "notes.md", ...args } }] });
        if (subtaskId === "one" && turn === 0)
          return write("write_artifact", { content: '- "nothing" [docs/pump.md:4]\n' });
        if (subtaskId === "two" && turn === 0) return write("append_artifact", { content: `- ${GOOD}\n` });
        if (subtaskId === "two")
          return {
            content:
              turn === 1
                ? '{"source":"\\"a pipe\\" [docs/valve.md:1]"}'
                : '{"source":"\\"the pipe\\" [docs/valve.md:1]"}',
          };
        return { content: "Noted." };
      },
      synthesizer: [say("It is noted.")],
    });
    const lane = (id: string) => agents.filter(({ subtaskId }) => subtaskId === id);
    expect(promptOf(lane("one").at(-1)!)).toContain("in artifact notes.md, 1 citation does not hold");
    expect(lane("one")).toHaveLength(3);
    const told = promptOf(lane("two").at(-1)!);
    expect(told).toContain(
      '1 citation does not hold: "a pipe" [docs/valve.md:1]: line 1 reads "A valve closes the pipe."',
    );
    expect(told).not.toContain("notes.md, 1 citation");
    expect(lane("two")).toHaveLength(3);
    expect(result.citations.artifacts).toEqual([
      {
        ...{ name: "notes.md", total: 2, verified: 1, unsupported: [] },
        broken: [{ place: "docs/pump.md:4", quote: "nothing" }],
      },
    ]);
  });
});

describe("the synthesizer", () => {
  it("may mend its own citations once", async () => {
    const { result, synthesizer } = await answerRun({
      documents,
      subtasks: two,
      agent: say(GOOD),
      synthesizer: [
        say('The pump weighs "30 tonnes" [docs/pump.md:4].'),
        say('The pump weighs "30 kg" [docs/pump.md:4].'),
      ],
    });
    expect(promptOf(synthesizer[1]!)).toContain('"30 tonnes" [docs/pump.md:4]: line 4 reads "It weighs 30 kg."');
    expect(result.answer).toMatch(/^The pump weighs "30 kg" \[docs\/pump\.md:4\]\.\n/);
    expect(result.citations).toMatchObject({ total: 1, verified: 1 });
  });

  it.each([
    ["loses half of it", say("Sorry.")],
    ["is no better", say('Long ago it was said "nothing", and "never" [docs/pump.md:4], of any pump.')],
    ["does not come", () => ({ status: 400 })],
  ])("keeps what it has written where the mended answer %s", async (_, later) => {
    const first = 'Long ago it was said "nothing" [docs/pump.md:4] of any pump.';
    const { result } = await answerRun({
      documents,
      subtasks: two,
      agent: say(GOOD),
      synthesizer: [say(first), later],
    });
    expect(result.answer).toContain(`"nothing" [docs/pump.md:4] ${MARK} of any pump.`);
  });
});

describe("what a citation is there for", () => {
  it("is marked where its figures and names do not stand in the cited place, and not dropped", async () => {
    const { result, agents } = await answerRun({
      documents,
      subtasks: one(),
      agent: say(`It was installed in 2021 by Maria Jensen [docs/pump.md:3]. It weighs 30 kg [docs/pump.md:4].`),
    });
    expect(agents).toHaveLength(1);
    expect(result.answer).toBe(
      "It was installed in 2021 by Maria Jensen [docs/pump.md:3] (not in the cited place: 2021, Maria Jensen). It weighs 30 kg [docs/pump.md:4].\n\n" +
        "---\nCoverage: 1 of 1 done. Citations: 2 of 2 verified, 1 without a figure or name that is claimed.\n",
    );
    expect(result.citations).toMatchObject({
      ...{ total: 2, verified: 2, broken: [] },
      unsupported: [{ place: "docs/pump.md:3", quote: "", missing: ["2021", "Maria Jensen"] }],
    });
  });

  it("is said to be nothing where documents were given and none is cited", async () => {
    const { result, outcome } = await answerRun({ documents, subtasks: one(), agent: say("It is heavy.") });
    expect(result.answer).toContain("0 citations: nothing in this answer was held against the documents.");
    expect(result.citations.total).toBe(0);
    expect(outcome.code).toBe(0);
  });

  it("is found by a path below the folder that was named", async () => {
    const { result } = await answerRun({ documents, subtasks: one(), agent: say('"It weighs 30 kg." [pump.md:4]') });
    expect(result.citations).toMatchObject({ total: 1, verified: 1 });
  });
});
