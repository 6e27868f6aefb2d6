import { ChatOpenAI } from "@langchain/openai";
import type { AIMessageChunk, BaseMessage } from "@langchain/core/messages";
import type { RunnableConfig } from "@langchain/core/runnables";
import { TOOL } from "./conversation.ts";

export type Ask = (messages: BaseMessage[], config?: RunnableConfig) => Promise<AIMessageChunk>;

/** One streamed turn of ChatOpenAI with the benchmark's tool. */
export function chatModel(url: string): Ask {
  const chat = new ChatOpenAI({
    model: "m",
    apiKey: "test",
    maxRetries: 0,
    streamUsage: true,
    configuration: { baseURL: url },
  });
  const model = chat.bindTools([TOOL]);
  return async (messages, config) => {
    let whole: AIMessageChunk | undefined;
    for await (const chunk of await model.stream(messages, config))
      whole = whole === undefined ? chunk : whole.concat(chunk);
    if (whole === undefined) throw new Error("the model's stream was empty");
    return whole;
  };
}
