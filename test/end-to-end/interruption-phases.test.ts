/**
 * Ctrl-C in every phase of a command, whatever hangs in it: a line of ours says at once what happens, a second one ends the process
 * and says how to go on. Through the real command, several at a time.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import type { Behaviour } from "../support/model-server/index.ts";
import { resultOf, runCommand, startCommand, type RunningCommand } from "../support/run-command.ts";
import { serve } from "../support/serve.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const ONE = { task: "Say it.", subtasks: [{ id: "a", instructions: "Say a." }] };

/** A model is named after the role whose calls it never answers. */
const hanging: Behaviour = ({ role, model }) => {
  if (role === model) return { hang: true };
  return { content: role === "planner" ? JSON.stringify(ONE) : "It is said." };
};

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Presses once, waits for the line, and sees that it goes on; presses again. */
async function pressedTwice({ child, said, ended }: RunningCommand) {
  child.kill("SIGINT");
  await until(() => said().includes("stopping: calls in flight may end (once more to stop at once); continue with: "));
  await new Promise((resolve) => setTimeout(resolve, 300));
  const goesOn = child.exitCode === null && child.signalCode === null;
  child.kill("SIGINT");
  const { code, stderr } = await ended;
  return { goesOn, code, last: stderr.trim().split("\n").at(-1) };
}

const twice = (id: string) => ({
  ...{ goesOn: true, code: 130 },
  last: `glasshive: stopped at once; continue with: glasshive resume ${id}`,
});

/** Resolves once a process takes a closed terminal into its own hands, as it does with Ctrl-C. */
async function listening({ child: { pid } }: RunningCommand): Promise<void> {
  const caught = (): bigint =>
    BigInt(`0x${/^SigCgt:\s*(\w+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "0"}`);
  await until(() => (caught() & 1n) === 1n);
}

it("stops a run whose planner, agent, synthesizer or command of a check never ends", async () => {
  const server = await serve(hanging);
  const folder = temporaryFolder();
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  const checks = [{ id: "c", artifacts: ["x.md"], command: ["sh", "-c", `exec >'${pipe}'; echo begun; sleep 1000`] }];
  writeFileSync(join(folder, "one.json"), JSON.stringify(ONE));
  const two = ["s1", "s2"].map((id) => ({ id, instructions: "Say it." }));
  writeFileSync(join(folder, "two.json"), JSON.stringify({ ...ONE, subtasks: two }));
  const checked = { ...ONE, artifacts: [{ name: "x.md", content: "x" }], checks };
  writeFileSync(join(folder, "checked.json"), JSON.stringify(checked));
  const at = ["--base-url", server.url, "--home", folder];
  const start = (model: string, ...words: string[]) =>
    startCommand(["run", ...words, "--model", model, "--id", model, ...at], { cwd: folder });
  const asked = (role: string): Promise<void> =>
    until(() => server.records().some((call) => call.role === role && call.endMs === null));

  const reader = spawn("cat", [pipe]);
  const [begun, closed] = [once(reader.stdout, "data"), once(reader, "close")];
  const [planning, working, writing, checking] = [
    start("planner", "Say it."),
    start("agent", "--plan", "one.json"),
    start("synthesizer", "--plan", "two.json"),
    start("check", "--plan", "checked.json"),
  ] as const;
  const phases = await Promise.all([
    asked("planner").then(() => pressedTwice(planning)),
    asked("agent").then(() => pressedTwice(working)),
    asked("synthesizer").then(() => pressedTwice(writing)),
  ]);
  expect(phases).toEqual(["planner", "agent", "synthesizer"].map(twice));
  // A command is ended by the first, with all that could write to the pipe.
  await begun;
  checking.child.kill("SIGINT");
  const { code, stderr } = await checking.ended;
  expect(code).toBe(130);
  expect(stderr.trim()).toMatch(/stopping: [^]*next: glasshive resume check$/);
  await closed;

  const resumed = startCommand(["resume", "planner", "--home", folder]);
  await until(() => server.stats().calls > 0 && server.records().filter(({ role }) => role === "planner").length === 2);
  expect(await pressedTwice(resumed)).toEqual(twice("planner"));
});

it("stops the reading of documents, and the run is continued", async () => {
  const folder = temporaryFolder();
  const docs = join(folder, "docs");
  mkdirSync(docs);
  const text = "The pump delivers 12 litres a minute to the upper tank of the plant.\n".repeat(13_000);
  for (let index = 0; index < 40; index += 1) writeFileSync(join(docs, `${index}.md`), `${index} ${text}`);
  const question = "What does the pump deliver?";
  const running = startCommand(["run", question, "--docs", docs, "--home", folder, "--id", "r"]);
  const runs = join(folder, "runs", "r");
  const isIndexing = (): boolean => {
    try {
      return readdirSync(runs).some((name) => name.startsWith("documents.sqlite."));
    } catch {
      return false;
    }
  };
  await until(isIndexing);
  running.child.kill("SIGINT");
  const { code, stderr } = await running.ended;
  expect(code).toBe(130);
  expect(stderr).toMatch(/^glasshive: stopping: .*; continue with: glasshive resume r\n/);
  expect(stderr.trim()).toMatch(/glasshive: next: glasshive resume r$/);
  expect(readdirSync(runs).filter((name) => name.startsWith("documents"))).toEqual([]);

  for (let index = 1; index < 40; index += 1) rmSync(join(docs, `${index}.md`));
  const resumed = resultOf(await runCommand(["resume", "r", "--home", folder, "--json"]));
  expect(resumed).toMatchObject({ status: "complete", answer: expect.stringContaining("12 litres") });
});

it.runIf(process.platform === "linux")("stops what only looks at the first: doctor, show", async () => {
  const server = await serve(() => ({ hang: true }));
  const folder = temporaryFolder();
  await runCommand(["run", "Say it.", "--home", folder, "--id", "r"]);
  const holder = new Database(join(folder, "glasshive.db"));
  holder.pragma("locking_mode = EXCLUSIVE");
  holder.exec("BEGIN EXCLUSIVE; CREATE TABLE held (x)");
  try {
    const endpoint = ["--model", "m", "--base-url", server.url, "--home", join(folder, "none")];
    const looking = [
      ["doctor", ...endpoint],
      ["show", "r", "--home", folder],
    ];
    const outcomes = looking.map(async (words) => {
      const running = startCommand(words, { cwd: folder });
      await listening(running);
      running.child.kill("SIGINT");
      return running.ended;
    });
    const stopped = { code: 130, stderr: "glasshive: stopped at once; there is nothing to continue\n" };
    expect(await Promise.all(outcomes)).toMatchObject([stopped, stopped]);
  } finally {
    holder.close();
  }
});
