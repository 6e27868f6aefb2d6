/**
 * The usual LangGraph swarm: a fan-out by `Send` per wave, each lane a think/act subgraph with its messages in state.
 * Written as its documentation has it; only the saver and the messages channel vary.
 */
import { setMaxListeners } from "node:events";
import { join } from "node:path";
import { AIMessage, HumanMessage, SystemMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";
import {
  END,
  MessagesDeltaValue,
  MessagesValue,
  ReducedValue,
  Send,
  START,
  StateGraph,
  StateSchema,
} from "@langchain/langgraph";
import { SqliteSaver } from "@langchain/langgraph-checkpoint-sqlite";
import { z } from "zod";
import { layerIds } from "../../test/support/layered-plan.ts";
import { chatModel } from "./chat-model.ts";
import { checkCalls, prompts, toolResult, type PeerOptions } from "./conversation.ts";

export interface SendWavesOptions extends PeerOptions {
  /** `sqlite` stores every superstep under `home`. */
  saver: "none" | "sqlite";
  /** `plain` stores the whole conversation each time, `delta` what was added. */
  messages: "plain" | "delta";
}

/** Calls made by each agent that has ended. */
const ended = new ReducedValue(
  z.record(z.string(), z.number()).default(() => ({})),
  {
    inputSchema: z.record(z.string(), z.number()),
    reducer: (before, added) => ({ ...before, ...added }),
  },
);
const SwarmState = new StateSchema({ wave: z.number().default(-1), ended });

export async function sendWaves(options: SendWavesOptions): Promise<void> {
  setMaxListeners(0);
  const waves = layerIds(options.agents, options.layers ?? 1);
  const saver =
    options.saver === "none" ? undefined : SqliteSaver.fromConnString(join(options.home ?? ".", "checkpoints.sqlite"));
  const swarm = new StateGraph(SwarmState)
    .addNode("nextWave", ({ wave }) => ({ wave: wave + 1 }))
    .addNode("lane", lane(options))
    .addEdge(START, "nextWave")
    .addConditionalEdges("nextWave", ({ wave }) => waves[wave]?.map(sendLane) ?? END, ["lane", END])
    .addEdge("lane", "nextWave")
    .compile({ checkpointer: saver });
  const state = await swarm.invoke({}, { configurable: { thread_id: "bench" }, recursionLimit: 1000 });
  for (const agent of waves.flat()) checkCalls(agent, state.ended[agent] ?? 0, options.calls);
  saver?.db.close();
}

function sendLane(agent: string): Send {
  const { system, user } = prompts(agent);
  return new Send("lane", { agent, messages: [new SystemMessage(system), new HumanMessage(user)] });
}

function lane(options: SendWavesOptions) {
  const ask = chatModel(options.url);
  // MessagesDeltaValue has the same type to the graph; only its channel differs.
  const messages =
    options.messages === "delta" ? (MessagesDeltaValue as unknown as typeof MessagesValue) : MessagesValue;
  const LaneState = new StateSchema({ agent: z.string(), messages, ended });
  const turns = (all: BaseMessage[]): number => all.filter((message) => AIMessage.isInstance(message)).length;
  return new StateGraph({ state: LaneState, output: new StateSchema({ ended }) })
    .addNode("think", async (state, config) => {
      const reply = await ask(state.messages, config);
      const answered = (reply.tool_calls ?? []).length === 0;
      return { messages: [reply], ...(answered ? { ended: { [state.agent]: turns(state.messages) + 1 } } : {}) };
    })
    .addNode("act", ({ agent, messages: all }) => {
      const last = all.at(-1);
      const calls = AIMessage.isInstance(last) ? (last.tool_calls ?? []) : [];
      const turn = turns(all) - 1;
      return {
        messages: calls.map(
          (call) => new ToolMessage({ content: toolResult(agent, turn), tool_call_id: call.id ?? "" }),
        ),
      };
    })
    .addEdge(START, "think")
    .addConditionalEdges("think", ({ agent, ended: done }) => (agent in done ? END : "act"), ["act", END])
    .addEdge("act", "think")
    .compile();
}
