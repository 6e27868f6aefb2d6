/** What `glasshive replay` does. */
import { resolve } from "node:path";
import { layeredPolicy } from "../../../engine/policy/recovery/policy.ts";
import { Replay, type ReplayedSignal, type ReplayPolicy } from "../../../engine/policy/recovery/replay.ts";
import { indexAgents, routeSubtask } from "../../../engine/policy/route/route.ts";
import { SwarmError } from "../../../state/errors.ts";
import type { Plan, Subtask } from "../../../state/plan.ts";
import type { ActionName } from "../../../state/recovery-policy.ts";
import { readAgain } from "../../runs/run-journal.ts";
import { readPolicyFile } from "../../config/run-config.ts";
import type { RunSettings } from "../../config/run-settings.ts";
import { readDetection, readRecovery } from "../../config/read-recovery.ts";
import { EXIT } from "../exit-codes.ts";
import { homeOf, standingPlace } from "../home.ts";
import { stoppable } from "../interruption.ts";
import { loadSettings } from "../run-files.ts";
import { readRunRecord } from "../run-record.ts";
import { TERMINAL } from "../terminal.ts";
import { replayAgents } from "./replay-agents.ts";
import { replayRun } from "./replay-run.ts";
import { many } from "../view/amounts.ts";
import { seconds } from "../../../state/plain-text.ts";

export interface ReplayFlags {
  policy?: string;
  agents?: string;
  home?: string;
  json?: boolean;
}

/** Returns the exit code. */
export async function replay(runId: string, flags: ReplayFlags): Promise<number> {
  const cwd = standingPlace();
  const home = homeOf(flags.home, cwd);
  if (flags.agents !== undefined && flags.policy !== undefined)
    throw new SwarmError("USAGE", "--policy and --agents are two questions", { next: "ask one after the other" });
  if (flags.agents !== undefined)
    return replayAgents({ home, runId, file: resolve(cwd, flags.agents) }, flags.json === true);
  if (flags.policy === undefined) return replayRun(home, runId, flags.json === true);
  const settings = loadSettings(home, runId);
  const given = flags.policy === undefined ? settings : readPolicyFile(resolve(cwd, flags.policy));
  const record = await stoppable(() => readRunRecord(home, runId));
  const recording = new Replay(replayPolicy(settings, record.plan, given));
  readAgain(home, runId, recording.add);
  const signals = recording.signals();
  if (flags.json === true)
    TERMINAL.out(JSON.stringify({ runId, policy: flags.policy ?? null, signals, summary: summaryOf(signals) }));
  else TERMINAL.out(textOf(runId, signals));
  return EXIT.complete;
}

/** The rules to replay by, with what agents and subtasks have of their own. */
export function replayPolicy(
  settings: Pick<RunSettings, "agents">,
  plan: Plan | undefined,
  given: Partial<Pick<RunSettings, "recovery" | "detection">>,
): ReplayPolicy {
  const recovery = readRecovery(given.recovery);
  const subtasks = new Map((plan?.subtasks ?? []).map((subtask) => [subtask.id, subtask]));
  const agents = new Map(settings.agents.map((agent) => [agent.name, agent]));
  return {
    detection: readDetection(given.detection),
    policyFor: (subtask, agent) =>
      layeredPolicy(recovery, agents.get(agent ?? "")?.recovery, subtasks.get(subtask ?? "")?.recovery),
    impossible: impossibilities(settings, subtasks),
  };
}

/** As far as the plan and the profiles say: who else could have taken it, whether it can be split. Asked once for each. */
function impossibilities(
  { agents }: Pick<RunSettings, "agents">,
  subtasks: ReadonlyMap<string, Subtask>,
): ReplayPolicy["impossible"] {
  const tools = new Set(agents.flatMap((agent) => agent.tools));
  const facts = { agents, index: indexAgents(agents), records: new Map(), assigned: 0, tools };
  const known = new Map<string | undefined, ReadonlySet<ActionName>>();
  const found = (subtask: Subtask | undefined): ActionName[] => {
    if (subtask === undefined) return ["repair", "reassign", "split", "hedge", "ask-human"];
    const others = routeSubtask(subtask, facts).candidates.length;
    return [...(others < 2 ? (["reassign"] as const) : []), ...(subtask.role === "work" ? [] : (["split"] as const))];
  };
  return (id) => {
    const impossible = known.get(id) ?? new Set(found(subtasks.get(id ?? "")));
    known.set(id, impossible);
    return impossible;
  };
}

interface Summary {
  recorded: number;
  replayed: number;
  same: number;
  different: number;
  onlyRecorded: number;
  onlyReplayed: number;
}

function summaryOf(signals: readonly ReplayedSignal[]): Summary {
  const count = (fits: (signal: ReplayedSignal) => boolean): number => signals.filter(fits).length;
  const both = (signal: ReplayedSignal): boolean => signal.recorded !== null && signal.replayed !== null;
  return {
    recorded: count(({ recorded }) => recorded !== null),
    replayed: count(({ replayed }) => replayed !== null),
    same: count((signal) => both(signal) && signal.recorded === signal.replayed),
    different: count((signal) => both(signal) && signal.recorded !== signal.replayed),
    onlyRecorded: count(({ recorded, replayed }) => recorded !== null && replayed === null),
    onlyReplayed: count(({ recorded, replayed }) => recorded === null && replayed !== null),
  };
}

function textOf(runId: string, signals: readonly ReplayedSignal[]): string {
  const { recorded, replayed, same, different, onlyRecorded, onlyReplayed } = summaryOf(signals);
  const head = `run ${runId}: ${many(recorded, "signal")} recorded, ${replayed} would fire; ${same} with the same rule, ${different} with another, ${onlyRecorded} would not fire, ${onlyReplayed} would fire in addition`;
  return [head, ...signals.map(lineOf)].join("\n");
}

function lineOf(signal: ReplayedSignal): string {
  const { at, subtask, attempt, evidence, recorded, replayed, action, delayMs, moot } = signal;
  const place = subtask === null ? "coordinator" : `${subtask}${attempt === null ? "" : ` attempt ${attempt}`}`;
  const wait = delayMs > 0 ? ` after ${seconds(delayMs)}` : "";
  const would = replayed === null ? "would not fire" : `would be ${replayed} → ${action ?? ""}${wait}`;
  const mark = recorded === replayed ? "=" : "≠";
  const doubt = moot ? " (moot: the run would have gone another way before)" : "";
  return `${mark} ${at.slice(11, 23)} ${place}: ${signal.signal}: ${evidence.slice(0, 120)}\n    was ${recorded ?? "not fired"}; ${would}${doubt}`;
}
