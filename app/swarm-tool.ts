/** A swarm as a tool that any agent can call. Each call is a run of its own, with an id of its own. */
import { randomUUID } from "node:crypto";
import { AsyncLocalStorageProviderSingleton } from "@langchain/core/singletons";
import { tool } from "@langchain/core/tools";
import {
  GraphInterrupt,
  isGraphInterrupt,
  isInterrupted,
  INTERRUPT,
  type LangGraphRunnableConfig,
} from "@langchain/langgraph";
import { z } from "zod";
import { fieldOf, isRecord } from "../state/is-record.ts";
import type { Swarm } from "./create-swarm.ts";
import { checkpointerIn, taskIn } from "../engine/runtime/langgraph/host-config.ts";

export interface SwarmToolOptions {
  /** Default `ask_swarm`. */
  name?: string;
  /** What the calling model is told of it. */
  description?: string;
}

const DESCRIPTION =
  "Gives a task to a swarm of agents: it plans, works on the parts in parallel, and returns one answer with its sources and its coverage. For questions that need many look-ups or comparisons.";
const INPUT = z.object({ task: z.string().min(1).describe("the whole task, in words; the swarm knows nothing else") });

/**
 * The answer as text; as artifact `runId`, `status` and `coverage`. Inside a graph with a checkpointer what the swarm asks is an
 * interrupt of that graph, and its answer resumes the call. Elsewhere nobody can be asked: then the text says what the run waits for.
 */
export function swarmTool(swarm: Swarm, { name = "ask_swarm", description = DESCRIPTION }: SwarmToolOptions = {}) {
  const work = async ({ task }: z.infer<typeof INPUT>, config: LangGraphRunnableConfig): Promise<[string, object]> => {
    const isPart = checkpointerIn(config.configurable) !== undefined;
    const state = await (isPart ? together(swarm.invoke({ task }, config), config) : alone(swarm, task, config));
    const { runId, status, coverage, answer } = state;
    const text = isInterrupted(state) ? waiting(runId, state[INTERRUPT]) : answer;
    return [text, { runId, status, coverage }];
  };
  return tool(work, { name, description, schema: INPUT, responseFormat: "content_and_artifact" });
}

/** Calls by the task of the host that makes them. */
const CALLS = new WeakMap<object, Promise<unknown>[]>();

/**
 * Of several calls in one task none asks before all have ended, or ask too: with a question the task is over, to be run again with the answer,
 * and what is under way in it would be left behind. They ask together, since LangGraph gives an answer
 * that names no question to all of them.
 */
async function together<Result>(call: Promise<Result>, { configurable }: LangGraphRunnableConfig): Promise<Result> {
  const task = taskIn(configurable);
  if (!isRecord(task)) return call;
  const calls = CALLS.get(task) ?? [];
  CALLS.set(task, [...calls, call]);
  return call.catch(async (error: unknown) => {
    if (!isGraphInterrupt(error)) throw error;
    const settled = await Promise.allSettled(CALLS.get(task) ?? []);
    const failures: unknown[] = settled.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
    throw new GraphInterrupt(failures.filter(isGraphInterrupt).flatMap(({ interrupts }) => interrupts));
  });
}

/** On a thread of its own: two calls may go side by side. */
function alone(swarm: Swarm, task: string, { callbacks, tags, metadata, signal }: LangGraphRunnableConfig) {
  const own = { callbacks, tags, metadata, signal, configurable: { thread_id: `tool-${randomUUID()}` } };
  return AsyncLocalStorageProviderSingleton.runWithConfig(undefined, () => swarm.invoke({ task }, own), true);
}

function waiting(runId: string, interrupts: readonly { value?: unknown }[]): string {
  const asked = interrupts.map(({ value }) =>
    JSON.stringify(fieldOf(value, "action_requests") ?? value).slice(0, 1000),
  );
  return `The swarm has not answered: run ${runId} waits for a person, who is asked ${asked.join("; ")}`;
}
