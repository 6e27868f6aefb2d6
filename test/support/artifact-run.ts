/**
 * Runs of a few lanes on shared artifacts, through the command line in this process: a script says what each lane does in each turn, the arbiter what
 * it rules. The turns of the lanes are held to an order, so that who is behind does not depend on the machine.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PlanFileInput } from "../../state/plan.ts";
import type { RunResult } from "../../state/run-result.ts";
import type { ModelCall, ModelServer, Reply } from "./model-server/index.ts";
import { readJournalFile, type RecordedLine } from "./read-journal.ts";
import { commandHere, resultOf, type CommandOutcome } from "./run-command.ts";
import { serve } from "./serve.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** Resolves when a subtask's call of this turn (0: its first) has arrived: what it did in the turn before is done. */
export type Reached = (subtask: string, turn: number) => Promise<void>;
export type Turn = Reply | ((call: ModelCall, reached: Reached) => Reply);

export interface ArtifactScript {
  plan: Omit<PlanFileInput, "task">;
  /** By subtask, one entry for each turn. A turn that is asked for and not there fails the call. */
  lanes: Record<string, Turn[]>;
  arbiter?: (call: ModelCall) => Reply;
  flags?: readonly string[];
}

export interface ArtifactRun {
  home: string;
  server: ModelServer;
  /** `run`, or `resume` with what is given. */
  run: () => Promise<CommandOutcome>;
  resume: (...flags: readonly string[]) => Promise<CommandOutcome>;
  show: () => Promise<string>;
  artifact: (name: string) => string;
  lines: (kind: RecordedLine["kind"]) => RecordedLine[];
  /** Model calls of a subtask so far. */
  callsOf: (subtask: string) => number;
}

export const RUN = "r";

export const call = (name: string, args: Record<string, unknown>): Reply => ({ toolCalls: [{ name, args }] });
export const read = (name: string): Reply => call("read_artifact", { name });
export const say = (content: string): Reply => ({ content });

/** What the tools answered in the turn before. */
export function told({ messages }: ModelCall): string {
  const last = messages.findLastIndex(({ role }) => role === "assistant");
  return messages
    .slice(last + 1)
    .map(({ content }) => String(content))
    .join("\n");
}

export async function artifactRun({ plan, lanes, arbiter, flags = [] }: ArtifactScript): Promise<ArtifactRun> {
  const { reached, arrived } = arrivals();
  const server = await serve((asked) => {
    arrived(asked);
    if (asked.role === "other" && asked.systemText.startsWith("You are the arbiter of a Glasshive swarm."))
      return arbiter?.(asked) ?? { status: 500 };
    if (asked.role !== "agent") return say("All is done.");
    const turn = lanes[asked.subtaskId ?? ""]?.[asked.turn];
    if (turn === undefined) throw new Error(`no turn ${asked.turn} of ${String(asked.subtaskId)}`);
    return typeof turn === "function" ? turn(asked, reached) : turn;
  });
  const home = temporaryFolder();
  const file = join(home, "plan.json");
  writeFileSync(file, JSON.stringify({ task: "build it together", ...plan }));
  const place = ["--home", home, "--json"];
  const model = ["--base-url", server.url, "--model", "m", ...place];
  return {
    home,
    server,
    run: () => commandHere(["run", "--plan", file, "--id", RUN, ...model, ...flags]),
    resume: (...more) => commandHere(["resume", RUN, ...place, ...more]),
    show: async () => (await commandHere(["show", RUN, "--home", home])).stdout,
    artifact: (name) => readFileSync(join(home, "runs", RUN, "artifacts", name), "utf8"),
    lines: (kind) => readJournalFile(home, RUN).filter((line) => line.kind === kind),
    callsOf: (subtask) => server.records().filter((record) => record.subtask === subtask).length,
  };
}

function arrivals(): { reached: Reached; arrived: (call: ModelCall) => void } {
  const turns = new Map<string, PromiseWithResolvers<void>>();
  const turn = (name: string): PromiseWithResolvers<void> => {
    const known = turns.get(name) ?? Promise.withResolvers<void>();
    turns.set(name, known);
    return known;
  };
  return {
    reached: (subtask, number) => turn(`${subtask}/${number}`).promise,
    arrived: (asked) => turn(`${asked.subtaskId}/${asked.turn}`).resolve(),
  };
}

/** The reply, once a subtask has come to this turn. */
export function after(subtask: string, turn: number, reply: Reply): Turn {
  return (_, reached) => ({ ...reply, when: reached(subtask, turn) });
}

/** Throws where the command did not end as complete. */
export function completed(outcome: CommandOutcome): RunResult {
  const result = resultOf(outcome);
  if (outcome.code !== 0) throw new Error(`exit ${outcome.code}: ${outcome.stderr}`);
  return result;
}
