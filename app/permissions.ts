/** What an embedder allows, held where it counts: what runs begin with, which models and tools they name, what they read when opened again. */
import { resolve } from "node:path";
import { isInRoots } from "../adapters/documents/in-roots.ts";
import { GRAPH_MODEL } from "../adapters/models/model-provider.ts";
import { narrow, refuseDocumentsOutside, type Rules } from "../engine/policy/permissions/narrow.ts";
import type { ModelProvider } from "../engine/ports/models.ts";
import type { AgentProfile } from "../state/agent-profile.ts";
import { SwarmError } from "../state/errors.ts";
import type { RecoveryPolicy } from "../state/recovery-policy.ts";
import { nearestName } from "../state/nearest-name.ts";
import type { Approval, Asked, RunOptions } from "../state/run-options.ts";
import type { Caps, GivenCaps } from "../state/usage.ts";
import { BUILT_IN_TOOLS } from "../tools/tool-names.ts";
import { approvedTools } from "../tools/understand-calls.ts";
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
  /** Whether callers may say something else to a role; default: no. */
  editablePrompts?: boolean;
  /** Models by name, beside those of profiles and recovery. */
  named: readonly string[];
  /** Names of the tools that there are beside the built-in ones. */
  tools: readonly string[];
}

export function permissionsOf({
  run,
  raiseTo,
  cwd,
  agents,
  recovery,
  models,
  named,
  tools,
  editablePrompts = false,
}: Allowed): Permissions {
  const names = [...modelsNamed({ agents, recovery }), ...named];
  const ours = onlyNamed(models, new Set(names));
  // A graph is its own agent's alone.
  const forCallers = onlyNamed(models, new Set(names.filter((name) => name?.startsWith(GRAPH_MODEL) !== true)));
  const rules: Rules = {
    resolve: (path) => resolve(cwd, path),
    isInside: isInRoots,
    agents: agents.map(({ name }) => name),
    editablePrompts,
    useModel: (name) => void forCallers.resolve(name),
  };
  const knownTools = [...BUILT_IN_TOOLS, ...tools];
  refuseUnknownTools(run.approve, knownTools);
  const allowed: RunOptions = { ...run, documents: run.documents.map((path) => rules.resolve(path)) };
  return {
    permit(asks) {
      const options = asks.reduce((so, asked) => narrow(so, asked, rules), allowed);
      refuseUnknownTools(options.approve, knownTools);
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

/** A name with a slip in it would let the tool run unasked. Throws SwarmError CONFIG_INVALID. */
function refuseUnknownTools(approve: readonly Approval[], known: readonly string[]): void {
  const unknown = approvedTools(approve).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const near = nearestName(unknown, known);
  throw new SwarmError("CONFIG_INVALID", `approve: there is no tool ${JSON.stringify(unknown.slice(0, 60))}`, {
    next: near === undefined ? `choose from ${known.join(", ")}` : `did you mean "${near}"?`,
  });
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
