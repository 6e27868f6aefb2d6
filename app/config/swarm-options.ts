/** What the settings of the command line, or of a served graph, say of the swarm that they are for. */
import { switchableModels, type RecoveryPolicy } from "../../state/recovery-policy.ts";
import type { SwarmOptions } from "../create-swarm.ts";
import type { RunSettings } from "./run-settings.ts";

export function swarmOptionsOf(settings: RunSettings): SwarmOptions {
  const { model, baseUrl, concurrency, limits, agents, skills, recovery, detection, prices, run, cwd } = settings;
  return {
    ...(limits === undefined ? {} : { limits }),
    ...(run.documentLimits === undefined ? {} : { documentLimits: run.documentLimits }),
    ...{ cwd, concurrency, agents, skills, budget: run.caps, approve: run.approve, documents: run.documents },
    ...{ model, models: modelsIn(settings.plan), baseUrl, recovery, detection, prices },
    ...{ modelLimits: settings.modelLimits, cacheWarmupMs: run.cacheWarmupMs },
    ...(settings.replacedModels === undefined ? {} : { replacedModels: settings.replacedModels }),
    ...{ dryRun: run.dryRun, unattended: run.unattended },
  };
}

/** Those that the owner's plan may switch to; it has been checked. */
export function modelsIn(plan: RunSettings["plan"]): string[] {
  const subtasks = (plan?.["subtasks"] ?? []) as { recovery?: RecoveryPolicy }[];
  return subtasks.flatMap(({ recovery }) => switchableModels(recovery));
}
