/** Swarms with an agent `other` that is a graph, and such graphs. */
import { AIMessage, type BaseMessage } from "@langchain/core/messages";
import {
  END,
  INTERRUPT,
  isInterrupted,
  MessagesAnnotation,
  START,
  StateGraph,
  type Interrupt,
} from "@langchain/langgraph";
import type { GraphAgentInput } from "../../app/config/graph-agents.ts";
import type { SwarmOptions } from "../../app/create-swarm.ts";
import type { HumanRequest } from "../../state/review.ts";
import { ScriptedChatModel, type ScriptedStep } from "./scripted-chat-model.ts";
import { planOf, scriptedSwarm, WORKER } from "./scripted-swarm.ts";

export const TASK = {
  task: "Do it.",
  plan: planOf({ a: { agent: "other" }, b: { agent: "worker", dependsOn: ["a"] } }),
};
export const said = ({ messages }: { messages: BaseMessage[] }): string => messages.at(-1)?.text ?? "";

export function swarmWith(
  agent: Partial<GraphAgentInput> & Pick<GraphAgentInput, "graph">,
  options: SwarmOptions = {},
) {
  const other: GraphAgentInput = { name: "other", description: "does other things", kind: "graph", ...agent };
  return scriptedSwarm(
    { a: "A by a model", b: said, c: "C", synthesizer: "S" },
    { agents: [WORKER, other], ...options },
  );
}

/** A graph of one node. */
export function graphOf(node: (state: { messages: BaseMessage[] }) => Promise<string> | string) {
  return new StateGraph(MessagesAnnotation)
    .addNode("only", async (state) => ({ messages: [new AIMessage(await node(state))] }))
    .addEdge(START, "only")
    .addEdge("only", END);
}

/** An agent's loop: it asks its model `turns` times. */
export function askingModel(model: ScriptedChatModel, turns: number) {
  return new StateGraph(MessagesAnnotation)
    .addNode("model", async ({ messages }) => ({ messages: [await model.invoke(messages)] }))
    .addEdge(START, "model")
    .addConditionalEdges("model", ({ messages }) => (messages.length > turns ? END : "model"), ["model", END])
    .compile();
}

export const inner = (steps: ScriptedStep[]): ScriptedChatModel =>
  new ScriptedChatModel({ "nobody that Glasshive knows": steps });

export function pending(state: unknown): Interrupt<HumanRequest>[] {
  return isInterrupted<HumanRequest>(state) ? state[INTERRUPT] : [];
}
