/**
 * The fault laboratory: one run of the command line, in this process, against a model server whose every answer is scripted, and what must be
 * true of its records whatever the faults were.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import type { RunConfig } from "../../app/config/run-config.ts";
import type { AgentProfileInput } from "../../state/agent-profile.ts";
import type { PlanFileInput } from "../../state/plan.ts";
import type { DetectionInput, RecoveryPolicyInput } from "../../state/recovery-policy.ts";
import type { RunResult } from "../../state/run-result.ts";
import type { SignalKind } from "../../state/signal.ts";
import { checkInvariants } from "../support/invariants.ts";
import {
  byRole,
  startModelServer,
  synthesizerAnswer,
  type Behaviour,
  type ModelServer,
} from "../support/model-server/index.ts";
import { readJournalFile, type RecordedLine } from "../support/read-journal.ts";
import {
  commandHere,
  resultOf,
  startCommand,
  type CommandOutcome,
  type RunningCommand,
} from "../support/run-command.ts";

export type Planned = PlanFileInput["subtasks"][number];

const RUN = "r";

export interface FaultOptions {
  subtasks: Planned[];
  agent: Behaviour;
  planner?: Behaviour;
  synthesizer?: Behaviour;
  recovery?: RecoveryPolicyInput;
  detection?: DetectionInput;
  /** Anything else of `--config`. */
  config?: Omit<RunConfig, "recovery" | "detection">;
  agents?: AgentProfileInput[];
  flags?: string[];
  /** Of replies that name none; default 0 ms. */
  delayMs?: number;
  /** Told where the run keeps its files, before it begins. */
  onHome?: (home: string) => void;
}

export class FaultRun {
  readonly home = mkdtempSync(join(tmpdir(), "glasshive-fault-"));
  readonly server: ModelServer;
  readonly #flags: readonly string[];

  constructor(server: ModelServer, options: FaultOptions) {
    this.server = server;
    const { subtasks, recovery, detection, config, agents, flags = [] } = options;
    options.onHome?.(this.home);
    const write = (name: string, data: unknown): string => {
      const path = join(this.home, name);
      writeFileSync(path, JSON.stringify(data));
      return path;
    };
    const plan = write("plan.json", { task: "A task with faults", subtasks });
    const settings = write("config.json", { ...config, recovery, detection });
    this.#flags = [
      ...["--plan", plan, "--config", settings, "--model", "m", "--base-url", server.url, "--home", this.home],
      ...["--id", RUN, "--json"],
      ...(agents === undefined ? [] : ["--agents", write("agents.json", { agents })]),
      ...flags,
    ];
  }

  run(): Promise<CommandOutcome> {
    return commandHere(["run", ...this.#flags], { cwd: this.home });
  }

  /** The same as a child process. */
  start(): RunningCommand {
    return startCommand(["run", ...this.#flags], { cwd: this.home });
  }

  resume(...flags: string[]): Promise<CommandOutcome> {
    return commandHere(["resume", RUN, "--home", this.home, "--json", ...flags], { cwd: this.home });
  }

  /** What `glasshive show` says of the run. */
  async show(...flags: string[]): Promise<string> {
    const { code, stdout, stderr } = await commandHere(["show", RUN, "--home", this.home, ...flags]);
    if (code !== 0 || stderr !== "") throw new Error(`show ended with ${code}: ${stderr}`);
    return stdout;
  }

  lines(): RecordedLine[] {
    return readJournalFile(this.home, RUN);
  }

  /** Ends the server and takes away the folder. */
  async close(): Promise<void> {
    await this.server.close();
    rmSync(this.home, { recursive: true, force: true, maxRetries: 3 });
  }

  /** Records of a run that came to an end: the common invariants hold, and each signal is answered by the policy. */
  async ended(): Promise<{ result: RunResult; lines: RecordedLine[] }> {
    const ended = await checkInvariants(this.home, RUN);
    checkSignals(ended.lines);
    return ended;
  }
}

/** A run that its caller closes. */
export async function openFaultRun(options: FaultOptions): Promise<FaultRun> {
  const { agent, planner, synthesizer = synthesizerAnswer(), delayMs = 0 } = options;
  const behaviour = byRole({ agent, synthesizer, ...(planner === undefined ? {} : { planner }) });
  return new FaultRun(await startModelServer({ behaviour, delay: { kind: "fixed", ms: delayMs } }), options);
}

/** A run that the test drives step by step; gone when the test ends. */
export async function faultRun(options: FaultOptions): Promise<FaultRun> {
  const lab = await openFaultRun(options);
  onTestFinished(() => lab.close());
  return lab;
}

/** Runs to the end, and reads all that the run left behind; nothing is left of it. May be called outside a test. */
export async function runToEnd(options: FaultOptions) {
  const lab = await openFaultRun(options);
  try {
    const outcome = await lab.run();
    const printed = resultOf(outcome);
    const { result, lines } = await lab.ended();
    expect(result).toEqual(printed);
    const shown = await lab.show();
    return { outcome, result, lines, shown, stats: lab.server.stats(), records: lab.server.records() };
  } finally {
    await lab.close();
  }
}

/** No signal unexplained: each has evidence, and right after it the policy's decision on it, of the same lane. */
export function checkSignals(lines: readonly RecordedLine[]): void {
  const open = new Map<string, RecordedLine[]>();
  for (const line of lines) {
    const place = `${line.subtask ?? ""}/${line.attempt ?? ""}`;
    const waiting = open.get(place) ?? [];
    if (line.kind === "signal") {
      expect(line.data["evidence"], `signal at line ${line.seq} has evidence`).toMatch(/\S/);
      open.set(place, [...waiting, line]);
    }
    if (line.kind !== "recovery") continue;
    const answered = waiting.findIndex(({ data }) => data["kind"] === line.data["signal"]);
    expect(answered, `recovery at line ${line.seq} answers a signal`).toBeGreaterThanOrEqual(0);
    expect(line.data["rule"], `recovery at line ${line.seq} names its rule`).toContain(line.data["signal"]);
    open.set(place, waiting.toSpliced(answered, 1));
  }
  const unexplained = [...open.values()].flat().map(({ seq, data }) => `${seq}: ${String(data["kind"])}`);
  expect(unexplained, "each signal is followed by what the policy did about it").toEqual([]);
}

/** What the policy did in a lane, in order: `[signal, rule, action]`. */
export function decisionsOf(lines: readonly RecordedLine[], subtask: string): string[] {
  return lines
    .filter((line) => line.kind === "recovery" && line.subtask === subtask)
    .map(({ data }) => `${String(data["rule"])} → ${String(data["action"])}`);
}

/** The evidence of a lane's first signal of a kind. */
export function evidenceOf(lines: readonly RecordedLine[], subtask: string, kind: SignalKind): string {
  const line = lines.find((each) => each.kind === "signal" && each.subtask === subtask && each.data["kind"] === kind);
  expect(line, `${subtask} has a signal ${kind}`).toBeDefined();
  return String(line?.data["evidence"]);
}

/** The part of `show` that is about one lane. */
export function laneIn(shown: string, subtask: string): string {
  const start = shown.indexOf(`\n${subtask} "`);
  expect(start, `show tells of ${subtask}`).toBeGreaterThanOrEqual(0);
  const rest = shown.slice(start + 1);
  const end = rest.search(/\n\S/);
  return end === -1 ? rest : rest.slice(0, end);
}

/** A behaviour by subtask; who has none answers at once. */
export function bySubtask(scripts: Record<string, Behaviour>): Behaviour {
  return (call) => scripts[call.subtaskId ?? ""]?.(call) ?? { content: `Result of ${call.subtaskId}.` };
}

/** Fails `times` times at each turn, then answers as usual. */
export function failing(reply: ReturnType<Behaviour>, times = 1): Behaviour {
  return (call) => (call.seen < times ? reply : { content: `Result of ${call.subtaskId}.` });
}
