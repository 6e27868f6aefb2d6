/** Agents that are graphs: what is asked of one, what it says, where it goes on. Owns no behaviour. */
import type { BaseMessage } from "@langchain/core/messages";
import type { BaseCheckpointSaver } from "@langchain/langgraph";
import type { Subtask } from "../../state/plan.ts";

/** As much of a compiled LangGraph graph, or of a `RemoteGraph`, as an agent needs. */
export interface AgentGraph {
  stream(input: never, options?: never): Promise<AsyncIterable<unknown>>;
  getState(config: never): Promise<unknown>;
}

/** What a graph is asked, for its `input`. */
export interface GraphTask {
  /** What the run was asked. */
  task: string;
  subtask: Pick<Subtask, "id" | "title" | "instructions" | "skills" | "expects" | "item">;
  /** Results that the subtask builds on. */
  inputs: readonly { subtask: string; output: string }[];
  /** The same as a conversation: the subtask, and where its output was sent back, what was said since. */
  messages: readonly BaseMessage[];
}

/** How a graph is asked, and its state understood. */
export interface GraphMapping {
  /** The graph's input. Default: `{ messages }`. */
  input?: ((asked: GraphTask) => unknown) | undefined;
  /** The subtask's output, of the graph's last state: a text, or what becomes one as JSON. Default: its last message, else all of it. */
  output?: ((state: never) => unknown) | undefined;
}

/** One call of a graph. */
export interface GraphTurn {
  /** Its thread; the same when the call is made again. */
  thread: string;
  /** Model turns that it may take, at most. */
  steps: number;
  /** Where a graph without a checkpointer of its own keeps its checkpoints. */
  checkpointer?: BaseCheckpointSaver | undefined;
}

/** What a graph asks a person. */
export interface GraphInterrupt {
  id: string;
  value: unknown;
}
