/**
 * `createSwarm(options)`: the compiled swarm for programs. Everything that is configured once for all runs is read here; what
 * belongs to one run comes with its input and its thread.
 */
import { resolve } from "node:path";
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { StructuredToolInterface } from "@langchain/core/tools";
import type { BaseCheckpointSaver, BaseStore } from "@langchain/langgraph";
import { SYSTEM_CLOCK } from "../adapters/clock/system-clock.ts";
import { CHECK_COMMANDS } from "../adapters/process/check-command.ts";
import { baseUrlOf } from "../adapters/models/openai/endpoint.ts";
import { createModelProvider } from "../adapters/models/model-provider.ts";
import { openFileLimit } from "../adapters/process/open-files.ts";
import { branchingSaver } from "../adapters/storage/branching-saver.ts";
import { guardedStore } from "../adapters/storage/run-in-store.ts";
import { openHomeStorage, type HomeStorage } from "../adapters/storage/home-storage.ts";
import { createRedactor, type Redactor } from "../engine/policy/redaction/redactor.ts";
import type { Clock } from "../engine/ports/clock.ts";
import type { CommandRunner } from "../engine/ports/commands.ts";
import type { ModelLimits, Price } from "../engine/ports/models.ts";
import type { DetectionInput, RecoveryPolicyInput } from "../state/recovery-policy.ts";
import { swarmGraph } from "../graphs/swarm.ts";
import type { AgentProfileInput, Skill } from "../state/agent-profile.ts";
import { SwarmError } from "../state/errors.ts";
import { RunOptions, type Approval, type DocumentLimits } from "../state/run-options.ts";
import { DEFAULT_CONCURRENCY, type CapsInput, type GivenCaps } from "../state/usage.ts";
import { firstProblem } from "../state/problem.ts";
import { redactedDefinition } from "../tools/redacted-tool.ts";
import { currentFolder } from "./current-folder.ts";
import { checkOptions } from "./config/check-options.ts";
import { readTeam, type GraphAgentInput, type ReadAgents } from "./config/graph-agents.ts";
import type { Limits } from "./config/run-config.ts";
import { knownKeys } from "./config/known-keys.ts";
import { readDetection, readRecovery } from "./config/read-agents.ts";
import { permissionsOf } from "./permissions.ts";
import { capInMoney, refuseUnpriced } from "./price-check.ts";
import { outlivesProcess, refuseLoneSaver } from "./runs/run-stores.ts";
import { watchInvocations } from "./runs/watch-invocations.ts";
import { homeHeads, refuseUnwritable, type HeadPlaces } from "./runs/heads.ts";
import { readSigningKey } from "./runs/signatures.ts";
import type { ForkRequest } from "./runs/fork-run.ts";
import { LimiterPool } from "./runs/limiter-pool.ts";
import { hidesInputs, NO_TRACES, openTelemetry, type RunTraces } from "./runs/run-traces.ts";
import { keyIn } from "./runs/given-call.ts";
import { Runs } from "./runs/runs.ts";

export interface SwarmOptions {
  /** A model id of the endpoint, `offline`, or a LangChain chat model. Default: `offline`. */
  model?: string | BaseChatModel;
  /** Models of the endpoint that plans may name, beside those of profiles and of `recovery`. Default: none. */
  models?: readonly string[];
  /** An OpenAI-compatible endpoint. Default: `OPENAI_BASE_URL`, else OpenAI's. */
  baseUrl?: string;
  /** Default: `OPENAI_API_KEY`. */
  apiKey?: string;
  /** Model calls in flight at most, per endpoint and key. Default 50. */
  concurrency?: number;
  /** What the endpoint may be sent, over all runs of the process that use it. Default: what it says that it takes. */
  limits?: Limits;
  /** Who can do work; default: the built-in researcher, analyst and writer. */
  agents?: readonly (AgentProfileInput | GraphAgentInput)[];
  /** Tools that profiles may grant, beside the built-in ones. */
  tools?: readonly StructuredToolInterface[];
  /** Instructions that agents with a skill of that name are given. */
  skills?: readonly Skill[];
  /** Hard caps of each run; a caller may ask for lower ones. */
  budget?: CapsInput;
  /** Signal → actions; what is not named keeps its default. */
  recovery?: RecoveryPolicyInput;
  /** Thresholds by which stalls are detected; what is not named keeps its default. */
  detection?: DetectionInput;
  /** Where each run stops for a human; a caller may add places. Default: nowhere. */
  approve?: readonly Approval[];
  /**
   * How far an answer may raise a cap that is asked about (`approve: ["budget"]`), whoever gives it. What is not named is raised to
   * `budget` at most, by who was content with less. Default: nothing.
   */
  raiseTo?: GivenCaps;
  /** True: nobody is there to answer; each question to a human is denied at once, and the answer says so. */
  unattended?: boolean;
  /** Files and folders that the agents of each run may read; a caller may ask for some of what is in them. Default: none. */
  documents?: readonly string[];
  /** How much of them is taken: `fileBytes` (default 1,000,000) and `files` (default 50,000); what is left out is in the result. */
  documentLimits?: DocumentLimits;
  /** US dollars per million tokens by model id, or by a pattern with `*`; over the built-in table. */
  prices?: Readonly<Record<string, Price>>;
  /** What a model can hold, by model id, over what is known of its family. */
  modelLimits?: Readonly<Record<string, Partial<ModelLimits>>>;
  /** What is asked for in place of a model that a profile or a policy names, by the id of the one that is named. */
  replacedModels?: Readonly<Record<string, string>>;
  /** How long siblings wait at most for the first of them to warm the provider's prompt cache; 0: not at all; default 2000. */
  cacheWarmupMs?: number;
  /** What the planner goes by, in place of the built-in rules. */
  plannerPrompt?: string;
  /** What every agent goes by, before its task, skills and profile; how to cite is said all the same. */
  agentPrompt?: string;
  /** What the synthesizer goes by. */
  synthesizerPrompt?: string;
  /** True: who calls the swarm may replace these three. Default: nobody. */
  editablePrompts?: boolean;
  /** LangGraph's saver; interrupts need one. Default: the home's database, else that of the host, if it has one. */
  checkpointer?: BaseCheckpointSaver;
  /** LangGraph's store, for the board. Default: the home's database, else the host's, else memory. */
  store?: BaseStore;
  /** A folder for the database and a folder for each run (journal, result, answer). Default: none. */
  home?: string;
  /** Files to which the head of each ended run is appended, beside `heads.jsonl` of the home. Default: none. */
  heads?: readonly string[];
  /** A private Ed25519 key (PEM, `glasshive audit key` makes one) that signs the heads. Default: they are not signed. */
  signingKey?: string;
  /** Paths of documents are shown relative to it. Default: the process's. */
  cwd?: string;
  /** True: each run plans, routes and forecasts, and spends nothing on agents. */
  dryRun?: boolean;
  /** `single`: one agent does the whole task of each run, and nobody plans; `auto`: where its plan gains nothing by several. */
  swarm?: "auto" | "single" | undefined;
  /**
   * What is taken out of all that comes into a run before it is written, beside the keys that the process was given: names of built-in
   * patterns (`email`, `phone`, `iban`, `credit-card`, `ip`, `jwt`, `aws-key`, `private-key`, `bearer`), or `NAME=/regular expression/`.
   */
  redact?: readonly string[];
  /**
   * True: runs are told to the collector of OpenTelemetry that `OTEL_EXPORTER_OTLP_ENDPOINT` names. Default: `GLASSHIVE_OTEL` is `true`.
   */
  otel?: boolean;
  /** True: a plan that a run is given may have checks that run commands on this machine. Default: such checks stay unchecked. */
  allowCommands?: boolean;
  clock?: Clock;
}

/** Endpoints are shared by all swarms of the process, and so are their limits. */
const LIMITERS = new LimiterPool(SYSTEM_CLOCK, openFileLimit);

/**
 * A compiled LangGraph graph: `invoke`, `stream`, `getState`, `updateState`, `Command({ resume })` and the rest behave as
 * LangGraph documents them. Each call frees what it has opened when it ends; `close()`, or `await using`, calls off what is under way
 * and closes the home. Throws SwarmError CONFIG_INVALID, AGENTS_INVALID, KEY_MISSING, PRICE_UNKNOWN.
 */
export function createSwarm(options: SwarmOptions = {}) {
  const { graph, runs, close } = assembleSwarm(options);
  let closing: Promise<void> | undefined;
  const closeOnce = (): Promise<void> => (closing ??= close("the swarm was closed"));
  return Object.assign(graph, {
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
    /**
     * Keeps what is on record of a run of this swarm's store, but for what is to be different and what stands on it, for a run of
     * its own (docs/guide/replay-and-fork.md). Returns with what `invoke` or `stream` runs that one. Throws SwarmError RUN_UNKNOWN, RUN_HELD,
     * RUN_EXISTS, JOURNAL_BROKEN, USAGE.
     */
    fork: async (runId: string, { id, ...request }: ForkRequest & { id?: string } = {}) => {
      runs.refuseClosed();
      const forked = await runs.origins.forkOf(runId, id ?? runs.newId(), request);
      return { input: forked.input as GraphInput, config: { configurable: { thread_id: forked.runId } } };
    },
  });
}

export type Swarm = ReturnType<typeof createSwarm>;
type GraphInput = Parameters<SwarmGraph["invoke"]>[0];
export type SwarmGraph = ReturnType<typeof assembleSwarm>["graph"];

/** The swarm with its runs, for the command line. Close it: it holds the home's database. `tell`: hears once of a collector that fails. */
export function assembleSwarm(options: SwarmOptions = {}, openStorage = openHomeStorage, tell = warn) {
  const { models, redactor, ...kept } = readOptions(options);
  const { home, clock = SYSTEM_CLOCK, checkpointer: given } = options;
  const traces = tracesOf(options, (problem) => tell(redactor.text(problem)), clock);
  // Who is refused leaves no database behind.
  const storage: HomeStorage | undefined = home === undefined ? undefined : openStorage(home);
  try {
    const store = options.store === undefined ? storage?.store : guardedStore(options.store);
    const checkpointer = given === undefined ? storage?.checkpointer : lastingSaver(given);
    // A caller's own checkpointer does not say when it has what it was given.
    const saved = async (): Promise<void> => (given === undefined ? storage?.saved() : undefined);
    const runs = new Runs({
      ...kept,
      home,
      store,
      traces,
      storage,
      host: { clock, limiters: LIMITERS, redactor, saved, hidesInputs: hidesInputs(process.env) },
    });
    // Only a caller's own store goes to LangGraph, for the tools that ask for one: for each open lane its wrapper polls at every
    // turn of the event loop, and the board needs none of it.
    const commands = options.allowCommands === true ? redactedCommands(CHECK_COMMANDS, redactor) : undefined;
    const services = { runs, clock, commands, permit: kept.permissions.permit.bind(kept.permissions) };
    const graph = watchInvocations(swarmGraph(services, { checkpointer, store: options.store }), runs);
    return {
      graph,
      runs,
      models,
      redactor,
      /** `reason`: why this process leaves what it has open. */
      close: async (reason: string) => {
        try {
          await runs.end(reason);
        } finally {
          await Promise.all([storage?.close(), traces.close()]);
        }
      },
    };
  } catch (error) {
    // What was wrong is what is told.
    storage?.close().catch(() => undefined);
    throw error;
  }
}

/** The options as runs keep them; nothing is opened yet. Throws SwarmError as `createSwarm` does. */
function readOptions(options: SwarmOptions) {
  checkOptions<SwarmOptions>(options);
  if (options.store === undefined && options.home === undefined) refuseLoneSaver(options.checkpointer);
  const cwd = options.cwd ?? currentFolder("go to one that is there, or give `cwd`");
  const run = readDefaults(options);
  // Before anything is written: the name of the home may hold a key.
  const redactor = redactorOf({ ...options, documents: run.documents, cwd });
  const { model, models: more = [], tools = [], skills = [], raiseTo = {}, editablePrompts } = options;
  const toolNames = tools.map(({ name }) => name);
  const team = readTeam(options.agents, toolNames);
  const agents = redactor.value(team.agents);
  const models = modelsOf(options, redactor, team.graphs);
  const recovery = readRecovery(options.recovery);
  const { maxUsd } = run.caps;
  if (capInMoney({ maxUsd, agents }) !== undefined) refuseUnpriced({ agents, recovery, maxUsd }, models);
  return {
    cwd,
    redactor,
    models,
    heads: headPlaces(options, cwd),
    permissions: permissionsOf({
      run,
      raiseTo,
      cwd,
      agents,
      recovery,
      models,
      tools: toolNames,
      editablePrompts,
      named: typeof model === "string" ? [...more, model] : more,
    }),
    rules: { recovery, detection: readDetection(options.detection) },
    staff: {
      agents,
      skills: new Map(redactor.value(skills).map((skill) => [skill.name, skill])),
      tools: tools.map((tool) => redactedDefinition(tool, redactor)),
    },
  };
}

/** Throws SwarmError CONFIG_INVALID where there is no such key, and for a place that cannot be written. */
function headPlaces({ home, heads = [], signingKey }: SwarmOptions, cwd: string): HeadPlaces {
  const named = heads.map((file) => resolve(cwd, file));
  named.forEach(refuseUnwritable);
  const files = [...(home === undefined ? [] : [homeHeads(home)]), ...named];
  return { files, key: signingKey === undefined ? undefined : readSigningKey(resolve(cwd, signingKey)) };
}

/** In memory a checkpoint holds all of its values. */
function lastingSaver(saver: BaseCheckpointSaver): BaseCheckpointSaver {
  return outlivesProcess(saver) ? branchingSaver(saver) : saver;
}

function modelsOf(options: SwarmOptions, redactor: Redactor, graphs: ReadAgents["graphs"]) {
  const { model, baseUrl, apiKey, concurrency, limits, prices, modelLimits, replacedModels } = options;
  const { concurrency: most = DEFAULT_CONCURRENCY, ...rates } = limits ?? {};
  return createModelProvider({
    model,
    redactor,
    rates,
    prices,
    modelLimits,
    replacedModels,
    graphs,
    concurrency: concurrency ?? most,
    baseUrl: baseUrlOf(baseUrl || undefined),
    apiKey: (apiKey ?? process.env["OPENAI_API_KEY"]) || undefined,
  });
}

/** What each run begins with. What a caller chooses of it, nobody has chosen here. */
const Defaults = RunOptions.omit({ model: true, agents: true }).strip();

function readDefaults({ budget = {}, ...options }: SwarmOptions): RunOptions {
  const given = { ...options, caps: budget };
  const parsed = Defaults.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new SwarmError(
    "CONFIG_INVALID",
    `the options are not valid: ${firstProblem(parsed.error, given).replace(/^caps/, "budget")}`,
  );
}

/** Throws SwarmError CONFIG_INVALID for a pattern that is none, and where what is written as it stands holds a key. */
function redactorOf(options: SwarmOptions): Redactor {
  const { redact = [], documents = [], heads = [], tools = [] } = options;
  const { apiKey, baseUrl, home, cwd, model, signingKey } = options;
  const redactor = createRedactor({ secrets: knownKeys(process.env, { apiKey, baseUrl }), patterns: redact });
  const lists = { documents, redact, heads, tools: tools.map(({ name }) => name) };
  for (const [name, value] of Object.entries({ model, home, cwd, signingKey, ...lists }))
    for (const text of [value].flat()) if (typeof text === "string" && redactor.holdsKey(text)) throw keyIn(name);
  return redactor;
}

function redactedCommands(commands: CommandRunner, redactor: Redactor): CommandRunner {
  return { run: async (...call) => redactor.value(await commands.run(...call)) };
}

/** Throws SwarmError CONFIG_INVALID where they are asked for and the environment names no collector. */
function tracesOf({ otel }: SwarmOptions, tell: (problem: string) => void, clock: Clock): RunTraces {
  const isOn = otel ?? process.env["GLASSHIVE_OTEL"] === "true";
  return isOn ? openTelemetry(process.env, tell, () => clock.now()) : NO_TRACES;
}

function warn(problem: string): void {
  process.emitWarning(problem);
}
