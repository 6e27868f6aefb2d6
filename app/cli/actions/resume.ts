/** What `glasshive resume` does. */
import { isDeepStrictEqual } from "node:util";
import { resolve as resolvePath } from "node:path";
import type { RunView } from "../../../engine/journal/run-view.ts";
import { lostUsage } from "../../../engine/journal/spending-view.ts";
import { SwarmError } from "../../../state/errors.ts";
import { firstProblem } from "../../../state/problem.ts";
import { differenceOf } from "../../../state/question.ts";
import { addUsage, CAP_FIELDS, Caps } from "../../../state/usage.ts";
import { readRecovery } from "../../config/read-agents.ts";
import { readDataFile } from "../../config/read-file.ts";
import { mergeConfig, type RunConfig } from "../../config/run-config.ts";
import { capsOf, endpointOf, readPlan, redactedSettings, type RunSettings } from "../../config/run-settings.ts";
import { modelsNamed, refuseUnpriced } from "../../price-check.ts";
import { namingLeft, readJournal } from "../../runs/run-journal.ts";
import { refuseKeptPrices } from "../config-file.ts";
import { asking, executeAsking, pausedByStorage, swarmOf } from "../execute.ts";
import { homeOf, standingPlace } from "../home.ts";
import { watchInterruption, type Interruption } from "../interruption.ts";
import { inputOf } from "../next-input.ts";
import { printExecution, printRun } from "../print-result.ts";
import { loadSettings, saveSettings } from "../run-files.ts";
import { misfitOf, readRunRecord } from "../run-record.ts";
import { TERMINAL } from "../terminal.ts";

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
  refuseKeptPrices({ maxUsd: config.maxUsd }, kept);
  const interruption = watchInterruption(() => `glasshive resume ${runId}`);
  try {
    return await goOn({ home, kept, config, answer, plan, interruption }, how);
  } catch (error) {
    return await printExecution(await pausedByStorage(kept, home, error), how);
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
  const view = async () => (await readRunRecord(home, runId)).view;
  const given = { ...(await amended(kept, config, view)), ...(plan === undefined ? {} : { plan }) };
  const swarm = await swarmOf(given, home);
  const settings = redactedSettings(given, swarm.redactor);
  try {
    refuseUnpriced(
      { ...settings, recovery: readRecovery(settings.recovery), maxUsd: settings.run.caps.maxUsd },
      swarm.models,
    );
    swarm.runs.hold(runId);
    await swarm.runs.check(runId);
    const caps = capsOf(config);
    const journal = readJournal(home, runId);
    refuseSpent(caps, journal, runId);
    const input = await inputOf({
      ...{ settings, swarm, home, answer, plan: swarm.redactor.value(plan) },
      isSamePlan: isDeepStrictEqual(plan, kept.plan),
      raises: Object.keys(caps).length > 0,
      looksAgain: config.model !== undefined && config.model !== kept.model,
    });
    const executing = { settings, home, swarm, json: how.json, interruption };
    if ("result" in input) {
      const misfit = misfitOf(home, input.result, journal);
      if (misfit !== undefined) TERMINAL.note(misfit);
      const paused = { result: input.result, interrupted: false, error: undefined };
      return await printRun(await asking(paused, { ...executing, input: null }, how), executing, how);
    }
    // Only what is named: the others may have been raised by an answer.
    if (Object.keys(caps).length > 0) await swarm.runs.amend(runId, caps);
    saveSettings(home, settings);
    return await printRun(await executeAsking({ ...executing, input: input.input }, how), executing, how);
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

/** The settings of the run with what this command changes; `view`: what the run has called so far. Throws SwarmError USAGE. */
export async function amended(
  settings: RunSettings,
  config: RunConfig,
  view: () => Promise<RunView>,
): Promise<RunSettings> {
  const caps = Caps.safeParse({ ...settings.run.caps, ...capsOf(config) });
  if (!caps.success)
    throw new SwarmError("USAGE", firstProblem(caps.error, { ...settings.run.caps, ...capsOf(config) }));
  const { model } = config;
  return {
    ...(model === undefined ? settings : withModel(settings, model, await view())),
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
  return plan;
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
    return JSON.parse(answer);
  } catch {
    // A bare word is what a person types: approve, reject.
    return answer;
  }
}

/** Models that the run has called, and those that its endpoint has refused. */
type Models = Pick<RunView, "models" | "refusedModels">;

/**
 * `NEW` is the run's model from now on, and stands in for every model that the endpoint has refused; `OLD=NEW` puts it in the place
 * of one, wherever that is named. Throws SwarmError USAGE for an OLD that the run does not know.
 */
export function withModel(settings: RunSettings, given: string, view: Models): RunSettings {
  const at = given.indexOf("=");
  if (at < 0) return { ...settings, model: given, ...replacing(settings, [...view.refusedModels], given) };
  const [old, model] = [given.slice(0, at).trim(), given.slice(at + 1).trim()];
  const known = namedIn(settings, view);
  if (old === "" || model === "" || !known.has(old)) {
    throw new SwarmError("USAGE", `--model ${given}: run ${settings.runId} has no model ${JSON.stringify(old)}`, {
      next: `give --model NEW, or OLD=NEW, where OLD is one of ${[...known].toSorted().join(", ")}`,
    });
  }
  const isOwn = settings.model === old;
  return { ...settings, ...(isOwn ? { model } : {}), ...replacing(settings, [old], model) };
}

function replacing(
  { replacedModels = {} }: RunSettings,
  old: readonly string[],
  model: string,
): Pick<RunSettings, "replacedModels"> {
  const before = Object.entries(replacedModels).map(([name, by]) => [name, old.includes(by) ? model : by]);
  const all = [...before, ...old.map((name) => [name, model])].filter(([name, by]) => name !== by && name !== model);
  return all.length === 0
    ? { replacedModels: {} }
    : { replacedModels: Object.fromEntries(all) as Record<string, string> };
}

function namedIn({ model, agents, recovery, replacedModels = {} }: RunSettings, view: Models) {
  const named = [
    ...modelsNamed({ agents, recovery: readRecovery(recovery) }),
    model,
    ...view.models,
    ...Object.keys(replacedModels),
  ];
  return new Set(named.filter((name) => name !== undefined));
}
