/** The options of `createSwarm` as a program hands them over: what is not known, or not of its shape, is refused by name. */
import { z } from "zod";
import { DocumentLimits } from "../../state/run-options.ts";
import { Detection } from "../../state/recovery-policy.ts";
import { SIGNAL_KINDS } from "../../state/signal.ts";
import { SwarmError } from "../../state/errors.ts";
import { GivenCaps } from "../../state/usage.ts";
import { ASKED, EMBEDDER_ONLY } from "../../engine/policy/permissions/narrow.ts";
import { BUILT_IN_TOOLS } from "../../tools/tool-names.ts";
import { firstProblem, strictObject } from "../../state/problem.ts";
import { nearestName } from "../../state/nearest-name.ts";
import { Limits, ModelLimitsInput } from "./run-config.ts";
import { fieldOf } from "../../state/is-record.ts";

const KNOWN: readonly string[] = [...EMBEDDER_ONLY, ...ASKED];
type Known = (typeof EMBEDDER_ONLY)[number] | (typeof ASKED)[number];

const NESTED = {
  budget: Object.keys(GivenCaps.shape),
  raiseTo: Object.keys(GivenCaps.shape),
  limits: Object.keys(Limits.shape),
  documentLimits: Object.keys(DocumentLimits.shape),
  detection: Object.keys(Detection.shape),
  recovery: SIGNAL_KINDS,
} satisfies Partial<Record<Known, readonly string[]>>;

const text = z.string().min(1);
const amount = z.number().min(0);

/** An object of LangGraph's, by a method of it: a host may have a copy of LangGraph of its own. */
function having(method: string, problem: string): z.ZodType<object> {
  return z.custom<object>((value) => isCallable(value, method), problem);
}

const Model = z.custom<string | object>(
  (value) =>
    (typeof value === "string" && value !== "") || ["stream", "getName"].every((own) => isCallable(value, own)),
  "is not a model: expected the id of one, or a LangChain chat model",
);
const Tool = z.custom<{ name: string }>(
  (value) => typeof fieldOf(value, "name") === "string" && isCallable(value, "invoke"),
  "is not a tool",
);

function isCallable(value: unknown, method: string): boolean {
  return typeof fieldOf(value, method) === "function";
}

/** Those whose shape nobody else looks at. */
const Shapes = z.object({
  model: Model,
  models: z.array(text),
  baseUrl: z.string(),
  apiKey: z.string(),
  concurrency: Limits.shape.concurrency,
  limits: Limits,
  skills: z.array(z.object({ name: text, description: z.string(), instructions: z.string() })),
  prices: z.record(
    z.string(),
    strictObject({ input: amount, cachedInput: amount, output: amount, source: z.string() }),
  ),
  modelLimits: z.record(z.string(), ModelLimitsInput),
  raiseTo: GivenCaps,
  agents: z.array(z.unknown()),
  replacedModels: z.record(z.string(), text),
  tools: z.array(Tool),
  checkpointer: having("getTuple", "is not a checkpointer"),
  store: having("batch", "is not a store"),
  clock: having("sleep", "is not a clock"),
  home: text,
  heads: z.array(text),
  signingKey: text,
  cwd: text,
  allowCommands: z.boolean(),
  redact: z.array(text),
  otel: z.boolean(),
  editablePrompts: z.boolean(),
});

/** Does not compile for options of which one is in neither list. Throws SwarmError CONFIG_INVALID with one line. */
export function checkOptions<Options extends object>(
  options: Exclude<keyof Options, Known> extends never ? Options : never,
): void {
  if (typeof options !== "object" || options === null) throw invalid("createSwarm takes an object");
  refuseUnknown(options, KNOWN, "createSwarm");
  const given = options as Partial<Record<string, object>>;
  for (const [name, known] of Object.entries(NESTED)) refuseUnknown(given[name], known, name);
  const parsed = Shapes.partial().safeParse(options);
  if (!parsed.success) throw invalid(firstProblem(parsed.error, options));
  refuseTwoOfOneName(parsed.data.tools?.map(({ name }) => name) ?? []);
}

function refuseUnknown(given: object | undefined, known: readonly string[], where: string): void {
  const unknown = Object.entries(given ?? {}).find(([name, value]) => value !== undefined && !known.includes(name));
  if (unknown === undefined) return;
  const [name] = unknown;
  const near = nearestName(name, known);
  throw invalid(`${where} has no option ${JSON.stringify(name.slice(0, 60))}`, {
    next: near === undefined ? `it has ${known.join(", ")}` : `did you mean "${near}"?`,
  });
}

/** An agent that is granted a tool by its name must get the one that is meant. */
function refuseTwoOfOneName(names: readonly string[]): void {
  const all: readonly string[] = [...BUILT_IN_TOOLS, ...names];
  const twice = all.find((name, index) => all.indexOf(name) < index);
  if (twice === undefined) return;
  const which = BUILT_IN_TOOLS.includes(twice) ? "is built in already" : "is given twice";
  throw invalid(`tools: the tool "${twice}" ${which}`, { next: "give it a name of its own" });
}

function invalid(problem: string, { next }: { next?: string } = {}): SwarmError {
  return new SwarmError("CONFIG_INVALID", `the options are not valid: ${problem}`, next === undefined ? {} : { next });
}
