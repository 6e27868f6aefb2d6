/** What `glasshive resume` does. */
import { resolve as resolvePath } from "node:path";
import { Command, END, type BaseStore } from "@langchain/langgraph";
import { SwarmError } from "../../../state/errors.ts";
import type { RunResult } from "../../../state/run-result.ts";
import { addUsage, CAP_FIELDS, Caps } from "../../../state/usage.ts";
import type { RunView } from "../../../engine/journal/run-view.ts";
import { lostUsage } from "../../../engine/journal/spending-view.ts";
import { equalJson, type JsonValue } from "../../../engine/policy/merge/json-value.ts";
import { differenceOf } from "../../../state/question.ts";
import { keepPlan } from "../../runs/run-store.ts";
import { namingLeft, readJournal } from "../../runs/run-journal.ts";
import { mergeConfig, type RunConfig } from "../../config/run-config.ts";
import { capsOf, endpointOf, readPlan, type RunSettings } from "../../config/run-settings.ts";
import { firstProblem } from "../../../state/problem.ts";
import { readRecovery } from "../../config/read-recovery.ts";
import { readDataFile } from "../../config/read-file.ts";
import { refuseUnpriced } from "../../price-check.ts";
import { pendingInterrupts, resumeMap } from "../answers.ts";
import { asking, executeAsking } from "../execute-asking.ts";
import { firstInput, swarmOf, type Assembled, type Executing } from "../execute.ts";
import { homeOf, standingPlace } from "../home.ts";
import { watchInterruption, type Interruption } from "../interruption.ts";
import { printExecution } from "../print-result.ts";
import { withModel } from "../replaced-models.ts";
import { readRunRecord } from "../run-record.ts";
import { loadSettings, saveSettings } from "../run-files.ts";

export interface ResumeFlags extends Record<string, unknown> {
  answer?: string;
  answerFile?: string;
  plan?: string;
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
  const plan = planOf(flags, kept, cwd);
  const interruption = watchInterruption(() => runId);
  try {
    return await goOn({ home, kept, config, answer, plan, interruption }, how);
  } finally {
    interruption.dispose();
  }
}

interface GoingOn {
  home: string;
  kept: RunSettings;
  config: RunConfig;
  answer: unknown;
  plan: RunSettings["plan"];
  interruption: Interruption;
}

async function goOn(
  { home, kept, config, answer, plan, interruption }: GoingOn,
  how: { json: boolean; verbose: boolean },
) {
  const { runId } = kept;
  const settings = { ...(await amended(kept, config, home)), ...(plan === undefined ? {} : { plan }) };
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
      ...{ settings, swarm, home, answer, plan },
      raises: Object.keys(caps).length > 0,
      looksAgain: config.model !== undefined && config.model !== kept.model,
    });
    const executing = { settings, home, swarm, json: how.json, interruption };
    if ("result" in input) {
      const paused = { result: input.result, interrupted: false, error: undefined };
      return await printExecution(await asking(paused, { ...executing, input: null }, how), how);
    }
    // Only what is named: the others may have been raised by an answer.
    if (Object.keys(caps).length > 0) await swarm.runs.amend(runId, caps);
    saveSettings(home, settings);
    return await printExecution(await executeAsking({ ...executing, input: input.input }, how), how);
  } finally {
    await swarm.close("the command ended");
  }
}

/** A cap below what is spent already would end the run worse than it stands. Throws SwarmError USAGE. */
function refuseSpent(caps: Partial<Caps>, { spending }: RunView, runId: string): void {
  const lost = [...spending.open.values()].map(lostUsage);
  const { steps, inputTokens, outputTokens, usd } = lost.reduce(addUsage, spending.spent);
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
  const { model } = config;
  return {
    ...(model === undefined ? settings : withModel(settings, model, (await readRunRecord(home, settings.runId)).view)),
    run: { ...settings.run, caps: caps.data },
    endpoint: endpointOf(config.baseUrl ?? settings.baseUrl),
    baseUrl: config.baseUrl ?? settings.baseUrl,
    concurrency: config.concurrency ?? settings.concurrency,
    limits: config.limits ?? settings.limits,
  };
}

/** The plan to go on with, checked. Throws SwarmError USAGE, PLAN_INVALID, and RUN_DIFFERS where it is for another task. */
function planOf(
  { plan: path, answer, answerFile }: ResumeFlags,
  settings: RunSettings,
  cwd: string,
): RunSettings["plan"] {
  if (path === undefined) return undefined;
  if (answer !== undefined || answerFile !== undefined)
    throw new SwarmError("USAGE", "an answer and a plan are given", { next: "give one of them" });
  const { runId, task, agents, run } = settings;
  const plan = readPlan(resolvePath(cwd, path), { agents, hasDocuments: run.documents.length > 0 });
  const asked = typeof plan["task"] === "string" ? plan["task"].trim() : "";
  const difference = asked === "" ? undefined : differenceOf({ task: asked }, { task });
  if (difference !== undefined)
    throw new SwarmError("RUN_DIFFERS", `run ${runId} was asked something else than the plan: ${difference}`, {
      next: `ask it as a run of its own: glasshive run --plan ${path}`,
    });
  // The plan that it has already: there is nothing to take the place of.
  return equalJson(plan as JsonValue, (settings.plan ?? null) as JsonValue) ? undefined : plan;
}

/** Whatever the run was at is left, and the planner is next, which takes this plan in the place of the one on record. */
export async function replan({ graph, store }: Assembled, runId: string, plan: Record<string, unknown>): Promise<void> {
  await keepPlan(store as BaseStore, runId, plan);
  const place = { configurable: { thread_id: runId } };
  // What ended lanes have said leads to a next step of its own.
  while ((await graph.getState(place)).next.length > 0) await graph.updateState(place, null, END);
  const fresh = { assignments: [], parked: [], checks: [], draft: null, rejection: null, status: "planning" as const };
  await graph.updateState(place, fresh, "intake");
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
  /** In place of the one that the run has. */
  plan: RunSettings["plan"];
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
  plan,
  raises,
  looksAgain,
}: Resuming): Promise<{ input: Executing["input"] } | { result: RunResult }> {
  const { runId } = settings;
  const pending = await pendingInterrupts(swarm.graph, runId);
  if (answer !== undefined) return { input: new Command({ resume: resumeMap(pending, answer, runId) }) };
  const place = { configurable: { thread_id: runId } };
  const state = await swarm.graph.getState(place);
  if (
    plan === undefined &&
    pending.length > 0 &&
    !raises &&
    state.tasks.every(({ interrupts }) => interrupts.length > 0)
  )
    // From the records: the file may be of an earlier pause, or not there where the process was killed.
    return { result: { ...(await readRunRecord(home, runId)).result, interrupts: pending } };
  // Killed before the first checkpoint: the run begins.
  const isUnnamed = ((state.values as { runId?: string }).runId ?? "") === "";
  const isUnbegun = isUnnamed && (state.next.length === 0 || plan !== undefined);
  if (state.config.configurable?.["checkpoint_id"] === undefined || isUnbegun) {
    if (plan !== undefined) await keepPlan(swarm.store as BaseStore, runId, plan);
    return { input: firstInput(settings) };
  }
  if (plan !== undefined) {
    await replan(swarm, runId, plan);
    return { input: null };
  }
  // A task whose writes are kept and whose step is not done yet counts as no next one, and there is more to do all the same.
  if (state.next.length > 0 || state.tasks.length > 0) return { input: null };
  const { result } = await readRunRecord(home, runId, { isHeld: true });
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
