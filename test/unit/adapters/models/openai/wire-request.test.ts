import { AIMessage, HumanMessage, SystemMessage, ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI } from "@langchain/openai";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { KEY, scene } from "./conversation.ts";

/** Parts of text and their text are one to an endpoint. */
function textOf(content: unknown): unknown {
  return Array.isArray(content) ? content.map(({ text }: { text?: string }) => text ?? "").join("") : content;
}

describe("a request", () => {
  it("says the same as LangChain's own client, and looks the same to listeners", async () => {
    const { model, url, requests } = await scene([{ content: "a" }], "gpt-4o");
    const search = tool(() => "", {
      name: "search",
      description: "Searches",
      schema: z.object({ query: z.string().describe("words"), most: z.number().int().optional() }),
    });
    const messages = [
      new SystemMessage("s"),
      new HumanMessage({ content: "h", name: "ann" }),
      new AIMessage({ content: "t", tool_calls: [{ name: "search", args: { query: "hives" }, id: "call_1" }] }),
      new ToolMessage({ content: "found", tool_call_id: "call_1", name: "search", status: "error" }),
      new AIMessage([{ type: "text", text: "typed" }]),
    ];
    const theirs = new ChatOpenAI({
      ...{ model: "gpt-4o", apiKey: KEY, maxTokens: 9, maxRetries: 0, useResponsesApi: false },
      configuration: { baseURL: url },
    });
    const seen: unknown[] = [];
    const limit = model.callOptions?.({ outputTokens: 9 });
    for (const [chat, own] of [[model.chat, limit] as const, [theirs, {}] as const])
      for (const choice of [{}, { tool_choice: "required" }, { tool_choice: "search" }, { stop: ["x"] }]) {
        const callbacks = {
          handleChatModelStart(...[serialized, , , , extra, , metadata, name]: unknown[]) {
            const { invocation_params: params } = extra as { invocation_params: Record<string, unknown> };
            const { versions: _, ...said } = metadata as Record<string, unknown>;
            seen.push({ id: (serialized as { id: unknown }).id, said, name, model: params["model"] });
          },
        };
        const stream = await chat.bindTools?.([search], choice).stream(messages, { ...own, callbacks: [callbacks] });
        for await (const chunk of stream ?? []) void chunk;
      }
    const said = requests.map(({ messages: sent, ...rest }) => ({
      ...rest,
      messages: sent.map(({ content, ...others }) => ({ ...others, content: textOf(content) })),
    }));
    expect(said.slice(0, 4)).toEqual(said.slice(4));
    expect(seen.slice(0, 4)).toEqual(seen.slice(4));
  });
});
