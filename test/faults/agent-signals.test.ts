/** What an agent does wrong, each kind through the real command: detected, handled as the policy says, on record, explained. */
import { writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import type { SignalKind } from "../../state/signal.ts";
import type { Behaviour, ModelCall, Reply } from "../support/model-server/index.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { bySubtask, decisionsOf, evidenceOf, laneIn, runToEnd, type Planned } from "./fault-run.ts";

const read = (args: Record<string, unknown> | string): Reply => ({ toolCalls: [{ name: "read_result", args }] });
const told = (call: ModelCall, words: RegExp): boolean => words.test(JSON.stringify(call.messages));
/** Does it wrong at the first turn, and right once it has been told. */
const once =
  (wrong: Reply, words: RegExp, right = "mended"): Behaviour =>
  (call) =>
    told(call, words) ? { content: right } : wrong;

const SCRIPTS: Record<string, Behaviour> = {
  "unknown-tool": once({ toolCalls: [{ name: "launch_rocket", args: {} }] }, /You have no tool/),
  "invalid-arguments": once(read({ subtask: { a: 1 } }), /subtask: expected a text/),
  "not-json": once(read("{not json"), /The arguments do not fit/),
  "missing-call": once({ content: "Let me look.", finishReason: "tool_calls" }, /but has no call/),
  "missing-function-call": once({ content: "Let me look.", finishReason: "function_call" }, /but has no call/),
  "missing-call-without-text": once({ content: "", finishReason: "tool_calls" }, /but has no call/),
  "nameless-call": once({ toolCalls: [{ name: "", args: { subtask: "a" } }] }, /You have no tool/),
  "invalid-output": once({ content: "no JSON at all" }, /was refused/, '{"x": 1}'),
  "check-failed": once({ content: "it is blue" }, /was refused: it does not match/, "it is red"),
  "agent-failed": () => ({ content: "CANNOT: the material is missing" }),
  loop: (call) =>
    told(call, /You are not making progress/) ? { content: "by another way" } : read({ subtask: "same" }),
  "loop-of-two": (call) =>
    told(call, /You are not making progress/)
      ? { content: "by another way" }
      : read({ subtask: call.turn % 2 === 0 ? "a" : "b" }),
  // Calls that differ, answers that were all there before.
  "no-progress": (call) =>
    told(call, /You are not making progress/)
      ? { content: "with what there is" }
      : read({ subtask: "none", from_character: call.turn * 7 }),
  // Busy and getting on: must not be taken for a stall.
  busy: (call) => (call.turn < 12 ? read({ subtask: `x${call.turn}` }) : { content: "got there" }),
  "steps-exceeded": (call) => read({ subtask: `x${call.turn}` }),
  deadline: (call) => ({ ...read({ subtask: `x${call.turn}` }), delayMs: 150 }),
  "deadline-in-a-call": () => ({ hang: true }),
  stubborn: () => ({ content: "no JSON, ever" }),
};
const MORE: Record<string, Partial<Planned>> = {
  "invalid-output": { expects: { type: "object", required: ["x"] } },
  "check-failed": { check: { matches: "\\bred\\b" } },
  stubborn: { expects: { type: "object" } },
  "steps-exceeded": { steps: 3 },
  deadline: { deadlineMs: 400 },
  "deadline-in-a-call": { deadlineMs: 300 },
};

describe("an agent that goes wrong", () => {
  let run: Awaited<ReturnType<typeof runToEnd>>;
  beforeAll(async () => {
    run = await runToEnd({
      subtasks: Object.keys(SCRIPTS).map((id) => ({ id, instructions: `Do ${id}.`, ...MORE[id] })),
      agent: bySubtask(SCRIPTS),
      recovery: { straggler: [] },
      detection: { noProgressSteps: 4 },
    });
  });

  const outcomeOf = (id: string) => run.result.subtasks.find((subtask) => subtask.id === id);

  it.each<[string, SignalKind, string, RegExp, string]>([
    [
      "unknown-tool",
      "unknown-tool",
      "repair",
      /launch_rocket: You have no tool "launch_rocket"\. Your tools: /,
      "mended",
    ],
    [
      "invalid-arguments",
      "invalid-arguments",
      "repair",
      /read_result: The arguments do not fit: subtask: expected a text, got an object. read_result takes subtask/,
      "mended",
    ],
    ["not-json", "invalid-arguments", "repair", /read_result: The arguments do not fit: /, "mended"],
    ["missing-call", "invalid-output", "repair", /ends as if it called a tool, but has no call/, "mended"],
    ["missing-function-call", "invalid-output", "repair", /but has no call/, "mended"],
    ["nameless-call", "unknown-tool", "repair", /You have no tool/, "mended"],
    ["invalid-output", "invalid-output", "repair", /JSON/, '{"x":1}'],
    ["check-failed", "check-failed", "repair", /it does not match \/\\bred\\b\//, "it is red"],
    ["loop", "loop", "repair", /read_result: the same calls with the same answers 3 times/, "by another way"],
    [
      "loop-of-two",
      "loop",
      "repair",
      /read_result → read_result: the same cycle of 2 steps .* 3 times/,
      "by another way",
    ],
    ["no-progress", "no-progress", "repair", /4 steps in a row brought no answer/, "with what there is"],
  ])(
    "%s: a signal %s; the model is told, and goes on in the same conversation",
    (id, kind, ...[rule, evidence, output]) => {
      expect(evidenceOf(run.lines, id, kind)).toMatch(evidence);
      expect(decisionsOf(run.lines, id)).toEqual([
        expect.stringMatching(new RegExp(`^${kind}\\[0\\] ${rule} 1/\\d+ → repair$`)),
      ]);
      expect(outcomeOf(id)).toMatchObject({ outcome: "done", attempts: 1, output });
      expect(laneIn(run.shown, id)).toMatch(new RegExp(`signal ${kind}: .+\\n.*policy: ${kind}\\[0\\] ${rule} 1/\\d+`));
    },
  );

  it("invalid-output that no repair mends: another agent, then invalid, with the reason", () => {
    expect(decisionsOf(run.lines, "stubborn")).toEqual([
      "invalid-output[0] repair 1/2 → repair",
      "invalid-output[0] repair 2/2 → repair",
      "invalid-output[1] reassign 1/1 → reassign",
      "invalid-output give-up → give-up",
    ]);
    expect(outcomeOf("stubborn")).toMatchObject({ outcome: "invalid", attempts: 2, output: "" });
  });

  it.each<[string, SignalKind, string, RegExp]>([
    ["agent-failed", "agent-failed", "failed", /^the material is missing$/],
    ["steps-exceeded", "steps-exceeded", "budget", /^no result within 3 steps$/],
    ["deadline", "deadline", "stalled", /^the subtask's time is over$/],
    ["deadline-in-a-call", "deadline", "stalled", /^the subtask's time is over$/],
  ])("%s: a signal %s ends the lane as the policy says", (id, kind, outcome, evidence) => {
    expect(evidenceOf(run.lines, id, kind)).toMatch(evidence);
    expect(decisionsOf(run.lines, id)).toEqual([`${kind} give-up → give-up`]);
    expect(outcomeOf(id)).toMatchObject({ outcome, output: "" });
    expect(laneIn(run.shown, id)).toMatch(
      new RegExp(`signal ${kind}: .+\\n.*policy: given up \\(${kind}: no rule is left\\)`),
    );
  });

  it("takes nobody for stalled who brings something new at each step", () => {
    expect(decisionsOf(run.lines, "busy")).toEqual([]);
    expect(outcomeOf("busy")).toMatchObject({ outcome: "done", steps: 13, output: "got there" });
  });

  it("says in the answer what is missing, and why", () => {
    expect(run.outcome.code).toBe(3);
    for (const id of ["agent-failed", "steps-exceeded", "deadline", "stubborn"])
      expect(run.result.answer).toContain(`(${id}): `);
    expect(run.stats.unexpected).toEqual([]);
  });
});

describe("a tool that fails", () => {
  it("tool-error: the model is told what the tool said, and the policy counts how often", async () => {
    const docs = temporaryFolder();
    writeFileSync(`${docs}/bees.md`, "# Bees\n\nBees dance to tell where the flowers are.\n");
    let spoil: (() => void) | undefined;
    const run = await runToEnd({
      subtasks: [{ id: "search", instructions: "Find what bees do.", agent: "researcher" }],
      agent: (call) => {
        if (told(call, /The tool failed/)) return { content: "without the search" };
        spoil?.();
        return { toolCalls: [{ name: "search_documents", args: { query: "bees dance" } }] };
      },
      flags: ["--docs", docs],
      onHome: (home) => {
        // The index of a run is a file: one that is overwritten while the run works fails whoever searches.
        spoil = () => writeFileSync(`${home}/runs/r/documents.sqlite`, "no database ".repeat(20_000));
      },
    });
    expect(evidenceOf(run.lines, "search", "tool-error")).toMatch(/^search_documents: The tool failed: /);
    expect(decisionsOf(run.lines, "search")).toEqual([
      expect.stringMatching(/^tool-error\[0\] repair 1\/\d+ → repair$/),
    ]);
    expect(run.result.subtasks[0]).toMatchObject({ outcome: "done", output: "without the search" });
    expect(laneIn(run.shown, "search")).toMatch(/signal tool-error: .+\n.*policy: tool-error\[0\] repair 1\/\d+/);
  });
});
