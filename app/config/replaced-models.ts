/** Another model for a run that has worked already: for the run itself, and for those that its agents and recovery name. */
import type { RunView } from "../../engine/journal/run-view.ts";
import { SwarmError } from "../../state/errors.ts";
import type { AgentProfile } from "../../state/agent-profile.ts";
import { modelsNamed } from "../price-check.ts";
import { readRecovery } from "./read-agents.ts";

/** Models that the run has called, and those that its endpoint has refused. */
export type CalledModels = Pick<RunView, "models" | "refusedModels">;

/** Where the settings of a run name models. */
interface NamedModels {
  runId: string;
  model?: string;
  agents: readonly AgentProfile[];
  recovery?: Parameters<typeof readRecovery>[0];
  /** By the model whose place another has taken. */
  replacedModels?: Readonly<Record<string, string>>;
}

interface Models {
  model: string | undefined;
  replacedModels: Record<string, string>;
}

/**
 * `NEW` is the run's model from now on, and stands in for every model that the endpoint has refused; `OLD=NEW` puts it in the place
 * of one, wherever that is named. Throws SwarmError USAGE for an OLD that the run does not know.
 */
export function withModel(settings: NamedModels, given: string, view: CalledModels): Models {
  const at = given.indexOf("=");
  if (at < 0) return { model: given, replacedModels: replacing(settings, [...view.refusedModels], given) };
  const [old, model] = [given.slice(0, at).trim(), given.slice(at + 1).trim()];
  const known = namedIn(settings, view);
  if (old === "" || model === "" || !known.has(old)) {
    throw new SwarmError("USAGE", `--model ${given}: run ${settings.runId} has no model ${JSON.stringify(old)}`, {
      next: `give --model NEW, or OLD=NEW, where OLD is one of ${[...known].toSorted().join(", ")}`,
    });
  }
  const isOwn = settings.model === old;
  return { model: isOwn ? model : settings.model, replacedModels: replacing(settings, [old], model) };
}

function replacing(
  { replacedModels = {} }: NamedModels,
  old: readonly string[],
  model: string,
): Record<string, string> {
  const before = Object.entries(replacedModels).map(([name, by]) => [name, old.includes(by) ? model : by] as const);
  const all = [...before, ...old.map((name) => [name, model] as const)];
  return Object.fromEntries(all.filter(([name, by]) => name !== by && name !== model));
}

function namedIn({ model, agents, recovery, replacedModels = {} }: NamedModels, view: CalledModels): Set<string> {
  const own = modelsNamed({ agents, recovery: readRecovery(recovery) });
  const named = [...own, model, ...view.models, ...Object.keys(replacedModels)];
  return new Set(named.filter((name) => name !== undefined));
}
