/**
 * The ready-made agent: one graph, invoked once for each agent, with the model called as such agents call it, unstreamed.
 * `createAgent` is LangChain's (the package `langchain`), `createReactAgent` what it grew from.
 */
import { setMaxListeners } from "node:events";
import { AIMessage, HumanMessage, SystemMessage, type BaseMessage } from "@langchain/core/messages";
import type { RunnableConfig } from "@langchain/core/runnables";
import { tool } from "@langchain/core/tools";
import { createReactAgent } from "@langchain/langgraph/prebuilt";
import { ChatOpenAI } from "@langchain/openai";
import { prompts, TOOL_NAME, toolResult, type PeerOptions } from "./conversation.ts";
import { inWaves } from "./waves.ts";

type Maker = "createAgent" | "createReactAgent";

interface Agent {
  invoke(input: { messages: BaseMessage[] }, config: RunnableConfig): Promise<{ messages: BaseMessage[] }>;
}

export async function agentLoop(options: PeerOptions & { maker: Maker }): Promise<void> {
  setMaxListeners(0);
  const model = new ChatOpenAI({
    model: "m",
    apiKey: "test",
    maxRetries: 0,
    configuration: { baseURL: options.url },
  });
  const agent = await makeAgent(options.maker, model);
  await inWaves(options, async (id) => {
    const { system, user } = prompts(id);
    const messages = [new SystemMessage(system), new HumanMessage(user)];
    const state = await agent.invoke({ messages }, { configurable: { agent: id }, recursionLimit: 1000 });
    return state.messages.filter((message) => AIMessage.isInstance(message)).length;
  });
}

async function makeAgent(maker: Maker, model: ChatOpenAI): Promise<Agent> {
  // oxlint-disable-next-line typescript/no-deprecated -- what most agents out there still are.
  if (maker === "createReactAgent") return createReactAgent({ llm: model, tools: [READ_RESULT] });
  const { createAgent } = (await import("langchain")) as { createAgent: (parts: object) => unknown };
  return createAgent({ model, tools: [READ_RESULT] }) as Agent;
}

/** Takes whatever the scripted model sends. */
const READ_RESULT = tool(
  (args, config: RunnableConfig) => toolResult(String(config.configurable?.["agent"]), numberIn(args)),
  {
    name: TOOL_NAME,
    description: "Reads the result of another subtask.",
    schema: { type: "object", properties: { subtask: { type: "string" } } },
  },
);

function numberIn(args: unknown): number {
  return Number(/\d+/.exec(JSON.stringify(args))?.[0] ?? 0);
}
