/** The floor: `fetch`, a loop and a minimal reader of server-sent events. */
import { prompts, TOOL, toolResult, type PeerOptions } from "./conversation.ts";
import { inWaves } from "./waves.ts";

interface ToolCall {
  id: string;
  type: "function";
  function: { name: string; arguments: string };
}
interface AssistantMessage {
  role: "assistant";
  content: string;
  tool_calls?: ToolCall[];
}
interface Delta {
  content?: string;
  tool_calls?: { index: number; id?: string; function?: { name?: string; arguments?: string } }[];
}

export function bareFetch(options: PeerOptions): Promise<void> {
  return inWaves(options, (agent) => runAgent(options.url, agent));
}

async function runAgent(url: string, agent: string): Promise<number> {
  const { system, user } = prompts(agent);
  const messages: object[] = [
    { role: "system", content: system },
    { role: "user", content: user },
  ];
  for (let turn = 0; ; turn += 1) {
    const reply = await complete(url, messages);
    if (reply.tool_calls === undefined) return turn + 1;
    messages.push(reply);
    for (const call of reply.tool_calls)
      messages.push({ role: "tool", tool_call_id: call.id, content: toolResult(agent, turn) });
  }
}

async function complete(url: string, messages: object[]): Promise<AssistantMessage> {
  const body = JSON.stringify({
    model: "m",
    messages,
    tools: [TOOL],
    stream: true,
    stream_options: { include_usage: true },
  });
  const headers = { "content-type": "application/json", authorization: "Bearer test" };
  const response = await fetch(`${url}/chat/completions`, { method: "POST", headers, body });
  if (!response.ok || response.body === null)
    throw new Error(`the server answered ${response.status}: ${await response.text()}`);
  const message: AssistantMessage = { role: "assistant", content: "" };
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of response.body) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.startsWith("data: {")) apply(message, line.slice(6));
  }
  return message;
}

function apply(message: AssistantMessage, data: string): void {
  const { choices } = JSON.parse(data) as { choices: { delta: Delta }[] };
  const delta = choices[0]?.delta;
  message.content += delta?.content ?? "";
  for (const part of delta?.tool_calls ?? []) {
    const calls = (message.tool_calls ??= []);
    const call = (calls[part.index] ??= { id: "", type: "function", function: { name: "", arguments: "" } });
    call.id += part.id ?? "";
    call.function.name += part.function?.name ?? "";
    call.function.arguments += part.function?.arguments ?? "";
  }
}
