/**
 * A run, run again from its recording: the graph as it is now, and in place of models, tools, commands, people and documents what
 * they said then. All that it makes is in memory and gone afterwards; of the run's folder it reads, and writes nothing.
 */
import { tool, type StructuredToolInterface } from "@langchain/core/tools";
import { InMemoryStore, MemorySaver } from "@langchain/langgraph";
import { SYSTEM_CLOCK } from "../../adapters/clock/system-clock.ts";
import { usageOf } from "../../adapters/models/openai/inspect-reply.ts";
import { memoryContents } from "../../adapters/storage/content-store.ts";
import { artifactsInStore } from "../../adapters/storage/run-in-store.ts";
import type { DataOf, JournalLine } from "../../engine/journal/events.ts";
import { contentJson, contentText, type RecordedPlan } from "../../engine/journal/recorded-messages.ts";
import { readSetup, type RunSetup } from "../../engine/journal/run-events.ts";
import { recordedFork } from "../../engine/policy/fork/recorded-lanes.ts";
import { createRedactor } from "../../engine/policy/redaction/redactor.ts";
import { LESS_ON_RECORD, Recording } from "../../engine/policy/replay/recording.ts";
import type { Session } from "../../engine/policy/replay/sessions.ts";
import type { Contents } from "../../engine/ports/board.ts";
import type { Clock } from "../../engine/ports/clock.ts";
import type { DocumentLibrary } from "../../engine/ports/documents.ts";
import type { ModelProvider, ResolvedModel } from "../../engine/ports/models.ts";
import { isControlFlow } from "../../engine/runtime/langgraph/control-flow.ts";
import type { Services } from "../../engine/runtime/run/run.ts";
import { swarmGraph } from "../../graphs/swarm.ts";
import { SwarmError } from "../../state/errors.ts";
import { fieldOf, listOf } from "../../state/is-record.ts";
import type { RunOptions } from "../../state/run-options.ts";
import type { RunResult } from "../../state/run-result.ts";
import { BUILT_IN_TOOLS } from "../../tools/tool-names.ts";
import { replan, sendAgain } from "../runs/lead-on.ts";
import { LimiterPool } from "../runs/limiter-pool.ts";
import type { OpenRun } from "../runs/open-run.ts";
import { Runs } from "../runs/runs.ts";
import { RunStore } from "../runs/run-store.ts";
import { NO_TRACES } from "../runs/run-traces.ts";
import { watchInvocations } from "../runs/watch-invocations.ts";
import { ReplayedEffects } from "./replayed-effects.ts";
import { ReplayedTurns } from "./replayed-turns.ts";

/** After so long without a step the run is not going to end: it waits for what is not in the recording. */
const LONGEST_STILLNESS_MS = 10_000;
/** Pauses of the whole run, one behind the other, in which nothing of the recording was asked for. */
const MOST_IDLE_PAUSES = 100;

export interface Replayed {
  /** At each of its ends, the last one last. */
  results: RunResult[];
  recording: Recording;
  calls: number;
}

/** Throws SwarmError REPLAY_DIFFERS, and USAGE for a run that cannot be run again from what is on record of it. */
export async function runAgain(runId: string, lines: readonly JournalLine[], contents: Contents): Promise<Replayed> {
  const recording = new Recording(contents, lines);
  const { start, obstacle } = recording;
  if (obstacle !== undefined || start === undefined) throw notAgain(runId, obstacle ?? LESS_ON_RECORD);
  const asks = { runId, start, lines, contents, recording };
  const place: Place = { store: new InMemoryStore(), saver: new MemorySaver(), contents: memoryContents() };
  await takeOver(asks, place);
  const results: RunResult[] = [];
  for (const [number, session] of recording.sessions.entries()) {
    recording.begin(number);
    const isOver = number > 0 && recording.sessions[number - 1]?.end !== undefined;
    const result = await sessionAgain({ ...asks, session, isFirst: number === 0, isOver }, place);
    if (result !== undefined) results.push(result);
  }
  return { results, recording, calls: recording.calls.length };
}

function notAgain(runId: string, why: string): SwarmError {
  return new SwarmError("USAGE", `run ${runId} cannot be run again: ${why}`, {
    next: `glasshive replay ${runId} --policy FILE says what other rules would have decided`,
  });
}

interface Asks {
  runId: string;
  start: DataOf<"run-start">;
  lines: readonly JournalLine[];
  contents: Contents;
  recording: Recording;
}

/** What lasts from session to session. */
interface Place {
  store: InMemoryStore;
  saver: MemorySaver;
  contents: Contents;
}

/** What a fork has from the run that it comes from is there before it begins. */
async function takeOver({ runId, start, lines, contents }: Asks, { store }: Place): Promise<void> {
  const run = new RunStore(runId, { store });
  const rejected = readSetup(contents, start.setup)?.question.rejected ?? undefined;
  if (rejected !== undefined) await run.keep("follow-up", { rejected: [...rejected] });
  const fork = recordedFork(lines, contents);
  if (fork === undefined) return;
  const storage = artifactsInStore(store, runId);
  const put = (hash: string): Promise<void> => storage.putContent(hash, contentText(contents, hash));
  for (const { version, content, conflict, incoming } of fork.writes) {
    if (version !== undefined && content === "whole") await put(version.hash);
    if (conflict !== undefined && incoming === "whole") await put(conflict.incoming.hash);
  }
  await run.keep("fork", fork);
}

interface Asked extends Asks {
  session: Session;
  isFirst: boolean;
  /** The session before it has an end. */
  isOver: boolean;
}

/** To its end; undefined: it has none, and is left where it was left. */
async function sessionAgain(asked: Asked, place: Place): Promise<RunResult | undefined> {
  const { runId, start, contents, recording, session, isFirst, isOver } = asked;
  const setup = readSetup(contents, session.setup);
  if (setup === undefined) throw notAgain(runId, LESS_ON_RECORD);
  const options = { ...start.options, caps: session.caps };
  const runs = registryOf({ ...asked, setup }, options, place);
  const open: { run?: OpenRun } = {};
  runs.onOpen((run) => void (open.run = run));
  const permit: Services["permit"] = () => options;
  const { saver: checkpointer } = place;
  const graph = watchInvocations(swarmGraph({ runs, clock: CLOCK, permit }, { checkpointer, store: undefined }), runs);
  const config = { configurable: { thread_id: runId } };
  let pauses = 0;
  const isDone = (): boolean =>
    session.end === undefined ? pauses > 0 && recording.isOver : open.run?.result !== undefined;
  try {
    if (!isFirst) await runs.recorded(runId).amendCaps(session.caps);
    if (session.given?.kind === "plan") await replan({ graph, runs }, runId, { ...session.given.plan });
    if (session.given?.kind === "again") await sendAgain(graph, runId, session.given.subtasks);
    // After an end that nothing leads on from there is nothing to do.
    if (isOver && session.given === undefined) return undefined;
    await within(recording, async () => {
      for (let idle = 0; !isDone(); pauses += 1) {
        const left = recording.waiting({}).length;
        await graph.invoke(isFirst && pauses === 0 ? inputOf(setup) : null, config).catch(passPause);
        idle = recording.waiting({}).length === left ? idle + 1 : 0;
        if (idle > MOST_IDLE_PAUSES) throw stuck(recording);
      }
    });
  } finally {
    await runs.end("replayed");
  }
  if (session.end === undefined) return undefined;
  if (open.run?.result === undefined) throw stuck(recording);
  return open.run.result;
}

/** What was asked, as a caller of the graph gives it. */
function inputOf({ question }: RunSetup): Parameters<ReturnType<typeof swarmGraph>["invoke"]>[0] {
  const { rejected: _kept, ...asked } = question;
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined && value !== null));
}

/** A run that paused as a whole goes on at once. */
function passPause(error: unknown): void {
  if (!isControlFlow(error)) throw error;
}

/** Rejects where the run asks for nothing any more and does not end. */
async function within(recording: Recording, work: () => Promise<void>): Promise<void> {
  let [left, still] = [-1, 0];
  const stillness = Promise.withResolvers<never>();
  const watch = setInterval(() => {
    const now = recording.waiting({}).length;
    still = now === left ? still + 1 : 0;
    left = now;
    if (still >= 10) stillness.reject(stuck(recording));
  }, LONGEST_STILLNESS_MS / 10);
  try {
    await Promise.race([work(), stillness.promise]);
  } finally {
    clearInterval(watch);
  }
}

function stuck(recording: Recording): SwarmError {
  const [next, ...rest] = recording.waiting({});
  const place = next === undefined ? "after its last call" : `before ${next.id} at line ${next.seq}`;
  const more = rest.length === 0 ? "" : `; ${rest.length} more calls were to come`;
  return new SwarmError("REPLAY_DIFFERS", `the run stands still ${place}: it waits for what is not on record${more}`);
}

function registryOf({ setup, lines, contents, recording }: Asks & { setup: RunSetup }, run: RunOptions, place: Place) {
  const { agents, skills, recovery, detection } = setup;
  const models = modelsOf(setup);
  const named = [...agents.flatMap(({ tools }) => tools), ...run.approve.map((place) => place.replace(/^tool:/, ""))];
  return new Runs({
    home: undefined,
    heads: { files: [] },
    store: place.store,
    cwd: "/",
    traces: NO_TRACES,
    host: {
      clock: CLOCK,
      limiters: new LimiterPool(CLOCK, () => undefined),
      redactor: NOTHING_REDACTED,
      saved: () => Promise.resolve(),
    },
    staff: {
      agents,
      skills: new Map(skills.map((skill) => [skill.name, skill])),
      tools: toolsOf(lines, contents, named),
    },
    rules: { recovery, detection },
    permissions: { permit: () => run, check: () => undefined, highestCaps: { ...run.caps, ...ANY }, models },
    replay: {
      effects: new ReplayedEffects(recording),
      documents: documentsOf(setup, lines, contents),
      contents: place.contents,
      turns: ({ budget, life }) => new ReplayedTurns({ recording, contents: place.contents, budget, life }),
    },
  });
}

/** Whoever was allowed to raise a cap then has said so. */
const ANY = { maxSteps: Infinity, maxTokens: Infinity, maxUsd: Infinity, deadlineMs: Infinity };

/** What is on record was redacted before. */
const NOTHING_REDACTED = createRedactor({ secrets: [], patterns: [] });

/** Nothing is waited for. */
const CLOCK: Clock = {
  now: () => SYSTEM_CLOCK.now(),
  sleep: async (ms, signal) => SYSTEM_CLOCK.sleep(Math.min(ms, 0), signal),
};

function modelsOf({ models }: RunSetup): ModelProvider {
  const own = models[0];
  return {
    resolve(spec): ResolvedModel {
      const known = models.find(({ name }) => name === spec) ?? own;
      const { id = "", contextWindow = 0, maxOutputTokens = 0, price, concurrency = 1, notice } = known ?? {};
      return {
        ...(notice === undefined ? {} : { notice }),
        id: spec ?? id,
        contextWindow,
        maxOutputTokens,
        price,
        endpoint: { key: "recording", concurrency },
        get chat(): never {
          throw new SwarmError("INTERNAL", "a run that is run again calls no model");
        },
        failure: () => ({ signal: undefined, reach: "unknown" }),
        inspect: () => undefined,
        usageOf,
      };
    },
  };
}

/** Tools of the embedder's as models were told of them. What they do is on record. */
function toolsOf(lines: readonly JournalLine[], contents: Contents, named: readonly string[]) {
  const tools = new Map<string, StructuredToolInterface>();
  const digests = new Set(lines.flatMap((line) => (line.kind === "reserve" ? (line.data.tools ?? []) : [])));
  for (const digest of digests) {
    const { tools: told }: { tools: ToldTool[] } = contentJson(contents, digest);
    for (const { function: own } of told) if (!BUILT_IN_TOOLS.includes(own.name)) tools.set(own.name, standIn(own));
  }
  for (const name of named)
    if (!BUILT_IN_TOOLS.includes(name) && !tools.has(name))
      tools.set(name, standIn({ name, parameters: { type: "object" } }));
  return [...tools.values()];
}

interface ToldTool {
  function: { name: string; description?: string; parameters: Record<string, unknown> };
}

function standIn({ name, description = "", parameters }: ToldTool["function"]): StructuredToolInterface {
  return tool(() => "", { name, description, schema: parameters });
}

/** What a run is told of its documents; reads and searches are tool answers. */
function documentsOf(
  { documents }: RunSetup,
  lines: readonly JournalLine[],
  contents: Contents,
): DocumentLibrary | undefined {
  if (documents === undefined) return undefined;
  return {
    overview: (sample) => ({ ...documents, sample: documents.sample.slice(0, sample) }),
    view: () => documents.view ?? "",
    search: () => [],
    read: () => undefined,
    list: () => [],
    expand: (glob, as) => itemsOf({ glob, as }, lines, contents),
    changes: () => undefined,
    close: () => undefined,
  };
}

/** The items of a `forEach` over documents, by the subtasks that were made of them. */
function itemsOf(wanted: { glob: string; as: string }, lines: readonly JournalLine[], contents: Contents): string[] {
  for (const { kind, data } of lines) {
    if (kind !== "plan" || data.content === undefined) continue;
    const each = listOf(fieldOf(data.plan, "subtasks")).find((one) => {
      const forEach = fieldOf(one, "forEach");
      return fieldOf(forEach, "documents") === wanted.glob && (fieldOf(forEach, "as") ?? "file") === wanted.as;
    });
    if (each === undefined) continue;
    const { subtasks }: RecordedPlan = contentJson(contents, data.content);
    return subtasks.flatMap(({ group, item }) => (group === fieldOf(each, "id") && item !== undefined ? [item] : []));
  }
  return [];
}
