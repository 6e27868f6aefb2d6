/** What `glasshive replay` does. */
import { join, resolve } from "node:path";
import { existsSync, readFileSync } from "node:fs";
import { openContents } from "../../../adapters/storage/content-store.ts";
import type { JournalLine } from "../../../engine/journal/events.ts";
import { foldRun, type RunView } from "../../../engine/journal/run-view.ts";
import { layeredPolicy } from "../../../engine/policy/recovery/policy.ts";
import { Replay, type ReplayedSignal, type ReplayPolicy } from "../../../engine/policy/recovery/replay.ts";
import type { Recording } from "../../../engine/policy/replay/recording.ts";
import { indexAgents, ReplayRoutes, routeSubtask, type ReplayedRoute } from "../../../engine/policy/route/route.ts";
import type { Contents } from "../../../engine/ports/board.ts";
import { SwarmError } from "../../../state/errors.ts";
import { duration, many, timeOfDay } from "../../../state/amounts.ts";
import type { Plan, Subtask } from "../../../state/plan.ts";
import type { ActionName } from "../../../state/recovery-policy.ts";
import type { RunResult } from "../../../state/run-result.ts";
import { readAgents, readDetection, readRecovery } from "../../config/read-agents.ts";
import { readDataFile } from "../../config/read-file.ts";
import { readPolicyFile } from "../../config/run-config.ts";
import type { RunSettings } from "../../config/run-settings.ts";
import { runAgain } from "../../replay/run-again.ts";
import { refuseShortened } from "../../runs/heads.ts";
import { ANSWER_FILE, JOURNAL_FILE, runFolder } from "../../runs/run-folder.ts";
import { readAgain, readJournal } from "../../runs/run-journal.ts";
import { EXIT } from "../exit-codes.ts";
import type { Flags, Asked } from "../home.ts";
import { untilInterrupted } from "../interruption.ts";
import { loadSettings } from "../run-files.ts";
import { readRunRecord } from "../run-record.ts";
import { print } from "../terminal.ts";
import { contentText } from "../../../engine/journal/recorded-messages.ts";
import { hash } from "node:crypto";

/** Returns the exit code. */
export async function replay({ cwd, home, flags }: Asked, runId: string): Promise<number> {
  const { policy, agents } = flags;
  if (agents !== undefined && policy !== undefined)
    throw new SwarmError("USAGE", "--policy and --agents are two questions", { next: "ask one after the other" });
  const asked = { home, runId, flags };
  if (agents !== undefined) return replayAgents(asked, resolve(cwd, agents));
  return policy === undefined ? replayRun(asked) : replaySignals(asked, policy, resolve(cwd, policy));
}

interface Replaying {
  home: string;
  runId: string;
  flags: Flags;
}

/** Returns the exit code. Throws SwarmError CONFIG_INVALID. */
async function replaySignals({ home, runId, flags }: Replaying, policy: string, file: string): Promise<number> {
  const settings = loadSettings(home, runId);
  const given = readPolicyFile(file);
  const { plan } = await untilInterrupted(() => readRunRecord(home, runId));
  const recording = new Replay(replayPolicy(settings, plan, given));
  readAgain(home, runId, recording.add);
  const signals = recording.signals();
  const summary = summaryOf(signals);
  print(flags, { runId, policy, signals, summary }, () => textOf(runId, signals, summary));
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

function summaryOf(signals: readonly ReplayedSignal[]) {
  const { same = [], different = [], onlyRecorded = [], onlyReplayed = [] } = Object.groupBy(signals, kindOf);
  const both = same.length + different.length;
  return {
    recorded: both + onlyRecorded.length,
    replayed: both + onlyReplayed.length,
    same: same.length,
    different: different.length,
    onlyRecorded: onlyRecorded.length,
    onlyReplayed: onlyReplayed.length,
  };
}

function kindOf({ recorded, replayed }: ReplayedSignal): "same" | "different" | "onlyRecorded" | "onlyReplayed" {
  if (recorded === null) return "onlyReplayed";
  if (replayed === null) return "onlyRecorded";
  return recorded === replayed ? "same" : "different";
}

function textOf(runId: string, signals: readonly ReplayedSignal[], summary: ReturnType<typeof summaryOf>): string {
  const { recorded, replayed, same, different, onlyRecorded, onlyReplayed } = summary;
  const head = `run ${runId}: ${many(recorded, "signal")} recorded, ${replayed} would fire; ${same} with the same rule, ${different} with another, ${onlyRecorded} would not fire, ${onlyReplayed} would fire in addition`;
  return [head, ...signals.map(lineOf)].join("\n");
}

function lineOf(signal: ReplayedSignal): string {
  const { at, subtask, attempt, evidence, recorded, replayed, action, delayMs, moot } = signal;
  const place = subtask === null ? "coordinator" : `${subtask}${attempt === null ? "" : ` attempt ${attempt}`}`;
  const wait = delayMs > 0 ? ` after ${duration(delayMs)}` : "";
  const would = replayed === null ? "would not fire" : `would be ${replayed} → ${action ?? ""}${wait}`;
  const mark = recorded === replayed ? "=" : "≠";
  const doubt = moot ? " (moot: the run would have gone another way before)" : "";
  return `${mark} ${timeOfDay(at)} ${place}: ${signal.signal}: ${evidence.slice(0, 120)}\n    was ${recorded ?? "not fired"}; ${would}${doubt}`;
}

/** Returns the exit code: 1 where the answer is another. Throws as `runAgain` does. */
async function replayRun({ home, runId, flags }: Replaying): Promise<number> {
  const folder = runFolder(home, runId);
  // Says so where there is no such run.
  if (!existsSync(join(folder, JOURNAL_FILE))) loadSettings(home, runId);
  const lines: JournalLine[] = [];
  const { isClosed, head } = readJournal(home, runId, (line) => void lines.push(line));
  if (!isClosed) refuseShortened(home, runId, head);
  const contents = openContents(folder);
  const { results, calls, recording } = await runAgain(runId, lines, contents);
  const differences = differencesOf({ results, recording, lines, contents, folder });
  const isSame = differences.length === 0;
  const answer = hash("sha256", results.at(-1)?.answer ?? "");
  const ends = results.length;
  print(flags, { runId, same: isSame, answer, calls, ends, differences }, () => {
    const atEach = ends > 1 ? `, at each of its ${ends} ends` : "";
    const where = `${atEach}${isToItsEnd(recording, lines) ? "" : ` up to its end at line ${recording.lines}`}`;
    const what = isSame ? "the same answer, byte for byte" : "another answer";
    return [
      `run ${runId} was run again from its recording${where}: ${what} (SHA-256 ${answer.slice(0, 12)})`,
      `${many(calls, "model call")} answered from the record; no model, tool, command or person was asked`,
      ...differences,
    ].join("\n");
  });
  return isSame ? EXIT.complete : EXIT.failed;
}

/** Whether nothing that the run did is behind what was run again. */
function isToItsEnd({ lines: reached }: Recording, lines: readonly JournalLine[]): boolean {
  return !lines.some(
    ({ seq, kind }) => seq > reached && (kind === "route" || kind === "reserve" || kind === "run-end"),
  );
}

function differencesOf(facts: {
  results: readonly RunResult[];
  recording: Recording;
  lines: readonly JournalLine[];
  contents: Contents;
  folder: string;
}): string[] {
  const { results, recording, lines, contents, folder } = facts;
  const ends = recording.sessions.flatMap(({ end }) => end ?? []);
  const differences = results.flatMap((result, place) => {
    const end = ends[place];
    const then = end?.answer === undefined ? undefined : contentText(contents, end.answer);
    const at = results.length > 1 ? ` at line ${end?.seq}` : "";
    return [
      ...(then === result.answer ? [] : [`the answer is not the one of the journal's end${at}`]),
      ...outcomesThatDiffer(result, foldRun(lines.slice(0, end?.seq))).map((difference) => `${difference}${at}`),
    ];
  });
  const file = join(folder, ANSWER_FILE);
  const isOther =
    isToItsEnd(recording, lines) && existsSync(file) && readFileSync(file, "utf8") !== results.at(-1)?.answer;
  return isOther ? [...differences, `the answer is not that of ${ANSWER_FILE}`] : differences;
}

function outcomesThatDiffer({ subtasks }: RunResult, { lanes }: RunView): string[] {
  return subtasks.flatMap(({ id, outcome, output }) => {
    const then = lanes.get(id)?.published?.data;
    const digest = hash("sha256", output);
    if (then?.outcome !== (outcome ?? undefined))
      return [`subtask ${id}: was ${then?.outcome ?? "not ended"}, is ${outcome ?? "not ended"}`];
    return then?.digest === undefined || then.digest === digest ? [] : [`subtask ${id}: its output is another`];
  });
}

/** Returns the exit code. Throws SwarmError AGENTS_INVALID. */
async function replayAgents({ home, runId, flags }: Replaying, file: string): Promise<number> {
  const agents = readAgents(readDataFile(file, "the agents file", "AGENTS_INVALID"));
  const { plan } = await untilInterrupted(() => readRunRecord(home, runId));
  const replay = new ReplayRoutes(agents, plan);
  readAgain(home, runId, replay.add);
  const { routes } = replay;
  const different = routes.filter(({ recorded, replayed }) => recorded.agent !== replayed.agent).length;
  print(flags, { runId, agents: file, routes, different }, () => {
    const head = `run ${runId}: ${many(routes.length, "route")} recorded, ${different} would go to another agent`;
    return [head, ...routes.map(routeLine)].join("\n");
  });
  return EXIT.complete;
}

function routeLine({ at, subtask, attempt, recorded, replayed }: ReplayedRoute): string {
  const mark = recorded.agent === replayed.agent ? "=" : "≠";
  const score = replayed.score === null ? "" : `, ${replayed.score.toFixed(2)}`;
  const reasons = replayed.rejected.slice(0, 3).map(({ agent, reason }) => `${agent}: ${reason}`);
  const why = replayed.agent === null && reasons.length > 0 ? `; ${reasons.join("; ")}` : "";
  return `${mark} ${timeOfDay(at)} ${subtask} attempt ${attempt}: was ${recorded.agent ?? "nobody"} (${recorded.rule}); would be ${replayed.agent ?? "nobody"} (${replayed.rule}${score})${why}`;
}
