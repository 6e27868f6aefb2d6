/** What an embedder allows, held where it counts: what runs begin with, which models they name, what they read when opened again. */
import { resolve } from "node:path";
import { isInRoots } from "../adapters/documents/in-roots.ts";
import { GRAPH_MODEL } from "../adapters/models/model-provider.ts";
import { narrow, refuseDocumentsOutside, type Rules } from "../engine/policy/permissions/narrow.ts";
import type { ModelProvider } from "../engine/ports/models.ts";
import type { AgentProfile } from "../state/agent-profile.ts";
import { SwarmError } from "../state/errors.ts";
import type { RecoveryPolicy } from "../state/recovery-policy.ts";
import type { Asked, RunOptions } from "../state/run-options.ts";
import type { Caps, GivenCaps } from "../state/usage.ts";
import { modelsNamed, refuseUnpriced } from "./price-check.ts";

export interface Permissions {
  permit(asks: readonly Asked[]): RunOptions;
  /** Throws SwarmError NOT_ALLOWED for a run whose documents are not allowed any more. */
  check(run: RunOptions): void;
  /** How far an answer may raise a cap, whoever answers: to the embedder's own, or to where the embedder says. */
  highestCaps: Caps;
  /** Resolves those alone that the embedder names. */
  models: ModelProvider;
}

export interface Allowed {
  run: RunOptions;
  raiseTo: GivenCaps;
  cwd: string;
  agents: readonly AgentProfile[];
  recovery: RecoveryPolicy;
  models: ModelProvider;
  /** Models by name, beside those of profiles and recovery. */
  named: readonly string[];
}

export function permissionsOf({ run, raiseTo, cwd, agents, recovery, models, named }: Allowed): Permissions {
  const names = [...modelsNamed({ agents, recovery }), ...named];
  const ours = onlyNamed(models, new Set(names));
  // A graph is its own agent's alone.
  const forCallers = onlyNamed(models, new Set(names.filter((name) => name?.startsWith(GRAPH_MODEL) !== true)));
  const rules: Rules = {
    ...{ resolve: (path) => resolve(cwd, path), isInside: isInRoots, agents: agents.map(({ name }) => name) },
    useModel: (name) => void forCallers.resolve(name),
  };
  const allowed: RunOptions = { ...run, documents: run.documents.map((path) => rules.resolve(path)) };
  return {
    permit(asks) {
      const options = asks.reduce((so, asked) => narrow(so, asked, rules), allowed);
      // With the embedder's own cap and model it was looked at when the swarm was made.
      const { maxUsd } = options.caps;
      if (maxUsd !== allowed.caps.maxUsd || options.model !== undefined)
        refuseUnpriced({ agents, recovery, maxUsd }, instead(models, options.model));
      return options;
    },
    check: ({ documents }) => refuseDocumentsOutside(allowed.documents, documents, rules),
    highestCaps: { ...allowed.caps, ...raiseTo },
    models: ours,
  };
}

/** With another model for whoever names none. */
export function instead(models: ModelProvider, own: string | undefined): ModelProvider {
  return own === undefined ? models : { resolve: (spec) => models.resolve(spec ?? own) };
}

function onlyNamed(models: ModelProvider, names: ReadonlySet<string | undefined>): ModelProvider {
  return {
    resolve(spec) {
      if (names.has(spec)) return models.resolve(spec);
      const known = [...names].filter((name) => name !== undefined);
      throw new SwarmError("NOT_ALLOWED", `the model ${JSON.stringify(spec)} is not allowed here`, {
        next: `allowed are the swarm's own${known.length === 0 ? "" : `, ${known.join(", ")}`}`,
      });
    },
  };
}
