/** `resume --model`: another model in place of one that the run names. Pure. */
import type { JournalLine } from "../../engine/journal/events.ts";
import { SwarmError } from "../../state/errors.ts";
import { readRecovery } from "../config/read-recovery.ts";
import { modelsNamed } from "../price-check.ts";
import type { RunSettings } from "../config/run-settings.ts";

/**
 * `NEW` is the run's model from now on, and stands in for every model that the endpoint has refused; `OLD=NEW` puts it in the place
 * of one, wherever that is named. Throws SwarmError USAGE for an OLD that the run does not know.
 */
export function withModel(settings: RunSettings, given: string, lines: readonly JournalLine[]): RunSettings {
  const at = given.indexOf("=");
  if (at < 0) return { ...settings, model: given, ...replacing(settings, refusedIn(lines), given) };
  const [old, model] = [given.slice(0, at).trim(), given.slice(at + 1).trim()];
  const known = namedIn(settings, lines);
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

function refusedIn(lines: readonly JournalLine[]): string[] {
  const refused = lines.flatMap(({ kind, data }) =>
    kind === "model-call" && data.signal === "model" ? [data.model] : [],
  );
  return [...new Set(refused)];
}

function namedIn({ model, agents, recovery, replacedModels = {} }: RunSettings, lines: readonly JournalLine[]) {
  const called = lines.flatMap(({ kind, data }) => (kind === "model-call" ? [data.model] : []));
  const named = [
    ...modelsNamed({ agents, recovery: readRecovery(recovery) }),
    model,
    ...called,
    ...Object.keys(replacedModels),
  ];
  return new Set(named.filter((name) => name !== undefined));
}
