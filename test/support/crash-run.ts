/**
 * Small runs that a fault strikes: a plan of three subtasks (two side by side, one that needs both), two model calls each, and
 * an answer. The child is the real command with `crash-at-write.ts` loaded first.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect } from "vitest";
import { resume } from "../../app/cli/actions/resume.ts";
import type { RunResult } from "../../state/run-result.ts";
import { byRole, startModelServer, synthesizerAnswer, toolCallsThenAnswer } from "./model-server/index.ts";
import {
  commandHere,
  runCommand,
  spoken,
  startCommand,
  type CommandOutcome,
  type RunningCommand,
} from "./run-command.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export const SUBTASKS = ["s1", "s2", "s3"] as const;
export const CALLS_OF_A_LANE = 2;
export const RUN = "r";

const PLAN = {
  task: "A small task in three parts",
  subtasks: SUBTASKS.map((id, index) => ({
    ...{ id, title: `Part ${id}`, instructions: `Work on part ${id}.`, steps: CALLS_OF_A_LANE },
    dependsOn: index === 2 ? ["s1", "s2"] : [],
  })),
};
export const PRELOAD = `--import ${new URL("crash-at-write.ts", import.meta.url).href}`;

/** One home with its own model server. */
export interface SmallRun {
  home: string;
  /** Runs a verb of the command to its end: in this process, or as a child that meets `fault` (as in crash-at-write.ts). */
  command(args: readonly string[], fault?: string): Promise<CommandOutcome>;
  /** A child process. */
  start(args: readonly string[], fault?: string): RunningCommand;
  /** `run` with the plan and this server. */
  run(fault?: string, flags?: readonly string[]): Promise<CommandOutcome>;
  /** Arguments of `run`. */
  runArgs(flags?: readonly string[]): string[];
  stats(): ReturnType<Awaited<ReturnType<typeof startModelServer>>["stats"]>;
  close(): Promise<void>;
}

/** `agentDelayMs`: how long the model of the agents thinks, asked at each call. */
export async function smallRun(home: string, agentDelayMs: () => number = () => 0): Promise<SmallRun> {
  const agent = toolCallsThenAnswer({ toolCalls: CALLS_OF_A_LANE - 1, args: { subtask: "s1" } });
  const server = await startModelServer({
    behaviour: byRole({
      agent: (call) => ({ ...agent(call), delayMs: agentDelayMs() }),
      synthesizer: synthesizerAnswer(),
    }),
  });
  mkdirSync(home, { recursive: true });
  const plan = `${home}-plan.json`;
  writeFileSync(plan, JSON.stringify(PLAN));
  const options = (fault?: string) => ({
    channels: fault === "each",
    env: fault === undefined ? {} : { NODE_OPTIONS: PRELOAD, GLASSHIVE_TEST_FAULT: fault },
  });
  const runArgs = (flags: readonly string[] = []): string[] => [
    ...["run", "--plan", plan, "--model", "m", "--base-url", server.url, "--home", home, "--id", RUN, "--json"],
    ...flags,
  ];
  const command = (args: readonly string[], fault?: string): Promise<CommandOutcome> =>
    fault === undefined ? commandHere(args) : runCommand(args, options(fault));
  return {
    home,
    command,
    start: (args, fault) => startCommand(args, options(fault)),
    run: (fault, flags) => command(runArgs(flags), fault),
    runArgs,
    stats: () => server.stats(),
    close: () => server.close(),
  };
}

/** What must not differ between a run that was struck and one that was not: all but times, ids and spend. */
export function essenceOf({ answer, coverage, status, subtasks }: RunResult) {
  const told = subtasks.map(({ id, outcome, output, attempts }) => ({ id, outcome, output, attempts }));
  return { answer, coverage, status, subtasks: told };
}

/** `glasshive resume` in this process; throws what the command would report. Returns the exit code and what was said on stderr. */
export async function resumeHere(home: string): Promise<{ code: number; said: string[] }> {
  const { value: code, stderr } = await spoken(() => resume({ home, cwd: process.cwd(), flags: { json: true } }, RUN));
  return { code, said: stderr.split("\n").slice(0, -1) };
}

export interface World {
  small: SmallRun;
  /** A copy of its home, and of its run folder's file of that name. */
  copy: () => { home: string; file: (name: string) => string };
}

/** A run that came so far, or was killed at the fault, and copies of its home. */
export async function worldAfter(folder: string, fault?: string): Promise<World> {
  const small = await smallRun(join(folder, "home"));
  const outcome = await small.run(fault);
  expect(outcome.signal).toBe(fault === undefined ? null : "SIGKILL");
  return {
    small,
    copy: () => {
      const home = join(temporaryFolder(), "home");
      cpSync(small.home, home, { recursive: true });
      return { home, file: (name) => join(home, "runs", RUN, name) };
    },
  };
}

/** For a file of tests: one that has ended, and one that was killed in the midst of its work. Closed when they are over. */
export function endedAndKilled(): { ended: World; killed: World } {
  const worlds = {} as { ended: World; killed: World };
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), "glasshive-worlds-"));
    worlds.ended = await worldAfter(join(folder, "ended"));
    worlds.killed = await worldAfter(join(folder, "killed"), "after:journal:12");
    return async () => {
      await Promise.all(Object.values(worlds).map(({ small }) => small.close()));
      rmSync(folder, { recursive: true, force: true });
    };
  }, 60_000);
  return worlds;
}

/** A folder where a file was. */
export const replaced = (file: string): void => {
  rmSync(file, { force: true });
  mkdirSync(file);
};
