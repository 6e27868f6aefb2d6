/** A run of the command line, in this process, whose plan has checks: lanes that write one text or JSON after the other, and a model that judges. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunResult } from "../../state/run-result.ts";
import type { Behaviour, ModelCall, Reply } from "./model-server/index.ts";
import { readJournalFile } from "./read-journal.ts";
import { commandHere, resultOf, startCommand, type CommandOptions, type CommandOutcome } from "./run-command.ts";
import { serve } from "./serve.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const RUN = "r";

export interface CheckedRunOptions {
  /** Absent: the model plans. */
  plan?: object;
  agent: Behaviour;
  judge?: Behaviour;
  planner?: Behaviour;
  /** Of `--config`. */
  config?: object;
  agents?: readonly object[];
}

/** Writes what `writes` says for its subtask on what it has read, and ends. */
export function writesOnce(writes: Readonly<Record<string, NonNullable<Reply["toolCalls"]>>>): Behaviour {
  return (call) =>
    call.turn === 0
      ? { toolCalls: writes[call.subtaskId as string] ?? [] }
      : { content: `${call.subtaskId} has written.` };
}

export const write = (name: string, content: string) => ({ name: "write_artifact", args: { name, content } });
export const patch = (name: string, merge: object) => ({ name: "patch_artifact", args: { name, merge } });

/** Lanes one after the other: `a`, then `b`, and so on. */
export function chain(ids: readonly string[], artifacts: readonly string[]) {
  return ids.map((id, index) => ({
    ...{ id, instructions: `Do ${id}.`, writes: artifacts },
    dependsOn: index === 0 ? [] : [ids[index - 1]],
  }));
}

export async function checkedRun({ plan, agent, judge, planner, config, agents }: CheckedRunOptions) {
  const refuse: Behaviour = () => ({ status: 400 });
  const byRole = { agent, planner: planner ?? refuse, other: judge ?? refuse };
  const server = await serve((call: ModelCall) =>
    call.role === "synthesizer" ? { content: "All is written." } : byRole[call.role](call),
  );
  const home = temporaryFolder();
  const file = (name: string, data: unknown): string => {
    writeFileSync(join(home, name), JSON.stringify(data));
    return join(home, name);
  };
  const flags = ["--base-url", server.url, "--model", "m", "--home", home, "--id", RUN, "--json"];
  const args = [
    ...["run", ...(plan === undefined ? ["Do it."] : ["--plan", file("plan.json", plan)]), ...flags],
    ...(config === undefined ? [] : ["--config", file("config.json", config)]),
    ...(agents === undefined ? [] : ["--agents", file("agents.json", { agents })]),
  ];
  const show = async (...more: string[]): Promise<string> =>
    (await commandHere(["show", RUN, "--home", home, ...more])).stdout;
  return {
    home,
    server,
    run: (): Promise<CommandOutcome> => commandHere(args),
    /** The same as a child process. */
    start: (options: CommandOptions) => startCommand(args, options),
    resume: (...more: string[]): Promise<CommandOutcome> =>
      commandHere(["resume", RUN, "--home", home, "--json", ...more]),
    show,
    has: (name: string) => existsSync(join(home, "runs", RUN, name)),
    lines: () => readJournalFile(home, RUN),
    judged: () => server.records().filter(({ role }) => role === "other").length,
  };
}

/** The run to its end, with its one check. */
export async function endOf(options: CheckedRunOptions) {
  const lab = await checkedRun(options);
  const outcome = await lab.run();
  const result: RunResult = resultOf(outcome);
  return { lab, code: outcome.code, stderr: outcome.stderr, result, check: result.checks[0], shown: await lab.show() };
}
