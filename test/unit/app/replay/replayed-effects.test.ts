/** A run that is run again is told what its record has, each thing at its place; the numbers are those of `replayed-effects.ts`. */
import { describe, expect, it } from "vitest";
import { memoryContents } from "../../../../adapters/storage/content-store.ts";
import { ReplayedEffects } from "../../../../app/replay/replayed-effects.ts";
import type { DataOf, JournalEntry, JournalKind, Place } from "../../../../engine/journal/events.ts";
import { Recording } from "../../../../engine/policy/replay/recording.ts";
import type { Called, Verdict } from "../../../../engine/runtime/run/effects.ts";
import type { HumanRequest } from "../../../../state/review.ts";
import { chainOf, entryOf } from "../../../support/journal-lines.ts";

const contents = memoryContents();
const never = (): never => expect.fail("what is on record was found out again");

const kept = (value: unknown): string => contents.add(JSON.stringify(value));
const line = <Kind extends JournalKind>(kind: Kind, data: Partial<DataOf<Kind>>, place: Place = {}): JournalEntry =>
  entryOf(kind, data, place);

function told(...entries: JournalEntry[]): ReplayedEffects {
  return new ReplayedEffects(
    new Recording(contents, chainOf([line("run-start", {}), ...entries, line("run-end", {})])),
  );
}

const A1 = { subtask: "a", attempt: 1 };
const STEP = { ...A1, turn: 1 };
const request: HumanRequest = { kind: "task", subtask: "a", action_requests: [], review_configs: [] };

describe("what the world said (1)", () => {
  it("a person's answer comes as it was given, with who gave it", () => {
    const effects = told(
      line("resume", { key: "resume/task/x", answer: kept("approve") }),
      line("resume", { key: "resume/task/y", answer: kept("reject"), by: "default" }),
    );
    expect(effects.answer("task/x", request)).toEqual({ given: "approve", by: "human" });
    expect(effects.answer("task/y", request)).toEqual({ given: "reject", by: "default" });
  });

  it("an answer that does not do any more is a difference, and no question", () => {
    const effects = told(line("resume", { key: "resume/task/x", answer: kept("approve") }));
    expect(() => effects.answer("task/x", { ...request, problem: "give an output" })).toThrow(
      expect.objectContaining({ code: "REPLAY_DIFFERS", message: expect.stringContaining("give an output") }),
    );
  });

  it("of a check by command what was said of these versions, though nobody could say", async () => {
    const key = "check/slow/out.md@1";
    const said: Verdict = { verdict: "unknown", evidence: "it did not end", writes: [] };
    const effects = told(
      line("check", { ...said, check: "slow", by: "command", key: `${key}/unknown/${said.evidence}` }),
    );
    expect(await effects.command(key, never)).toMatchObject(said);
    const other: Verdict = { verdict: "holds", evidence: "", writes: [] };
    expect(await effects.command("check/slow/out.md@2", () => Promise.resolve(other))).toBe(other);
  });

  it("a tool's answer whatever it would answer now", async () => {
    const call: Called = { id: "c1", name: "look_up", args: { b: 1, a: 2 } };
    const then = { tool: "look_up", call: "c1", turn: 1, outcome: "tool-error" } as const;
    const effects = told(
      line("tool-call", { ...then, args: { a: 2, b: 1 }, answer: contents.add("no such thing") }, A1),
    );
    expect(await effects.tool(STEP, call, never)).toEqual({
      ...{ outcome: "tool-error", whole: "no such thing", redacted: {} },
    });
    await expect(effects.tool(STEP, { ...call, args: { a: 3 } }, never)).rejects.toThrow("is another");
    await expect(effects.tool(STEP, { ...call, id: "c2" }, never)).rejects.toThrow("and was not then");
  });
});

describe("what hung on time or on the order among lanes (2)", () => {
  it("an attempt goes to whom it went, also to nobody; of another nothing is told", () => {
    const effects = told(
      line("route", { agent: "b" }, A1),
      line("route", { agent: null, rule: "no agent fits" }, { ...A1, attempt: 2 }),
    );
    const decided = { agent: "z", rule: "best score", candidates: [], rejected: [] };
    expect(effects.route(A1, never)).toMatchObject({ agent: "b" });
    expect(effects.route({ ...A1, attempt: 2 }, never)).toMatchObject({ agent: null, rule: "no agent fits" });
    expect(effects.route({ ...A1, attempt: 3 }, () => decided)).toBe(decided);
  });

  it("an attempt that never began ends as it did, and one that began waits for what it waited for", async () => {
    const end = { agent: "a", outcome: "budget", cause: "too little is left", steps: 0 } as const;
    const effects = told(
      line("attempt-end", end, A1),
      line("attempt-start", { agent: "a" }, { subtask: "b", attempt: 1 }),
      line("attempt-end", end, { subtask: "b", attempt: 1 }),
    );
    expect(await effects.entry(A1, never)).toEqual({ kind: "ended", outcome: "budget", cause: "too little is left" });
    expect(await effects.entry({ subtask: "b", attempt: 1 }, () => Promise.resolve("waited"))).toBe("waited");
  });

  it("no budget refuses, and the answer tells of as many denied questions as then", async () => {
    const denied = line("resume", { key: "resume/task/x", answer: kept("reject"), by: "default" });
    const effects = told(denied, line("resume", { kind: "answer", key: "resume/answer/1", by: "default" }));
    expect(await effects.refusal()).toBeUndefined();
    expect(effects.stepsLeft("add")).toBe(Infinity);
    expect(effects.stepsLeft("read")).toBe(0);
    expect(effects.account()).toEqual({ denied: 1, changedDocuments: undefined });
  });
});

it("what is done again is held against the record: the answer of a tool for artifacts (3)", async () => {
  const call: Called = { id: "c1", name: "read_artifact", args: {} };
  const effects = told(
    line("tool-call", { tool: "read_artifact", call: "c1", turn: 1, answer: contents.add("then") }, A1),
  );
  const answer = (whole: string) => () => Promise.resolve({ outcome: "ok" as const, whole, redacted: {} });
  expect(await effects.tool(STEP, call, answer("then"))).toMatchObject({ whole: "then" });
  await expect(effects.tool(STEP, call, answer("than"))).rejects.toThrow("answers something else, at character 3");
});
