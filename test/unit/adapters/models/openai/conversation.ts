/** What the tests of this folder share: a scripted server, the model that talks to it, one whole reply. */
import { onTestFinished } from "vitest";
import { AIMessage, HumanMessage, type AIMessageChunk, type BaseMessage } from "@langchain/core/messages";
import { createModelProvider } from "../../../../../adapters/models/model-provider.ts";
import type { ResolvedModel } from "../../../../../engine/ports/models.ts";
import { startModelServer, type ModelCall, type Reply } from "../../../../support/model-server/index.ts";

export const KEY = "sk-test-0123456789abcdef";

/** Fields that are sent but that the server's own type does not name. */
export type SentRequest = ModelCall["request"] & Record<string, unknown>;

export interface Scene {
  model: ResolvedModel;
  url: string;
  requests: SentRequest[];
}

/** Answers each call by the next reply, the last one again and again. */
export async function scene(replies: Reply[] | ((call: ModelCall) => Reply), modelId = "m"): Promise<Scene> {
  const requests: SentRequest[] = [];
  const server = await startModelServer({
    behaviour: (call) => {
      requests.push(call.request as SentRequest);
      if (typeof replies === "function") return replies(call);
      return replies[Math.min(requests.length, replies.length) - 1] ?? {};
    },
  });
  onTestFinished(() => server.close());
  const provider = createModelProvider({ model: modelId, baseUrl: server.url, apiKey: KEY, concurrency: 2 });
  return { model: provider.resolve(undefined), url: server.url, requests };
}

export const TOOLS = [
  {
    type: "function" as const,
    function: { name: "search", description: "Searches", parameters: { type: "object", properties: {} } },
  },
];

export interface AskOptions {
  messages?: BaseMessage[];
  outputTokens?: number;
  tools?: Record<string, unknown>;
  signal?: AbortSignal;
}

/** All chunks of one reply, as the caller gets them. */
export async function chunksOf(model: ResolvedModel, options: AskOptions = {}): Promise<AIMessageChunk[]> {
  const { chat } = model;
  const bound = options.tools === undefined ? chat : (chat.bindTools?.(TOOLS, options.tools) ?? chat);
  const messages = options.messages ?? [new HumanMessage("hello")];
  const chunks: AIMessageChunk[] = [];
  const asked = { ...model.callOptions?.({ outputTokens: options.outputTokens }), signal: options.signal };
  for await (const chunk of await bound.stream(messages, asked)) chunks.push(chunk);
  return chunks;
}

export async function ask(model: ResolvedModel, options: AskOptions = {}): Promise<AIMessage> {
  const [first, ...rest] = await chunksOf(model, options);
  const whole = rest.reduce((sum, chunk) => sum.concat(chunk), first!);
  return new AIMessage({ ...whole, tool_calls: whole.tool_calls, invalid_tool_calls: whole.invalid_tool_calls });
}

export async function errorOf(model: ResolvedModel, options: AskOptions = {}): Promise<unknown> {
  return ask(model, options).then(
    (message) => Promise.reject(new Error(`expected an error, got ${JSON.stringify(message.content)}`)),
    (error: unknown) => error,
  );
}
