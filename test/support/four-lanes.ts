/** Swarms for tests of time travel: four lanes at a loopback server, in a home, and what was called of them. */
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BaseMessage } from "@langchain/core/messages";
import { expect, onTestFinished } from "vitest";
import { createSwarm, type Swarm, type SwarmOptions } from "../../app/create-swarm.ts";
import type { RunResult } from "../../state/run-result.ts";
import { byRole, startModelServer, type Behaviour } from "./model-server/index.ts";
import { planOf, thread, WORKER } from "./scripted-swarm.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const FOUR = planOf({ a: {}, b: {}, c: { dependsOn: ["a"] }, d: { dependsOn: ["b", "c"] } });
export const LANES = ["a", "b", "c", "d"];
export const ALL = ["planner", ...LANES, "synthesizer"];
export const WORK = [...LANES, "synthesizer"];

/** What runs again from the checkpoint before these nodes where nothing is edited. */
export const BEFORE: [node: string, calls: string[]][] = [
  ["__start__", ALL],
  ["intake", ALL],
  ["planner", ALL],
  ["plan-review", WORK],
  ["skill-router", WORK],
  ["lane", WORK],
  ["integrate", ["synthesizer"]],
  ["synthesizer", ["synthesizer"]],
];

interface Setting extends SwarmOptions {
  agent?: Behaviour;
  synthesizer?: Behaviour;
  /** A home to begin with, and how many replies were given in it; default: an empty one. */
  from?: { home: string; replies: number };
}

export async function swarmOf({ agent, synthesizer, from, ...options }: Setting = {}) {
  const home = temporaryFolder();
  if (from !== undefined) cpSync(from.home, home, { recursive: true });
  let replies = from?.replies ?? 0;
  const server = await startModelServer({
    keepBodies: true,
    behaviour: byRole({
      planner: () => ({ content: JSON.stringify(FOUR) }),
      agent: agent ?? (() => ({ content: `result ${(replies += 1)}` })),
      synthesizer: synthesizer ?? (() => ({ content: `answer ${(replies += 1)}` })),
    }),
  });
  const endpoint = { model: "m", baseUrl: server.url, apiKey: "key-of-the-test", home };
  const swarm = createSwarm({ agents: [WORKER], ...endpoint, ...options });
  onTestFinished(async () => {
    await swarm.close();
    await server.close();
  });
  const calls = (): string[] =>
    server
      .records()
      .map(({ role, subtask }) => (role === "agent" ? (subtask ?? "") : role))
      .toSorted();
  const resultOf = (run: string): RunResult =>
    JSON.parse(readFileSync(join(home, "runs", run, "result.json"), "utf8")) as RunResult;
  const journalOf = (run: string): string => readFileSync(join(home, "runs", run, "journal.jsonl"), "utf8");
  return { home, server, swarm, calls, resultOf, journalOf };
}

export type State = Awaited<ReturnType<Swarm["getState"]>>;

export async function historyOf(swarm: Swarm): Promise<State[]> {
  const states: State[] = [];
  for await (const state of swarm.getStateHistory(thread("t"))) states.push(state);
  return states;
}

export async function checkpoints(swarm: Swarm) {
  const states = await historyOf(swarm);
  return (node: string) => states.find(({ next }) => next.includes(node))!.config;
}

/** The checkpoint before the one at which a message is there first, as chat clients look for it. */
export async function beforeMessage(swarm: Swarm, id: string | undefined) {
  const says = ({ values }: State): boolean =>
    ((values.messages ?? []) as BaseMessage[]).some((message) => message.id === id);
  return (await historyOf(swarm)).findLast(says)!.parentConfig!;
}

type Swarms = Awaited<ReturnType<typeof swarmOf>>;

async function finish({ swarm, calls }: Swarms) {
  const first = await swarm.invoke({ task: "First question?" }, thread("t"));
  expect(first).toMatchObject({ runId: "t", status: "complete" });
  expect(calls()).toEqual(ALL.toSorted());
  return first;
}

/** Of a run without a setting, which is the same each time: it is made once, and copied. */
let kept: { home: string; first: Awaited<ReturnType<typeof finish>> } | undefined;

async function keptRun(): Promise<NonNullable<typeof kept>> {
  if (kept !== undefined) return kept;
  const made = await swarmOf();
  const first = await finish(made);
  await made.swarm.close();
  const home = mkdtempSync(join(tmpdir(), "glasshive-test-"));
  process.once("exit", () => rmSync(home, { recursive: true, force: true }));
  cpSync(made.home, home, { recursive: true });
  return (kept = { home, first });
}

/** A run of four lanes that has ended, on the thread `t`. */
export async function finished(setting?: Setting) {
  if (setting === undefined) {
    const { home, first } = await keptRun();
    const made = await swarmOf({ from: { home, replies: WORK.length } });
    return { ...made, first, at: await checkpoints(made.swarm) };
  }
  const made = await swarmOf(setting);
  const first = await finish(made);
  made.server.reset();
  return { ...made, first, at: await checkpoints(made.swarm) };
}
