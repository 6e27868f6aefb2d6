/** What `glasshive resume` does. */
import { isDeepStrictEqual } from "node:util";
import { resolve as resolvePath } from "node:path";
import { baseUrlOf } from "../../../adapters/models/openai/endpoint.ts";
import type { RunView } from "../../../engine/journal/run-view.ts";
import { lostUsage } from "../../../engine/journal/spending-view.ts";
import { SwarmError } from "../../../state/errors.ts";
import { firstProblem } from "../../../state/problem.ts";
import { differenceOf } from "../../../state/question.ts";
import { addUsage, CAP_FIELDS, Caps } from "../../../state/usage.ts";
import { readRecovery } from "../../config/read-agents.ts";
import { readDataFile } from "../../config/read-file.ts";
import { mergeConfig, type RunConfig } from "../../config/run-config.ts";
import { capsOf, readPlan, type RunSettings } from "../../config/run-settings.ts";
import { modelsNamed } from "../../price-check.ts";
import { namingLeft, readJournal } from "../../runs/run-journal.ts";
import { refuseKeptPrices } from "../config-file.ts";
import { asking, executeAsking, pausedByStorage, withSwarm } from "../execute.ts";
import type { Asked, Flags } from "../home.ts";
import { interruptible, type Interruption } from "../interruption.ts";
import { inputOf } from "../next-input.ts";
import { printExecution, printRun } from "../print-result.ts";
import { embedded, loadSettings, saveSettings } from "../run-files.ts";
import { tellMisfit } from "../run-record.ts";

export interface ResumeFlags extends Flags {
  answer?: string;
  answerFile?: string;
}

/** Returns the exit code. */
export async function resume(asked: Asked<ResumeFlags>, runId: string): Promise<number> {
  const { cwd, home, flags } = asked;
  try {
    const answer = answerOf(flags, cwd);
    const config = mergeConfig({}, flags);
    const kept = loadSettings(home, runId);
    if (kept.isEmbedded === true) throw embedded(runId, "continue it there");
    const plan = planOf(flags, kept, cwd);
    refuseKeptPrices({ maxUsd: config.maxUsd }, kept);
    const going = { home, kept, config, answer, plan };
    return await interruptible(
      () => `glasshive resume ${runId}`,
      (interruption) =>
        goOn({ ...going, interruption }, flags).catch(async (error: unknown) =>
          printExecution(await pausedByStorage(kept, home, error), flags),
        ),
    );
  } catch (error) {
    throw namingLeft(error, home, runId);
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
  how: Pick<ResumeFlags, "json" | "verbose">,
): Promise<number> {
  const { runId } = kept;
  const given = { ...amended(kept, config, () => readJournal(home, runId)), ...(plan === undefined ? {} : { plan }) };
  return withSwarm(given, { home }, async (swarm, settings) => {
    swarm.runs.hold(runId);
    const recorded = swarm.runs.recorded(runId);
    await recorded.check();
    const caps = capsOf(config);
    const raises = Object.keys(caps).length > 0;
    const journal = readJournal(home, runId);
    refuseSpent(caps, journal, runId);
    const next = await inputOf({
      settings,
      swarm,
      home,
      answer,
      raises,
      plan: swarm.redactor.value(plan),
      isSamePlan: isDeepStrictEqual(plan, kept.plan),
      looksAgain: config.model !== undefined && config.model !== kept.model,
    });
    const executing = { settings, home, swarm, input: null, json: how.json === true, interruption };
    if ("result" in next) {
      tellMisfit(home, next.result, journal);
      const paused = { result: next.result, interrupted: false, error: undefined };
      return printRun(await asking(paused, executing), executing, how);
    }
    // Only what is named: the others may have been raised by an answer.
    if (raises) await recorded.amendCaps(caps);
    saveSettings(home, settings);
    return printRun(await executeAsking({ ...executing, input: next.input }), executing, how);
  });
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

/** The settings of the run with what this command changes; `view`: of the run as far as it came. Throws SwarmError USAGE. */
export function amended(settings: RunSettings, config: RunConfig, view: () => RunView): RunSettings {
  const given = { ...settings.run.caps, ...capsOf(config) };
  const caps = Caps.safeParse(given);
  if (!caps.success) throw new SwarmError("USAGE", firstProblem(caps.error, given));
  const { model, baseUrl = settings.baseUrl, concurrency = settings.concurrency, limits = settings.limits } = config;
  return {
    ...(model === undefined ? settings : withModel(settings, model, view())),
    run: { ...settings.run, caps: caps.data },
    endpoint: baseUrlOf(baseUrl),
    baseUrl,
    concurrency,
    limits,
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
  if (answerFile !== undefined) return readDataFile(resolvePath(cwd, answerFile), "the answer", "ANSWER_INVALID");
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
): { replacedModels: Record<string, string> } {
  const before = Object.entries(replacedModels).map(([name, by]) => [name, old.includes(by) ? model : by] as const);
  const all = [...before, ...old.map((name) => [name, model] as const)];
  return { replacedModels: Object.fromEntries(all.filter(([name, by]) => name !== by && name !== model)) };
}

function namedIn({ model, agents, recovery, replacedModels = {} }: RunSettings, view: Models): Set<string> {
  const own = modelsNamed({ agents, recovery: readRecovery(recovery) });
  const named = [...own, model, ...view.models, ...Object.keys(replacedModels)];
  return new Set(named.filter((name) => name !== undefined));
}
