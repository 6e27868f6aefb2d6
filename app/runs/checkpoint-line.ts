/**
 * Where a call begins on its thread, and whether the run there still stands at that place. A run's checkpoints are one line: where it
 * stands is the end of it. Reads checkpoints, and writes none.
 */
import type { RunnableConfig } from "@langchain/core/runnables";
import { isCommand, type BaseCheckpointSaver } from "@langchain/langgraph";
import { SwarmError } from "../../state/errors.ts";
import { isRecord } from "../../state/is-record.ts";
import type { SwarmState, SwarmUpdate } from "../../state/swarm-state.ts";

export interface Thread {
  saver: BaseCheckpointSaver;
  config: RunnableConfig;
  stateAt(id: string): Promise<{ values: SwarmState; next: readonly string[] }>;
  /** Puts a checkpoint behind that of this id, as if `asNode` had written it: the newest one from then on. */
  put(id: string, values: SwarmUpdate, asNode: string): Promise<void>;
}

/** A checkpoint of the thread: its own, or that of a lane. */
type Tuple = NonNullable<Awaited<ReturnType<BaseCheckpointSaver["getTuple"]>>>;

/** Whether it asks something, and does not go on. */
export function isNewInput(input: unknown): boolean {
  return input !== null && input !== undefined && !isCommand(input);
}

/**
 * The checkpoint from which a call may leave a run: one that it names, or the newest, where somebody has edited the state. Undefined:
 * there is none, and LangGraph goes on where it stands.
 */
export async function startOf(thread: Thread, input: unknown): Promise<Tuple | undefined> {
  const named = namedIn(thread.config.configurable);
  if (named === undefined && isNewInput(input)) return undefined;
  const start = await thread.saver.getTuple(placeOf(thread, "", named));
  return named !== undefined || isEdit(start) ? start : undefined;
}

/** Whether a run has checkpoints that do not lie before this one. */
export async function isLeft(thread: Thread, { checkpoint }: Tuple): Promise<boolean> {
  const runId = runOf({ checkpoint });
  let before: string | undefined = checkpoint.id;
  for await (const each of thread.saver.list(placeOf(thread, ""))) {
    if (each.checkpoint.id === before) {
      // Before its beginning there is nothing of it.
      if (runOf(each) !== runId) return false;
      before = idIn(each.parentConfig);
    } else if (runOf(each) === runId) return true;
  }
  return false;
}

/** Whether the plan was edited since the run has worked; what begins with an edit is another run. */
export async function isReplanned(thread: Thread, start: Tuple): Promise<boolean> {
  for (let each: Tuple | undefined = start; isEdit(each) && each.parentConfig !== undefined;) {
    const before: Tuple | undefined = await thread.saver.getTuple(each.parentConfig);
    if (before === undefined || runOf(before) !== runOf(each)) return false;
    const [now, then] = [each, before].map(({ checkpoint }) => JSON.stringify(checkpoint.channel_values["planned"]));
    if (now !== then) return true;
    each = before;
  }
  return false;
}

/** The newest run that was begun from this checkpoint, or from the one that was edited there; before it was another, or none. */
export async function begunFrom(thread: Thread, start: Tuple): Promise<string | undefined> {
  const { checkpoint } = await editedFrom(thread, start);
  const later: Tuple[] = [];
  for await (const each of thread.saver.list(placeOf(thread, ""))) {
    if (each.checkpoint.id === checkpoint.id) break;
    later.push(each);
  }
  const line = new Set([checkpoint.id]);
  let begun: string | undefined;
  for (const each of later.toReversed()) {
    if (!line.has(idIn(each.parentConfig) ?? "")) continue;
    if (runOf(each) === runOf({ checkpoint })) line.add(each.checkpoint.id);
    else begun = runOf(each);
  }
  return begun;
}

async function editedFrom(thread: Thread, tuple: Tuple): Promise<Tuple> {
  const before = isEdit(tuple) && tuple.parentConfig ? await thread.saver.getTuple(tuple.parentConfig) : undefined;
  return before === undefined ? tuple : editedFrom(thread, before);
}

/**
 * LangGraph 1.7 does not run lanes again from a checkpoint inside one: they take up the newest, or the wrong one (langgraph#8458). Where a
 * lane stands it may be edited. Throws SwarmError USAGE.
 */
export async function refuseInsideLane(thread: Pick<Thread, "saver" | "config">): Promise<void> {
  const { checkpoint_ns: namespace, checkpoint_id: id, checkpoint_map: map } = thread.config.configurable ?? {};
  const named = new Map(Object.entries(isRecord(map) ? map : {}));
  if (typeof namespace === "string" && typeof id === "string") named.set(namespace, id);
  named.delete("");
  for (const [lane, checkpoint] of named) {
    const newest = await thread.saver.getTuple(placeOf(thread, lane));
    if (newest === undefined || newest.checkpoint.id === checkpoint) continue;
    throw insideLane();
  }
}

export function insideLane(): SwarmError {
  return new SwarmError("USAGE", "a checkpoint inside a lane, which has gone on since, cannot be gone back to", {
    next: "go back to a checkpoint of the swarm itself, or fork at the subtask: swarm.fork(runId, { at: [subtask] }), glasshive fork RUN_ID --at SUBTASK",
  });
}

/** Whether a call names a checkpoint of a lane. */
export function isInsideLane({ configurable = {} }: RunnableConfig): boolean {
  const { checkpoint_ns: namespace, checkpoint_map: map }: Record<string, unknown> = configurable;
  return Boolean(namespace) || Object.keys(isRecord(map) ? map : {}).some((lane) => lane !== "");
}

/** LangGraph takes the root's from the map where a call names a lane. */
function namedIn(configurable: Record<string, unknown> = {}): string | undefined {
  const { checkpoint_ns: namespace, checkpoint_id: id, checkpoint_map: map } = configurable;
  const named = namespace || id === undefined ? (isRecord(map) ? map[""] : undefined) : id;
  return typeof named === "string" && named !== "" ? named : undefined;
}

function placeOf({ config }: Pick<Thread, "config">, namespace: string, id?: string): RunnableConfig {
  const { thread_id } = config.configurable ?? {};
  return { configurable: { thread_id, checkpoint_ns: namespace, ...(id === undefined ? {} : { checkpoint_id: id }) } };
}

/** LangGraph writes a `fork` where it runs again itself. */
function isEdit(tuple: Tuple | undefined): tuple is Tuple {
  return tuple?.metadata?.source === "update" || tuple?.metadata?.source === "fork";
}

function runOf({ checkpoint }: Pick<Tuple, "checkpoint">): string {
  const { runId } = checkpoint.channel_values;
  return typeof runId === "string" ? runId : "";
}

function idIn(config: RunnableConfig | undefined): string | undefined {
  const id: unknown = config?.configurable?.["checkpoint_id"];
  return typeof id === "string" ? id : undefined;
}
