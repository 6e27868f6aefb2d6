/**
 * Embeds the swarm in a program: own agents, an own tool, and a human who has the last word on what the tool does. No key and
 * no network; it checks itself: `node scripts/launch.mjs examples/embed.ts`.
 */
import assert from "node:assert/strict";
import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { AIMessage, type BaseMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { Command, INTERRUPT, isInterrupted, MemorySaver } from "@langchain/langgraph";
import { z } from "zod";
import { createSwarm } from "../app/index.ts";

/** Stands in for a real model; `model: "your-model"` with `baseUrl` and `apiKey` is one behind an OpenAI-compatible endpoint. */
class DeskModel extends BaseChatModel {
  override _llmType(): string {
    return "desk";
  }
  override bindTools(): this {
    return this;
  }
  override async _generate(messages: BaseMessage[]) {
    const [system, question] = messages.map(({ text }) => text);
    const last = messages.at(-1);
    const book = /Lend "(.*)"/.exec(question ?? "")?.[1];
    const message =
      last?.type !== "tool" && book !== undefined && system?.includes("You are librarian")
        ? new AIMessage({ content: "", tool_calls: [{ id: book, name: "lend", args: { book } }] })
        : new AIMessage(
            last?.type === "tool" ? last.text : `In short:\n${question?.match(/^.*(until|closes).*$/gm)?.join("\n")}`,
          );
    return { generations: [{ text: message.text, message }] };
  }
}

/** Any LangChain tool. An agent has it only where its profile says so. */
const lent: string[] = [];
const lend = tool(({ book }) => `${lent.push(book) && book} is lent until Friday.`, {
  name: "lend",
  description: "Lends a book.",
  schema: z.object({ book: z.string() }),
});

const swarm = createSwarm({
  model: new DeskModel({}),
  agents: [
    { name: "porter", description: "knows the opening hours", skills: ["hours"] },
    { name: "librarian", description: "lends books", skills: ["lending"], tools: ["lend"] },
  ],
  tools: [lend],
  approve: ["tools"],
  budget: { maxSteps: 20 },
  checkpointer: new MemorySaver(),
});

// Without a plan the planner makes one. The two books are lent side by side.
const plan = {
  subtasks: [
    { id: "books", forEach: ["Emma", "Persuasion"], instructions: 'Lend "{{item}}".', skills: ["lending"] },
    { id: "hours", instructions: "The library closes at six. When does it close?", skills: ["hours"] },
  ],
};
const config = { configurable: { thread_id: "desk-1" } };
const waiting = await swarm.invoke({ task: "Lend both books. When do I have to leave?", plan }, config);

// Both lanes of the librarian wait; nothing is lent yet, and the porter is done.
assert.ok(isInterrupted<{ subtask: string; action_requests: { args: { book: string } }[] }>(waiting));
assert.equal(lent.length, 0);
const decisions = waiting[INTERRUPT].map(({ id, value }) => {
  const isAllowed = value?.action_requests[0]?.args.book === "Emma";
  return [id, { decisions: [isAllowed ? { type: "approve" } : { type: "reject", message: "only until today" }] }];
});
assert.equal(decisions.length, 2);

const state = await swarm.invoke(new Command({ resume: Object.fromEntries(decisions) }), config);
assert.deepEqual(lent, ["Emma"]);
assert.equal(state.status, "complete");
assert.deepEqual(state.coverage["done"], 3);
assert.match(state.answer, /Emma is lent until Friday\./);
console.log(state.answer);
