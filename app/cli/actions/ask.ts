/** What `glasshive ask` does: a question about a finished run, with the settings of that run but for what is said otherwise, as a run of its own. */
import { resolve } from "node:path";
import { SwarmError } from "../../../state/errors.ts";
import { fieldOf } from "../../../state/is-record.ts";
import { verify } from "../../audit/verify.ts";
import type { RunConfig } from "../../config/run-config.ts";
import { capsOf, readPlan, settingsOf, type RunSettings } from "../../config/run-settings.ts";
import { refuseUnfinished } from "../../runs/follow-up.ts";
import { namingLeft } from "../../runs/run-journal.ts";
import { configuration, refuseNamed, refuseKeptPrices, refusePrices } from "../config-file.ts";
import type { Asked } from "../home.ts";
import { loadSettings, refuseUnfit, runIdOf } from "../run-files.ts";
import { begin, taskOf, withTaskBehind, type RunFlags } from "./run.ts";

/** Returns the exit code. */
export async function ask(
  { cwd, home, flags: typed }: Asked<RunFlags>,
  source: string,
  argument: string | undefined,
): Promise<number> {
  const { given, flags } = withTaskBehind(argument, typed, cwd);
  try {
    const config = configuration(flags, cwd);
    const question = await taskOf(given, flags, cwd);
    const kept = loadSettings(home, source);
    refuseUnfit(kept, { elsewhere: "ask on its thread there", empty: "it has no answer to ask about" });
    refuseUnfinished(home, source);
    await refuseChanged(source, { home, cwd });
    const place = { cwd, runId: runIdOf(flags), now: Date.now() };
    const settings = askedWith(kept, { config, question, place });
    // The agents of the run that is asked about were named when it was begun.
    refuseNamed(flags, { plan: settings.plan, agents: config.agents === undefined ? [] : settings.agents });
    refusePrices(flags, settings);
    refuseKeptPrices({ maxUsd: config.maxUsd }, kept);
    return await begin(settings, home, flags);
  } catch (error) {
    throw namingLeft(error, home, source);
  }
}

/** What is told of a run is what it has on record. Throws SwarmError JOURNAL_BROKEN. */
async function refuseChanged(runId: string, place: { home: string; cwd: string }): Promise<void> {
  const { runs } = await verify(runId, place);
  const [first] = runs.flatMap(({ problems }) => problems);
  if (first === undefined) return;
  throw new SwarmError("JOURNAL_BROKEN", `run ${runId} does not verify: ${first.where} ${first.problem}`, {
    next: `see: glasshive audit verify ${runId}; nothing is told of a record that was changed`,
  });
}

interface Question {
  config: RunConfig;
  question: string | undefined;
  place: Parameters<typeof settingsOf>[2];
}

/** The settings of the run that is asked about; what the configuration names is taken from there. Throws SwarmError USAGE. */
function askedWith(kept: RunSettings, { config, question, place }: Question): RunSettings {
  const { plan: planFile, ...rest } = config;
  const own = settingsOf(rest, question, place);
  const { fork: _fork, plan: _plan, replacedModels, ...before } = kept;
  const isDocuments = config.maxFileSize !== undefined || config.maxFiles !== undefined;
  const settings: RunSettings = {
    ...before,
    ...namedIn(config, own),
    ...(config.baseUrl === undefined ? {} : { endpoint: own.endpoint }),
    ...(config.model !== undefined || replacedModels === undefined ? {} : { replacedModels }),
    runId: own.runId,
    createdAt: own.createdAt,
    task: own.task,
    followUp: kept.runId,
    run: {
      ...kept.run,
      ...namedIn(config, own.run),
      caps: { ...kept.run.caps, ...capsOf(config) },
      ...(config.docs === undefined ? {} : { documents: own.run.documents }),
      ...(isDocuments ? { documentLimits: own.run.documentLimits } : {}),
      ...(own.run.swarm === undefined ? {} : { swarm: own.run.swarm }),
    },
  };
  if (planFile === undefined) return settings;
  if (config.single === true)
    throw new SwarmError("USAGE", "a plan and --single are given", { next: "give one of them" });
  // What is told of the run is among the documents, whether it had any or not.
  const plan = readPlan(resolve(place.cwd, planFile), { agents: settings.agents, hasDocuments: true });
  return { ...settings, plan };
}

function namedIn<Members extends object>(config: RunConfig, members: Members): Partial<Members> {
  const named: object = Object.fromEntries(
    Object.entries(members).filter(([key]) => fieldOf(config, key) !== undefined),
  );
  return named;
}
