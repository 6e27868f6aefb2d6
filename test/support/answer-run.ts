/** A run whose agents and synthesizer say what a test has them say, through the command line in this process, with documents or without. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { PlanFileInput } from "../../state/plan.ts";
import type { RunResult } from "../../state/run-result.ts";
import { checkInvariants } from "./invariants.ts";
import { textOf, type ModelCall } from "./model-server/call.ts";
import type { Reply } from "./model-server/index.ts";
import type { RecordedLine } from "./read-journal.ts";
import { commandHere, resultOf, type CommandOutcome } from "./run-command.ts";
import { serve } from "./serve.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export interface AnswerScript {
  task?: string;
  subtasks: PlanFileInput["subtasks"];
  plan?: Partial<PlanFileInput>;
  /** Documents by their path. */
  documents?: Record<string, string>;
  agent: (call: ModelCall) => Reply;
  /** One for each of its turns; one that is asked for and not there fails the call. */
  synthesizer?: readonly ((call: ModelCall) => Reply)[];
  flags?: readonly string[];
}

export interface AnswerRun {
  outcome: CommandOutcome;
  result: RunResult;
  lines: RecordedLine[];
  /** Calls of the synthesizer. */
  synthesizer: ModelCall[];
  agents: ModelCall[];
}

/** Checks all invariants of the run, `audit verify` and `replay` among them. */
export async function answerRun(script: AnswerScript): Promise<AnswerRun> {
  const { task = "What is there?", subtasks, plan = {}, documents = {}, agent, flags = [] } = script;
  const calls: ModelCall[] = [];
  const turns = [...(script.synthesizer ?? [])];
  const server = await serve((call) => {
    calls.push(call);
    if (call.role === "agent") return agent(call);
    return turns.shift()?.(call) ?? { status: 400 };
  });
  const home = temporaryFolder();
  for (const [path, text] of Object.entries(documents)) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  }
  writeFileSync(join(home, "plan.json"), JSON.stringify({ task, subtasks, ...plan }));
  const given = Object.keys(documents).length === 0 ? [] : ["--docs", "docs"];
  const how = ["--plan", "plan.json", "--model", "m", "--base-url", server.url, "--home", home, "--id", "r"];
  const outcome = await commandHere(["run", ...how, ...given, ...flags, "--json"], { cwd: home });
  const result = resultOf(outcome);
  const { lines } = await checkInvariants(home, "r");
  const of = (role: string) => calls.filter((call) => call.role === role);
  return { outcome, result, lines, synthesizer: of("synthesizer"), agents: of("agent") };
}

/** All that a call was told by the user's side, one below the other. */
export function promptOf({ messages }: ModelCall): string {
  return messages.map(textOf).join("\n");
}
