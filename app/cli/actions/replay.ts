/** What `glasshive replay` does. */
import { join, resolve } from "node:path";
import { existsSync } from "node:fs";
import { regularBytes } from "../../../adapters/storage/regular-files.ts";
import { openContents } from "../../../adapters/storage/content-store.ts";
import type { JournalLine } from "../../../engine/journal/events.ts";
import { isToItsEnd, replayDifferences } from "../../../engine/policy/replay/differences.ts";
import { ReplaySignals, signalCounts, type ReplayedSignal } from "../../../engine/policy/replay/replay-signals.ts";
import { ReplayRoutes, type ReplayedRoute } from "../../../engine/policy/route/route.ts";
import { SwarmError } from "../../../state/errors.ts";
import { duration, many, timeOfDay } from "../../../state/amounts.ts";
import { readAgentsFile, readDetection, readRecovery } from "../../config/read-agents.ts";
import { readPolicyFile } from "../../config/run-config.ts";
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
  const { agents, recovery, detection } = { ...loadSettings(home, runId), ...readPolicyFile(file) };
  const { plan } = await untilInterrupted(() => readRunRecord(home, runId));
  const rules = { recovery: readRecovery(recovery), detection: readDetection(detection) };
  const replay = new ReplaySignals({ ...rules, agents, plan });
  readAgain(home, runId, replay.add);
  const signals = replay.signals();
  const summary = signalCounts(signals);
  print(flags, { runId, policy, signals, summary }, () => textOf(runId, signals, summary));
  return EXIT.complete;
}

function textOf(runId: string, signals: readonly ReplayedSignal[], summary: ReturnType<typeof signalCounts>): string {
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
  const differences = replayDifferences(results, { recording, lines });
  const written = regularBytes(join(folder, ANSWER_FILE))?.toString();
  const isWhole = isToItsEnd(recording, lines);
  if (isWhole && written !== undefined && written !== results.at(-1)?.answer)
    differences.push(`the answer is not that of ${ANSWER_FILE}`);
  const isSame = differences.length === 0;
  const answer = hash("sha256", results.at(-1)?.answer ?? "");
  const ends = results.length;
  print(flags, { runId, same: isSame, answer, calls, ends, differences }, () => {
    const atEach = ends > 1 ? `, at each of its ${ends} ends` : "";
    const where = `${atEach}${isWhole ? "" : ` up to its end at line ${recording.lines}`}`;
    const what = isSame ? "the same answer, byte for byte" : "another answer";
    return [
      `run ${runId} was run again from its recording${where}: ${what} (SHA-256 ${answer.slice(0, 12)})`,
      `${many(calls, "model call")} answered from the record; no model, tool, command or person was asked`,
      ...differences,
    ].join("\n");
  });
  return isSame ? EXIT.complete : EXIT.failed;
}

/** Returns the exit code. Throws SwarmError AGENTS_INVALID. */
async function replayAgents({ home, runId, flags }: Replaying, file: string): Promise<number> {
  const agents = readAgentsFile(file);
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
