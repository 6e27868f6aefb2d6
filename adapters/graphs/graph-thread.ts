/**
 * A graph on a thread of its own: begun, gone on with, or answered, by what its checkpoints say. A call that is made again (after a
 * crash, a failure) goes on where the graph stood: what it has finished is not done twice.
 */
import { Command, isGraphInterrupt } from "@langchain/langgraph";
import type { RunnableConfig } from "@langchain/core/runnables";
import { AsyncLocalStorageProviderSingleton } from "@langchain/core/singletons";
import type { GraphQuestion } from "../../engine/policy/graphs/interrupt-calls.ts";
import type { AgentGraph, GraphInterrupt, GraphTurn } from "../../engine/ports/graphs.ts";
import { fieldOf, isRecord, listOf } from "../../state/is-record.ts";

/** What came of a call. */
export interface GraphCame {
  /** The state before it; undefined: it has not begun. */
  before: unknown;
  state: unknown;
  /** What it asks; empty: it has ended. */
  interrupts: GraphInterrupt[];
}

interface Standing {
  isNew: boolean;
  values: unknown;
  isOpen: boolean;
  interrupts: GraphInterrupt[];
}

/** As it is called. */
interface CallableGraph {
  checkpointer?: unknown;
  stream(input: unknown, config: RunnableConfig & { streamMode: string[] }): Promise<AsyncIterable<unknown>>;
  getState(config: RunnableConfig): Promise<unknown>;
}

const NEW: Standing = { isNew: true, values: undefined, isOpen: false, interrupts: [] };

export class GraphThread {
  readonly #graph: CallableGraph;
  readonly #config: RunnableConfig;
  readonly #hasCheckpoints: boolean;

  constructor(graph: AgentGraph, { thread, checkpointer }: GraphTurn, config: RunnableConfig) {
    this.#graph = graph as unknown as CallableGraph;
    const own = this.#graph.checkpointer;
    // A `RemoteGraph` has its own at its server, and says nothing of it.
    const lent = "checkpointer" in graph && (own === undefined || own === true) ? checkpointer : undefined;
    this.#hasCheckpoints = lent !== undefined || !("checkpointer" in graph) || (own !== undefined && own !== false);
    const saver = lent === undefined ? {} : { __pregel_checkpointer: lent };
    this.#config = { ...config, configurable: { thread_id: thread, ...saver } };
  }

  /** `input`: to begin with. Throws whatever the graph does. */
  async proceed(input: () => unknown, questions: readonly GraphQuestion[]): Promise<GraphCame> {
    const { isNew, values: before, isOpen, interrupts } = await this.#standing();
    if (isNew) return { before, ...(await this.#run(input())) };
    const resume = answersTo(interrupts, questions);
    if (interrupts.length > 0 ? resume === undefined : !isOpen) return { before, state: before, interrupts };
    return { before, ...(await this.#run(interrupts.length > 0 ? new Command({ resume: resume?.value }) : null)) };
  }

  async #run(input: unknown): Promise<Omit<GraphCame, "before">> {
    let state: unknown;
    const interrupts = new Map<string, GraphInterrupt>();
    try {
      const stream = await detached(() =>
        this.#graph.stream(input, { ...this.#config, streamMode: ["values", "updates"] }),
      );
      for await (const chunk of stream) {
        const [mode, data] = listOf(chunk);
        for (const one of interruptsIn(fieldOf(data, "__interrupt__"))) interrupts.set(one.id, one);
        if (mode === "values" && !(isRecord(data) && "__interrupt__" in data)) state = data;
      }
    } catch (error) {
      // So a `RemoteGraph` tells of one.
      if (!isGraphInterrupt(error)) throw error;
      for (const one of interruptsIn(error.interrupts)) interrupts.set(one.id, one);
    }
    return { state, interrupts: [...interrupts.values()] };
  }

  async #standing(): Promise<Standing> {
    if (!this.#hasCheckpoints) return NEW;
    const snapshot = await detached(() => this.#graph.getState(this.#config)).catch((error: unknown) => {
      // A server that has no such thread.
      if (fieldOf(error, "status") === 404) return undefined;
      throw error;
    });
    if (fieldOf(snapshot, "createdAt") === undefined) return NEW;
    const tasks = listOf(fieldOf(snapshot, "tasks"));
    return {
      isNew: false,
      values: fieldOf(snapshot, "values"),
      isOpen: listOf(fieldOf(snapshot, "next")).length > 0,
      interrupts: tasks.flatMap((task) => interruptsIn(fieldOf(task, "interrupts"))),
    };
  }
}

/** Called inside a lane, it would be taken for a part of the swarm's graph, on its thread and within its limits. */
function detached<T>(call: () => Promise<T>): Promise<T> {
  return AsyncLocalStorageProviderSingleton.runWithConfig(undefined, call, true);
}

function interruptsIn(list: unknown): GraphInterrupt[] {
  return listOf(list).map((one) => ({
    id: String(fieldOf(one, "id") ?? fieldOf(one, "interrupt_id") ?? ""),
    value: fieldOf(one, "value"),
  }));
}

/** Undefined: what it asks now is something else, or not all of it has an answer. */
function answersTo(
  interrupts: readonly GraphInterrupt[],
  questions: readonly GraphQuestion[],
): { value: unknown } | undefined {
  const answered = interrupts.map(({ id, value }) =>
    questions.find((one) => one.id === id && JSON.stringify(one.value) === JSON.stringify(value ?? null)),
  );
  if (answered.some((one) => one?.answer === undefined)) return undefined;
  if (answered.length === 1) return answered[0]?.answer;
  return { value: Object.fromEntries(interrupts.map(({ id }, index) => [id, answered[index]?.answer?.value])) };
}
