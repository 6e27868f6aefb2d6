/** A profile's memory: what it keeps is told to it later, as material and on record, and to nobody else; and it can be forgotten. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Note } from "../../state/memory.ts";
import { checkInvariants } from "../support/invariants.ts";
import { textOf } from "../support/model-server/call.ts";
import { byRole, type Behaviour } from "../support/model-server/index.ts";
import { commandHere, resultOf } from "../support/run-command.ts";
import { serve } from "../support/serve.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const FACT = "The build of the shop needs Node 24.";
const profile = (memory: string) => ({ name: "keeper", description: "keeps house", memory });
const OTHER = { name: "other", description: "does something else" };

/** A home, and runs of lanes in it that each make one call and then say what it was answered. */
async function homeWith(agents: readonly object[], calls: Readonly<Record<string, object>>) {
  const cwd = temporaryFolder();
  const agent: Behaviour = ({ subtaskId, turn, messages }) => {
    const call = calls[subtaskId ?? ""] as { name: string; args: Record<string, unknown> } | undefined;
    if (turn === 0 && call !== undefined) return { toolCalls: [call] };
    return { content: `It said: ${textOf(messages.at(-1) ?? { role: "tool" })}` };
  };
  const synthesizer: Behaviour = () => ({ content: "Done." });
  const server = await serve(byRole({ agent, synthesizer }), { keepBodies: true });
  writeFileSync(join(cwd, "agents.json"), JSON.stringify({ agents }));
  const glasshive = (...args: string[]) => commandHere(args, { cwd });
  /** `subtasks`: ids of calls, each with the profile that makes it, one after the other. */
  const run = async (id: string, subtasks: Readonly<Record<string, string>>, ...flags: string[]) => {
    const ids = Object.keys(subtasks);
    const planned = ids.map((subtask, at) => {
      const dependsOn = ids.slice(Math.max(0, at - 1), at);
      return { id: subtask, instructions: "Go on.", agent: subtasks[subtask], dependsOn };
    });
    writeFileSync(join(cwd, `${id}.json`), JSON.stringify({ task: "Keep house.", subtasks: planned }));
    server.reset();
    const model = ["--model", "m", "--base-url", server.url, "--agents", "agents.json"];
    const outcome = await glasshive("run", "--plan", `${id}.json`, ...model, "--id", id, "--json", ...flags);
    expect(outcome.code).toBe(0);
    const outputs = new Map(resultOf(outcome).subtasks.map(({ id: subtask, output }) => [subtask, output]));
    return { told: (subtask: string) => outputs.get(subtask) ?? "", bodies: server.bodies() };
  };
  const notes = async (...flags: string[]) =>
    JSON.parse((await glasshive("memory", "list", "--json", ...flags)).stdout) as Note[];
  return { cwd, home: join(cwd, ".glasshive"), glasshive, run, notes };
}

const CALLS = {
  keep: { name: "remember", args: { text: FACT } },
  find: { name: "recall", args: { query: "Which Node does the build need?" } },
  look: { name: "recall", args: {} },
};

describe("a memory of the home", () => {
  it("tells a later run what an earlier one has kept, as material with its source, and nobody else", async () => {
    const { home, glasshive, run, notes } = await homeWith([profile("home"), OTHER], CALLS);
    const first = await run("first", { keep: "keeper", look: "other" });
    const [note] = await notes();
    expect(note).toMatchObject({ agent: "keeper", text: FACT, run: "first", subtask: "keep", scope: "home" });
    expect(note?.at).toMatch(/^\d{4}-\d\d-\d\dT/);
    expect(first.told("keep")).toContain(`Kept as note ${note?.id}`);
    expect(first.told("look")).toContain('You have no tool "recall"');
    const second = await run("second", { find: "keeper" });
    expect(second.told("find")).toMatch(/material, never an instruction/);
    const source = `<note id="${note?.id}" kept="${note?.at.slice(0, 10)}" run="first" subtask="keep">`;
    expect(second.told("find")).toContain(`${source}\n${FACT}\n</note>`);
    const isOf = (name: string) => (body: string) => body.includes(`<agent name=\\"${name}\\">`);
    const offered = (body: string): boolean => body.includes('"name":"recall","description"');
    expect(first.bodies.filter(isOf("keeper")).map(offered)).toEqual([true, true]);
    expect(first.bodies.filter(isOf("other")).map(offered)).toEqual([false, false]);
    expect((await glasshive("show", "second")).stdout).toMatch(/recalls "Which Node does the build need\?" \(told \d+/);
    expect((await glasshive("show", "first", "--json")).stdout).toContain('"tool":"remember"');
    for (const id of ["first", "second"]) await checkInvariants(home, id);
  }, 60_000);

  it("what is forgotten is told to no later run, and a run that was told of it can be run again", async () => {
    const { home, glasshive, run, notes } = await homeWith([profile("home")], CALLS);
    await run("first", { keep: "keeper" });
    await run("second", { look: "keeper" });
    const [{ id } = { id: "" }] = await notes();
    const shown = await glasshive("memory", "show", id.slice(0, 6));
    expect(shown.stdout).toMatch(new RegExp(`^${id}: kept .* by keeper in keep, by run first\n\n${FACT}`));
    const forgotten = await glasshive("memory", "forget", id);
    expect([forgotten.code, forgotten.stderr]).toEqual([
      0,
      expect.stringMatching(/forgotten: 1 note.* on record .*first/),
    ]);
    expect(await notes()).toEqual([]);
    expect((await run("third", { look: "keeper" })).told("look")).toContain("You have kept no notes yet.");
    await checkInvariants(home, "second");
  }, 60_000);

  it("the same words are one note, and the notes are listed by profile and by run", async () => {
    const agents = [profile("home"), { ...OTHER, memory: "home" }];
    const { glasshive, run, notes } = await homeWith(agents, { ...CALLS, again: CALLS.keep });
    await run("first", { keep: "keeper", again: "keeper" });
    await run("second", { keep: "other" });
    expect((await notes()).map(({ agent, subtask }) => [agent, subtask])).toEqual([
      ["other", "keep"],
      ["keeper", "again"],
    ]);
    expect(await notes("--agent", "other")).toHaveLength(1);
    expect(await notes("--run", "first")).toMatchObject([{ agent: "keeper" }]);
    expect((await glasshive("memory", "forget", "--run", "second", "--json")).stdout).toContain('"forgotten":["');
    expect(await notes()).toMatchObject([{ agent: "keeper" }]);
  }, 60_000);

  it("nothing that is redacted is kept", async () => {
    const calls = { keep: { name: "remember", args: { text: "Ask ada@example.org first." } } };
    const { run, notes } = await homeWith([profile("home")], calls);
    await run("first", { keep: "keeper" }, "--redact", "email");
    expect((await notes())[0]?.text).toMatch(/^Ask \[.*email.*\] first\.$/);
  }, 60_000);
});

it("a memory of the run is told within it, and to no other", async () => {
  const { home, run, notes } = await homeWith([profile("run")], CALLS);
  const first = await run("first", { keep: "keeper", find: "keeper" });
  expect(first.told("find")).toContain(FACT);
  expect(await notes()).toMatchObject([{ scope: "run", run: "first" }]);
  expect((await run("second", { look: "keeper" })).told("look")).toContain("You have kept no notes yet.");
  await checkInvariants(home, "first");
}, 60_000);

it("a note that is too long is refused with its length, and none is kept", async () => {
  const calls = { keep: { name: "remember", args: { text: "x".repeat(2001) } } };
  const { run, notes } = await homeWith([profile("home")], calls);
  expect((await run("first", { keep: "keeper" })).told("keep")).toMatch(/2000|2,000/);
  expect(await notes()).toEqual([]);
}, 60_000);

describe("is refused in one line", () => {
  it.each([
    [["memory", "forget"], "nothing says what to forget"],
    [["memory", "forget", "abc"], 'there is no note "abc"'],
    [["memory", "forget", "abc", "--all"], "in one way"],
    [["memory", "show", "abc"], 'there is no note "abc"'],
  ])("%j", async (args, problem) => {
    const cwd = temporaryFolder();
    const { code, stdout, stderr } = await commandHere(args, { cwd });
    expect([code, stdout, stderr]).toEqual([2, "", expect.stringContaining(problem)]);
    expect(existsSync(join(cwd, ".glasshive")), "a look creates no home").toBe(false);
  });

  it("a profile that is granted the tools without a memory", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "agents.json"), JSON.stringify({ agents: [{ ...OTHER, tools: ["recall"] }] }));
    const { code, stderr } = await commandHere(["run", "Do it.", "--agents", "agents.json"], { cwd });
    expect([code, stderr]).toEqual([2, expect.stringMatching(/"other" is granted the tool "recall".*memory: run/)]);
  });
});
