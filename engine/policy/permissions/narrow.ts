/**
 * Where what the embedder allows meets what a caller asks. A caller is whoever invokes the graph: by an input, by `configurable` or
 * `context`, over a server. Owns no options: the embedder's come in, the run's go out. Pure.
 *
 * 1. Caps go down, places to stop for a human are added, documents lie inside the allowed ones, model and agents are some of those that
 *    the embedder names; prompts are edited where the embedder says so; nothing else can be asked.
 * 2. Who asks for more is refused with what was asked and what is allowed, never given something else instead.
 */
import { SwarmError } from "../../../state/errors.ts";
import { defined, fieldOf, isRecord } from "../../../state/is-record.ts";
import { nearestName } from "../../../state/nearest-name.ts";
import { firstProblem, shown } from "../../../state/problem.ts";
import { Asked, type RunOptions } from "../../../state/run-options.ts";
import { GivenCaps } from "../../../state/usage.ts";
import { DEFAULT_PROMPTS } from "../prompts/default-prompts.ts";

/** Options of `createSwarm` that no caller has a say in. */
export const EMBEDDER_ONLY = [
  ...["models", "baseUrl", "apiKey", "concurrency", "limits", "prices", "modelLimits", "replacedModels"],
  ...[
    "tools",
    "skills",
    "recovery",
    "detection",
    "allowCommands",
    "unattended",
    "dryRun",
    "swarm",
    "documentLimits",
    "raiseTo",
    "redact",
    "otel",
    "editablePrompts",
  ],
  ...["checkpointer", "store", "home", "heads", "signingKey", "cwd", "clock", "cacheWarmupMs"],
] as const;

export const PROMPTS = ["plannerPrompt", "agentPrompt", "synthesizerPrompt"] as const;
/** Options that a caller may narrow, and what it may say in place of a prompt. */
export const ASKED = ["documents", "approve", "budget", "model", "agents", ...PROMPTS] as const;
/** What the graph around this one may have under the same name, and mean by it something else. */
const OFTEN_ELSE: ReadonlySet<string> = new Set(["model", "agents"]);

type Given = Partial<Record<(typeof ASKED)[number], unknown>>;

/** What a caller asks, the outermost first: `configurable`, `context`, the input. Throws SwarmError NOT_ALLOWED, CONFIG_INVALID. */
export function asksOf(input: Given, config: { configurable?: object; context?: unknown }): Asked[] {
  const { configurable = {}, context } = config;
  // Of a graph that this one is a node of, they are that graph's, which may have a `model` of its own.
  const isOwn = !String(fieldOf(configurable, "checkpoint_ns") ?? "").includes("|");
  if (!isOwn) return [...[configurable, context].map((given) => read(withoutOthers(given))), read(input)];
  for (const given of [configurable, context]) refuseEmbedderOnly(given);
  refuseUnknown(context, configurable);
  return [configurable, context, input].map(read);
}

function withoutOthers(given: unknown): object {
  return Object.fromEntries(Object.entries(given ?? {}).filter(([name]) => !OFTEN_ELSE.has(name)));
}

/** A server may hand on what it keeps of the call in both. */
function refuseUnknown(context: unknown, configurable: object): void {
  if (context === null || context === undefined) return;
  if (!isRecord(context)) throw new SwarmError("CONFIG_INVALID", `context: expected an object, got ${shown(context)}`);
  const isKnown = (name: string): boolean => ASKED.some((each) => each === name) || name in configurable;
  const unknown = Object.keys(context).find((name) => !isKnown(name));
  if (unknown !== undefined) throw unknownName("context", unknown, ASKED);
}

/** For what would be passed over: with the name that was meant, or those that there are. */
export function unknownName(where: string, name: string, known: readonly string[]): SwarmError {
  const near = nearestName(name, known);
  return new SwarmError("CONFIG_INVALID", `${where} has no ${shown(name)}`, {
    next: near === undefined ? `it has ${known.join(", ")}` : `did you mean "${near}"?`,
  });
}

function refuseEmbedderOnly(given: unknown): void {
  const name = EMBEDDER_ONLY.find((each) => fieldOf(given, each) !== undefined);
  if (name !== undefined)
    throw notAllowed(`"${name}" cannot be asked for: a caller may give ${ASKED.join(", ")}`, {
      next: "it is an option of createSwarm, for who embeds or serves the swarm",
    });
}

function read(given: unknown): Asked {
  const asked = defined(Object.fromEntries(ASKED.map((name) => [name, fieldOf(given, name) ?? undefined])));
  const parsed = Asked.safeParse(asked);
  if (parsed.success) return parsed.data;
  throw new SwarmError("CONFIG_INVALID", firstProblem(parsed.error, asked));
}

export interface Rules extends DocumentRules {
  agents: readonly string[];
  /** Throws SwarmError NOT_ALLOWED for a model that the swarm does not name. */
  useModel: (name: string) => void;
  /** Whether callers may say something else to a role than the swarm does. */
  editablePrompts: boolean;
}

export interface DocumentRules {
  /** Absolute, from where the embedder stands. */
  resolve: (path: string) => string;
  /** Whether a path is one of these files and folders, or lies in one, links resolved, and would be found there. */
  isInside: (path: string, roots: readonly string[]) => boolean;
}

/** The options of a run of which this is asked, where so much is allowed. Throws SwarmError NOT_ALLOWED. */
export function narrow(allowed: RunOptions, asked: Asked, rules: Rules): RunOptions {
  const { budget = {}, approve = [], model = allowed.model, agents = allowed.agents } = asked;
  const excess = capAbove(budget, allowed.caps);
  if (excess !== undefined) throw notAllowed(`budget.${excess}`, { next: "ask for no more than that" });
  const documents = asked.documents?.map((path) => rules.resolve(path)) ?? allowed.documents;
  refuseDocumentsOutside(allowed.documents, asked.documents ?? [], rules);
  refuseStrangers(agents ?? [], allowed.agents ?? rules.agents);
  if (asked.model !== undefined) rules.useModel(asked.model);
  return {
    ...allowed,
    caps: { ...allowed.caps, ...defined(budget) },
    approve: [...new Set([...allowed.approve, ...approve])],
    documents,
    ...defined({ model, agents }),
    ...editedPrompts(asked, rules),
  };
}

/** A form hands back what it has shown: an unedited prompt is none. */
function editedPrompts(asked: Asked, { editablePrompts }: Rules): Partial<RunOptions> {
  const edited = PROMPTS.filter((name) => asked[name] !== undefined && asked[name] !== DEFAULT_PROMPTS[name].trim());
  if (edited.length > 0 && !editablePrompts)
    throw notAllowed(`${edited[0]}: prompts are not edited here`, {
      next: "who embeds or serves the swarm may allow it: editablePrompts",
    });
  return Object.fromEntries(edited.map((name) => [name, asked[name]]));
}

function refuseStrangers(asked: readonly string[], known: readonly string[]): void {
  const stranger = asked.find((name) => !known.includes(name));
  if (stranger === undefined) return;
  throw notAllowed(`agents: ${JSON.stringify(stranger)} is not an agent of this swarm`, {
    next: `choose from ${known.join(", ")}`,
  });
}

/** Throws SwarmError NOT_ALLOWED for the first that is not in the roots. */
export function refuseDocumentsOutside(roots: readonly string[], asked: readonly string[], rules: DocumentRules): void {
  const outside = asked.find((path) => !rules.isInside(rules.resolve(path), roots));
  if (outside === undefined) return;
  const allowed = roots.length === 0 ? "none" : `what is found in ${roots.join(", ")}`;
  throw notAllowed(`documents: ${outside} is not allowed here; allowed: ${allowed}`, {
    next: "who embeds or serves the swarm says which documents it may read",
  });
}

/** The first cap that is above the highest, in one line. */
export function capAbove(asked: GivenCaps, highest: GivenCaps): string | undefined {
  const above = GivenCaps.keyof().options.find((field) => (asked[field] ?? 0) > (highest[field] ?? Infinity));
  return above === undefined
    ? undefined
    : `${above}: ${asked[above]} is above ${highest[above]}, the most that is allowed here`;
}

function notAllowed(message: string, { next }: { next: string }): SwarmError {
  return new SwarmError("NOT_ALLOWED", message, { next });
}
