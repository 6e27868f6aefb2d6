/** What `glasshive resume` does. */
import { Command } from "@langchain/langgraph";
import { SwarmError } from "../../../state/errors.ts";
import type { RunResult } from "../../../state/run-result.ts";
import { addUsage, CAP_FIELDS, Caps } from "../../../state/usage.ts";
import { foldJournal, lostUsage } from "../../../engine/journal/fold.ts";
import type { JournalLine } from "../../../state/journal-line.ts";
import { namingLeft, readJournal } from "../../runs/run-journal.ts";
import { mergeConfig, type RunConfig } from "../../config/run-config.ts";
import { capsOf, endpointOf, type RunSettings } from "../../config/run-settings.ts";
import { firstProblem } from "../../../state/problem.ts";
import { readRecovery } from "../../config/read-recovery.ts";
import { readDataFile } from "../../config/read-file.ts";
import { refuseUnpriced } from "../../price-check.ts";
import { resumeMap } from "../answers.ts";
import { asking, executeAsking } from "../execute-asking.ts";
import { firstInput, swarmOf, type Assembled, type Executing } from "../execute.ts";
import { homeOf, standingPlace } from "../home.ts";
import { watchInterruption, type Interruption } from "../interruption.ts";
import { pendingInterrupts } from "../pending-interrupts.ts";
import { printExecution } from "../print-result.ts";
import { withModel } from "../replaced-models.ts";
import { readRunRecord } from "../run-record.ts";
import { loadSettings, saveSettings } from "../run-settings-file.ts";
import { viewFor } from "../view-choice.ts";

export interface ResumeFlags extends Record<string, unknown> {
  answer?: string;
  answerFile?: string;
  home?: string;
  json?: boolean;
  verbose?: boolean;
}

/** Returns the exit code. */
export async function resume(runId: string, flags: ResumeFlags): Promise<number> {
  const cwd = standingPlace();
  const home = homeOf(flags.home, cwd);
  try {
    return await resumeIn({ home, cwd }, runId, flags);
  } catch (error) {
    throw namingLeft(error, home, runId);
  }
}

async function resumeIn(
  { home, cwd }: { home: string; cwd: string },
  runId: string,
  flags: ResumeFlags,
): Promise<number> {
  const how = { json: flags.json === true, verbose: flags.verbose === true };
  const answer = answerOf(flags, cwd);
  const config = mergeConfig({}, flags);
  const kept = loadSettings(home, runId);
  if (kept.isEmbedded === true) {
    throw new SwarmError("USAGE", `run ${runId} was begun by a program that embeds the swarm`, {
      next: "continue it there",
    });
  }
  const interruption = watchInterruption(() => runId);
  try {
    return await goOn({ home, kept, config, answer, interruption }, how);
  } finally {
    interruption.dispose();
  }
}

interface GoingOn {
  home: string;
  kept: RunSettings;
  config: RunConfig;
  answer: unknown;
  interruption: Interruption;
}

async function goOn({ home, kept, config, answer, interruption }: GoingOn, how: { json: boolean; verbose: boolean }) {
  const { runId } = kept;
  const settings = await amended(kept, config, home);
  const swarm = await swarmOf(settings, home);
  try {
    refuseUnpriced(
      { ...settings, recovery: readRecovery(settings.recovery), maxUsd: settings.run.caps.maxUsd },
      swarm.models,
    );
    swarm.runs.hold(runId);
    await swarm.runs.check(runId);
    const caps = capsOf(config);
    refuseSpent(caps, readJournal(home, runId), runId);
    const input = await inputOf({
      ...{ settings, swarm, home, answer },
      raises: Object.keys(caps).length > 0,
      looksAgain: config.model !== undefined && config.model !== kept.model,
    });
    const executing = { settings, home, swarm, view: viewFor(how.json), interruption };
    if ("result" in input) {
      const paused = { result: input.result, interrupted: false, error: undefined };
      return printExecution(await asking(paused, { ...executing, input: null }, how), how);
    }
    // Only what is named: the others may have been raised by an answer.
    if (Object.keys(caps).length > 0) await swarm.runs.amend(runId, caps);
    saveSettings(home, settings);
    return printExecution(await executeAsking({ ...executing, input: input.input }, how), how);
  } finally {
    await swarm.close("the command ended");
  }
}

/** A cap below what is spent already would end the run worse than it stands. Throws SwarmError USAGE. */
function refuseSpent(caps: Partial<Caps>, lines: readonly JournalLine[], runId: string): void {
  const { spent, lost } = foldJournal(lines);
  const { steps, inputTokens, outputTokens, usd } = lost.map(lostUsage).reduce(addUsage, spent);
  const used = { steps, tokens: inputTokens + outputTokens, usd };
  for (const name of ["steps", "tokens", "usd"] as const) {
    const cap = caps[CAP_FIELDS[name]];
    if (cap === undefined || cap >= used[name]) continue;
    throw new SwarmError("USAGE", `run ${runId} has spent ${used[name]} ${name}: a cap of ${cap} is below that`, {
      next: `give a higher --max-${name}, or none`,
    });
  }
}

/** The settings of the run with what this command changes. */
async function amended(settings: RunSettings, config: RunConfig, home: string): Promise<RunSettings> {
  const caps = Caps.safeParse({ ...settings.run.caps, ...capsOf(config) });
  if (!caps.success)
    throw new SwarmError("USAGE", firstProblem(caps.error, { ...settings.run.caps, ...capsOf(config) }));
  const lines = config.model === undefined ? [] : (await readRunRecord(home, settings.runId)).lines;
  return {
    ...(config.model === undefined ? settings : withModel(settings, config.model, lines)),
    run: { ...settings.run, caps: caps.data },
    endpoint: endpointOf(config.baseUrl ?? settings.baseUrl),
    ...(config.baseUrl === undefined ? {} : { baseUrl: config.baseUrl }),
    ...(config.concurrency === undefined ? {} : { concurrency: config.concurrency }),
    ...(config.limits === undefined ? {} : { limits: config.limits }),
  };
}

function answerOf({ answer, answerFile }: ResumeFlags, cwd: string): unknown {
  if (answerFile !== undefined)
    return readDataFile(
      answerFile.startsWith("/") ? answerFile : `${cwd}/${answerFile}`,
      "the answer",
      "ANSWER_INVALID",
    );
  if (answer === undefined) return undefined;
  try {
    return JSON.parse(answer) as unknown;
  } catch {
    // A bare word is what a person types: approve, reject.
    return answer;
  }
}

interface Resuming {
  settings: RunSettings;
  swarm: Assembled;
  home: string;
  answer: unknown;
  /** Caps are given: what waits for one may go on without an answer. */
  raises: boolean;
  /** Another model may find what one has not found in the same documents. */
  looksAgain: boolean;
}

/** What the graph is given to go on; or the result, where there is nothing to go on with. */
async function inputOf({
  settings,
  swarm,
  home,
  answer,
  raises,
  looksAgain,
}: Resuming): Promise<{ input: Executing["input"] } | { result: RunResult }> {
  const { runId } = settings;
  const pending = await pendingInterrupts(swarm.graph, runId);
  if (answer !== undefined) return { input: new Command({ resume: resumeMap(pending, answer, runId) }) };
  const place = { configurable: { thread_id: runId } };
  const state = await swarm.graph.getState(place);
  if (pending.length > 0 && !raises && state.tasks.every(({ interrupts }) => interrupts.length > 0))
    // From the records: the file may be of an earlier pause, or not there where the process was killed.
    return { result: { ...(await readRunRecord(home, runId)).result, interrupts: pending } };
  // Killed before the first checkpoint: the run begins.
  const isUnbegun = state.next.length === 0 && ((state.values as { runId?: string }).runId ?? "") === "";
  if (state.config.configurable?.["checkpoint_id"] === undefined || isUnbegun) return { input: firstInput(settings) };
  // A task whose writes are kept and whose step is not done yet counts as no next one, and there is more to do all the same.
  if (state.next.length > 0 || state.tasks.length > 0) return { input: null };
  const { result } = await readRunRecord(home, runId, true);
  const repairs = result.checks.flatMap((check) => (check.status === "violated" ? check.repairs.slice(-1) : []));
  const unfinished = [...result.subtasks, ...repairs].filter(
    ({ outcome }) => outcome !== "done" && (outcome !== "not-found" || looksAgain),
  );
  // What was skipped for want of an input waits for that input still, and what a cap refused for a higher one.
  const isVain = unfinished.every(({ outcome }) => outcome === "skipped" || (outcome === "budget" && !raises));
  if (isVain || settings.run.dryRun) return { result };
  await swarm.graph.updateState(place, { parked: unfinished.map(({ id }) => id), assignments: [] }, "integrate");
  return { input: null };
}
