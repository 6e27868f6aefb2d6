/** `glasshive fork`: what stands on the named subtask runs anew, all else comes from the recording, and the source stays as it was. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { PlanFileInput } from "../../state/plan.ts";
import { checkInvariants } from "../support/invariants.ts";
import { layeredPlan } from "../support/layered-plan.ts";
import {
  byRole,
  synthesizerAnswer,
  toolCallsThenAnswer,
  type Behaviour,
  type ModelCall,
  type Reply,
} from "../support/model-server/index.ts";
import { readJournalFile } from "../support/read-journal.ts";
import { commandHere, resultOf } from "../support/run-command.ts";
import { serve } from "../support/serve.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const CALLS = 2;

/** A subtask and all that is downstream of it, by the plan alone. */
function downstream({ subtasks }: PlanFileInput, from: readonly string[]): string[] {
  const found = new Set(from);
  for (const { id, dependsOn = [] } of subtasks) if (dependsOn.some((input) => found.has(input))) found.add(id);
  return subtasks.map(({ id }) => id).filter((id) => found.has(id));
}

/** Of every file of a run but its lock. */
function digestOf(home: string, runId: string): string {
  const hash = createHash("sha256");
  const folder = join(home, "runs", runId);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }).toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  ))
    if (entry.isFile() && !entry.name.startsWith("lock"))
      hash.update(entry.name).update(readFileSync(join(entry.parentPath, entry.name)));
  return hash.digest("hex");
}

interface Recording {
  answerBytes?: number;
  /** Of the run; default: it is complete. */
  flags?: string[];
  code?: number;
  /** What agents are answered in place of their usual words; undefined: those. */
  instead?: (call: ModelCall) => Reply | undefined;
}

/** A home in which the plan was run as `r`, against a server that counts. */
async function recorded(plan: PlanFileInput, { answerBytes = 0, flags = [], code = 0, instead }: Recording = {}) {
  const usual = toolCallsThenAnswer({ toolCalls: CALLS - 1, args: { subtask: "s1" }, answerBytes });
  const agent: Behaviour = (call) => instead?.(call) ?? usual(call);
  const server = await serve(byRole({ agent, synthesizer: synthesizerAnswer() }), { keepBodies: true });
  const home = temporaryFolder();
  writeFileSync(join(home, "plan.json"), JSON.stringify(plan));
  const place = ["--home", home, "--json"];
  const glasshive = (...args: string[]) => commandHere([...args, ...place], { cwd: home });
  const named = ["--model", "m", "--base-url", server.url, "--id", "r"];
  const run = await glasshive("run", "--plan", "plan.json", ...named, ...flags);
  expect(run.code).toBe(code);
  server.reset();
  return { home, server, glasshive, source: resultOf(run) };
}

describe("a fork of 30 subtasks in five layers", () => {
  const plan = layeredPlan({ subtasks: 30, layers: 5, fanIn: 3, seed: 3, steps: CALLS });
  const [at] = ["s15"];
  const anew = downstream(plan, [at]);

  it("makes exactly the calls of the subtask, of what is downstream of it and of the synthesizer", async () => {
    const { home, server, glasshive, source } = await recorded(plan, { answerBytes: 6000 });
    const before = digestOf(home, "r");
    const outcome = await glasshive("fork", "r", "--at", at, "--instructions", "Work on it otherwise.", "--id", "f");
    expect(outcome.code).toBe(0);
    const { subtasks, callsByRole } = server.stats();
    expect(Object.keys(subtasks).toSorted()).toEqual(anew.toSorted());
    expect(callsByRole).toEqual({ agent: anew.length * CALLS, synthesizer: 1 });
    const result = resultOf(outcome);
    expect(result).toMatchObject({
      status: "complete",
      coverage: { total: 30, done: 30 },
      parent: { runId: "r", journalHead: source.journalHead, at: [at] },
      usage: { steps: anew.length * CALLS + 1 },
    });
    const ran = result.subtasks.filter(({ kept }) => kept !== true).map(({ id }) => id);
    expect(ran.toSorted()).toEqual(anew.toSorted());
    const outputs = new Map(source.subtasks.map(({ id, output }) => [id, output]));
    const kept = result.subtasks.filter((subtask) => subtask.kept === true);
    expect(kept.map(({ output }) => output)).toEqual(kept.map(({ id }) => outputs.get(id)));
    expect((JSON.parse(outcome.stdout) as { diff: object }).diff).toMatchObject({
      source: "r",
      fork: "f",
      kept: 30 - anew.length,
      anew: expect.arrayContaining(anew),
    });
    expect(digestOf(home, "r"), "the source is what it was").toBe(before);
    await checkInvariants(home, "f");
    expect(readJournalFile(home, "f")[0]?.data).toMatchObject({ parent: { runId: "r", at: [at] } });
    const asked = server.bodies().filter((body) => body.includes("Work on it otherwise."));
    expect(asked).toHaveLength(CALLS);
  }, 60_000);
});

const SMALL: PlanFileInput = {
  task: "Explain the layers",
  subtasks: [
    { id: "a", instructions: "Do a." },
    { id: "b", instructions: "Do b.", dependsOn: ["a"] },
    { id: "c", instructions: "Do c.", dependsOn: ["b"] },
    { id: "d", instructions: "Do d." },
  ],
};

/** Of a fork of `r`: its result, and what its agents were asked, after those of `anew` alone were called, and the synthesizer. */
async function forked(
  { home, server, glasshive }: Awaited<ReturnType<typeof recorded>>,
  { anew, calls = anew.length * CALLS, code = 0 }: { anew: string[]; calls?: number; code?: number },
  ...args: string[]
) {
  const outcome = await glasshive("fork", "r", "--id", "f", ...args);
  expect(outcome.code).toBe(code);
  const { subtasks, callsByRole } = server.stats();
  expect(Object.keys(subtasks).toSorted()).toEqual(anew);
  expect(callsByRole).toEqual({ agent: calls, synthesizer: 1 });
  const result = resultOf(outcome);
  const { journalHead } = result.parent ?? {};
  expect(result.parent?.runId).toBe("r");
  expect(readJournalFile(home, "r").at(-1)?.hash).toBe(journalHead);
  expect(result.subtasks.flatMap(({ id, kept }) => (kept === true ? [] : [id])).toSorted()).toEqual(anew);
  await checkInvariants(home, "f");
  const { diff } = JSON.parse(outcome.stdout) as { diff: Record<string, unknown> };
  return { result, asked: server.bodies(), diff };
}

describe("a fork calls for what is different, and for what stands on that", () => {
  it("by other instructions of a subtask", async () => {
    const run = await recorded(SMALL);
    const { asked } = await forked(run, { anew: ["b", "c"] }, "--at", "b", "--instructions", "Do it otherwise.");
    expect(asked.filter((body) => body.includes("Do it otherwise.")).length).toBe(CALLS);
    expect(asked.filter((body) => body.includes("Do b.")).length).toBe(0);
  });

  it("by another model, which the source does not get", async () => {
    const run = await recorded(SMALL);
    const { result } = await forked(run, { anew: ["b", "c"] }, "--at", "b", "--model", "bigger");
    expect(result.model).toBe("bigger");
    expect(run.server.bodies().filter((body) => !body.includes('"model":"bigger"'))).toEqual([]);
    expect(resultOf(await run.glasshive("resume", "r")).model).toBe("m");
  });

  it("by another agent", async () => {
    const run = await recorded(SMALL);
    const before = run.source.subtasks.find(({ id }) => id === "c")?.agent;
    const other = ["researcher", "analyst"].find((name) => name !== before) ?? "";
    const { result, diff } = await forked(run, { anew: ["c"] }, "--at", "c", "--agent", other);
    expect(result.subtasks.find(({ id }) => id === "c")?.agent).toBe(other);
    expect(diff["routes"]).toEqual([
      { subtask: "c", source: expect.stringContaining(before ?? "") as string, fork: `${other} (pinned by the plan)` },
    ]);
  });

  it("by another policy, which holds for what runs anew", async () => {
    let isDown = false;
    const instead: Recording["instead"] = ({ subtaskId, seen }) =>
      isDown && subtaskId === "c" && seen === 0 ? { status: 500, body: { error: { message: "down" } } } : undefined;
    const run = await recorded(SMALL, { instead });
    isDown = true;
    writeFileSync(join(run.home, "policy.json"), JSON.stringify({ recovery: { server: [{ do: "give-up" }] } }));
    const given = { anew: ["c"], calls: 1, code: 3 };
    const { result, diff } = await forked(run, given, "--at", "c", "--policy", "policy.json");
    expect(result.subtasks.find(({ id }) => id === "c")).toMatchObject({ outcome: "infra", attempts: 1 });
    expect(diff["outcomes"]).toEqual([{ subtask: "c", source: "done", fork: "infra" }]);
    expect(readJournalFile(run.home, "f").filter(({ kind }) => kind === "recovery")).toHaveLength(1);
  });

  it("by another plan, of which it keeps what is the same, and runs what is named as well", async () => {
    const run = await recorded(SMALL);
    const added = { id: "e", instructions: "Do e.", dependsOn: ["a"] };
    const [a, b, c] = SMALL.subtasks;
    writeFileSync(join(run.home, "other.json"), JSON.stringify({ ...SMALL, subtasks: [a, b, c, added] }));
    const { result } = await forked(run, { anew: ["c", "e"] }, "--plan", "other.json", "--at", "c");
    expect(result.subtasks.map(({ id }) => id).toSorted()).toEqual(["a", "b", "c", "e"]);
    expect(result.coverage).toMatchObject({ total: 4, done: 4 });
  });

  it("of a source that waits for a person, and of one that a cap has ended", async () => {
    const waiting = await recorded(SMALL, { flags: ["--approve", "answer"], code: 4 });
    const asked = await waiting.glasshive("fork", "r", "--at", "c", "--id", "f");
    expect(asked.code).toBe(4);
    expect(waiting.server.stats().subtasks).toMatchObject({ c: { calls: CALLS } });
    const answered = resultOf(await waiting.glasshive("resume", "f", "--answer", "approve"));
    expect(answered).toMatchObject({ status: "complete", parent: { runId: "r", at: ["c"] } });
    expect(waiting.server.stats().callsByRole).toEqual({ agent: CALLS, synthesizer: 1 });
    expect(resultOf(await waiting.glasshive("resume", "r", "--answer", "approve")).status).toBe("complete");
    await checkInvariants(waiting.home, "f");

    const capped = await recorded(SMALL, { flags: ["--max-steps", String(2 * CALLS + 1)], code: 3 });
    const ended = capped.source.subtasks.filter(({ outcome }) => outcome === "done").map(({ id }) => id);
    expect(ended).toHaveLength(2);
    const rest = ["a", "b", "c", "d"].filter((id) => !ended.includes(id));
    const { result } = await forked(capped, { anew: rest }, "--at", rest[0] ?? "", "--max-steps", "50");
    expect(result.coverage.done).toBe(4);
  });
});

it("a fork that is refused calls nobody and leaves nothing in the home", async () => {
  const { home, server, glasshive } = await recorded(SMALL);
  const files = (): string[] => readdirSync(home, { recursive: true }).map(String).toSorted();
  const [before, source] = [files(), digestOf(home, "r")];
  writeFileSync(join(home, "other.json"), JSON.stringify({ task: "Something else", subtasks: SMALL.subtasks }));
  const refused = [
    [],
    ["--at", "nobody"],
    ["--at", "b", "--agent", "nobody"],
    ["--at", "b", "--instructions", " "],
    ["--at", "a", "--at", "b", "--instructions", "x"],
    ["--at", "b", "--policy", "missing.json"],
    ["--at", "b", "--model", "other=m"],
    ["--at", "b", "--max-usd", "1"],
    ["--at", "b", "--id", "r"],
    ["--plan", "missing.json"],
    ["--plan", "other.json"],
  ];
  for (const args of refused) {
    const { code, stderr } = await glasshive("fork", "r", ...args);
    expect([args, code, stderr.trimEnd().split("\n").length]).toEqual([args, 2, 1]);
  }
  expect(files().filter((file) => file !== "other.json")).toEqual(before);
  expect(digestOf(home, "r")).toBe(source);
  expect(server.stats().calls).toBe(0);
});
