/** LangChain's client in a loop, without a graph. */
import { HumanMessage, SystemMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";
import { chatModel, type Ask } from "./chat-model.ts";
import { prompts, toolResult, type PeerOptions } from "./conversation.ts";
import { inWaves } from "./waves.ts";

export function chatOpenAI(options: PeerOptions): Promise<void> {
  const ask = chatModel(options.url);
  return inWaves(options, (agent) => runAgent(ask, agent));
}

async function runAgent(ask: Ask, agent: string): Promise<number> {
  const { system, user } = prompts(agent);
  const messages: BaseMessage[] = [new SystemMessage(system), new HumanMessage(user)];
  for (let turn = 0; ; turn += 1) {
    const reply = await ask(messages);
    const calls = reply.tool_calls ?? [];
    if (calls.length === 0) return turn + 1;
    messages.push(
      reply,
      ...calls.map((call) => new ToolMessage({ content: toolResult(agent, turn), tool_call_id: call.id ?? "" })),
    );
  }
}
