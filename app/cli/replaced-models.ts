/** `resume --model`: another model in place of one that the run names. Pure. */
import type { RunView } from "../../engine/journal/run-view.ts";
import { SwarmError } from "../../state/errors.ts";
import { readRecovery } from "../config/read-recovery.ts";
import { modelsNamed } from "../price-check.ts";
import type { RunSettings } from "../config/run-settings.ts";

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
