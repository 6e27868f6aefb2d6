/** What front ends of the two protocols are shown of a run: one message for each question and answer, as it is written. */
import { HumanMessage, type BaseMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { MemorySaver } from "@langchain/langgraph";
import { MessageAssembler } from "@langchain/langgraph-sdk/client";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { createSwarm } from "../../app/create-swarm.ts";
import { fieldOf } from "../../state/is-record.ts";
import { byRole, startModelServer } from "../support/model-server/index.ts";
import { planOf, thread } from "../support/scripted-swarm.ts";

/** Of a stream of protocol events. */
type MessagesEvent = Parameters<MessageAssembler["consume"]>[0];

async function collect<Item>(stream: Promise<AsyncIterable<Item>>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of await stream) items.push(item);
  return items;
}

describe("a chat front end", () => {
  const WORDS = "One word after the other is the answer, and none of them waits.".split(/(?<= )/);
  const answered = (words = WORDS) =>
    startModelServer({
      behaviour: byRole({
        planner: () => ({ content: JSON.stringify(planOf({ a: {}, b: {} })) }),
        agent: () => ({ content: "A" }),
        synthesizer: () => ({ content: words.join(""), chunks: words.length }),
      }),
    });
  type Said = [BaseMessage, Record<string, unknown>];

  test("is shown the answer alone, word by word, and once: the message of the state is the one that was streamed", async () => {
    const server = await answered();
    const swarm = createSwarm({ model: "m", baseUrl: server.url, apiKey: "k", checkpointer: new MemorySaver() });
    onTestFinished(async () => void (await Promise.all([swarm.close(), server.close()])));
    const asked = { messages: [new HumanMessage({ id: "q", content: "What?" })] };
    const said = (await collect(swarm.stream(asked, { ...thread("t"), streamMode: "messages" }))) as unknown as Said[];
    const words = said.filter(([{ text }]) => text !== "");
    expect(new Set(words.map(([, { langgraph_node }]) => langgraph_node))).toEqual(new Set(["synthesizer"]));
    expect(words.length).toBeGreaterThan(5);
    expect(words.map(([{ text }]) => text).join("")).toBe(WORDS.join(""));
    const { messages } = (await swarm.getState(thread("t"))).values as { messages: BaseMessage[] };
    expect(messages.map(({ id }) => id)).toEqual(["q", words[0]?.[0].id]);
    expect(messages.at(-1)?.text).toContain(WORDS.join(""));
  });

  const saidInBlocks = async (swarm: ReturnType<typeof createSwarm>): Promise<MessagesEvent[]> => {
    const asked = { messages: [new HumanMessage({ id: "q", content: "What?" })] };
    const events = await collect(swarm.streamEvents(asked, { ...thread("t"), version: "v3" }));
    return events.filter(({ method }) => method === "messages") as unknown as MessagesEvent[];
  };
  /** Clients take those for messages of the thread. */
  const isAnswer = ({ params }: MessagesEvent) => params.namespace.length === 1;
  const textIn = ({ params: { data } }: MessagesEvent) => fieldOf(fieldOf(data, "delta"), "text");
  /** What LangChain's own client makes of them: the blocks of each message by its id, as it was left. */
  const assembled = (events: readonly MessagesEvent[]) => {
    const assembler = new MessageAssembler();
    const shown = new Map<string, unknown>();
    for (const event of events) {
      const { message } = assembler.consume(event) ?? {};
      if (message !== undefined) shown.set(message.id, structuredClone(message.blocks));
    }
    return [...shown];
  };

  test("is shown it in content blocks too, as newer ones ask: each lane in its own namespace, the answer as the state's message", async () => {
    const server = await answered();
    const swarm = createSwarm({ model: "m", baseUrl: server.url, apiKey: "k", checkpointer: new MemorySaver() });
    onTestFinished(async () => void (await Promise.all([swarm.close(), server.close()])));
    const events = await saidInBlocks(swarm);
    const answer = events.filter(isAnswer);
    const { messages } = (await swarm.getState(thread("t"))).values as { messages: BaseMessage[] };
    const streamed = answer.slice(
      0,
      answer.findIndex(({ params: { data } }) => data.event === "message-finish"),
    );
    const pieces = streamed.flatMap((event) => textIn(event) ?? []);
    expect([pieces.length, pieces.join("")]).toEqual([WORDS.length, WORDS.join("")]);
    expect(assembled(answer)).toEqual([[messages.at(-1)?.id, [{ type: "text", text: messages.at(-1)?.text }]]]);
    const lanes = events.filter((event) => !isAnswer(event));
    expect(lanes.map(({ params }) => params.namespace.map((name) => name.split(":")[0]).join(" "))).toEqual(
      lanes.map(() => "lane think"),
    );
    expect(assembled(lanes).map(([, blocks]) => blocks)).toEqual(
      Array.from({ length: 2 }, () => [{ type: "text", text: "A" }]),
    );
  });

  test("is left with one message of the turns in which the synthesizer read, failed and wrote", async () => {
    let turns = 0;
    const server = await startModelServer({
      behaviour: byRole({
        planner: () => ({ content: JSON.stringify(planOf({ a: {}, b: {} })) }),
        agent: () => ({ content: "A" }),
        synthesizer: () => {
          turns += 1;
          if (turns === 1) return { content: "I look.", toolCalls: [{ name: "read_result", args: { subtask: "a" } }] };
          if (turns === 2) return { content: "It beg", chunks: 2, truncateAfterChunks: 2 };
          return { content: WORDS.join("") };
        },
      }),
    });
    const swarm = createSwarm({ model: "m", baseUrl: server.url, apiKey: "k", checkpointer: new MemorySaver() });
    onTestFinished(async () => void (await Promise.all([swarm.close(), server.close()])));
    const answer = (await saidInBlocks(swarm)).filter(isAnswer);
    const { messages } = (await swarm.getState(thread("t"))).values as { messages: BaseMessage[] };
    expect(turns).toBe(3);
    expect(answer.flatMap((event) => textIn(event) ?? []).join("")).toMatch(/^I look\.It ?b?e?g?One word/);
    expect(assembled(answer)).toEqual([[messages.at(-1)?.id, [{ type: "text", text: messages.at(-1)?.text }]]]);
    // A client that is not told of parts of calls still has the whole.
    const read = answer.slice(
      0,
      answer.findIndex(({ params: { data } }) => data.event === "message-finish"),
    );
    expect(assembled(read)[0]?.[1]).toMatchObject([{ text: "I look." }, { type: "tool_call", name: "read_result" }]);
    expect(JSON.stringify(answer)).not.toContain("tool-call-delta");
  });

  test("is shown the only subtask's last word as the answer, and is left with nothing of what was called or sent back before it", async () => {
    const server = await startModelServer({
      behaviour: byRole({
        planner: () => ({ content: JSON.stringify(planOf({ a: {} })) }),
        agent: ({ turn }) => {
          if (turn === 0) return { content: "I count.", toolCalls: [{ name: "count", args: {} }] };
          return {
            content: turn === 1 ? "Let me search the documents for the price." : WORDS.join(""),
            chunks: WORDS.length,
          };
        },
      }),
    });
    const count = tool(() => "3", { name: "count", description: "counts", schema: z.object({}) });
    const agents = [{ name: "worker", description: "works", tools: ["count"] }];
    const connection = { model: "m", baseUrl: server.url, apiKey: "k", checkpointer: new MemorySaver() };
    const swarm = createSwarm({ ...connection, agents, tools: [count] });
    onTestFinished(async () => void (await Promise.all([swarm.close(), server.close()])));
    const answer = (await saidInBlocks(swarm)).filter(isAnswer);
    const { messages } = (await swarm.getState(thread("t"))).values as { messages: BaseMessage[] };
    const parts = answer.reduce<MessagesEvent[][]>((all, event) => {
      if (event.params.data.event === "message-start") all.push([]);
      all.at(-1)?.push(event);
      return all;
    }, []);
    expect(parts.map((part) => part.flatMap((event) => textIn(event) ?? []).join(""))).toEqual([
      ...["I count.", "", "Let me search the documents for the price.", WORDS.join(""), messages.at(-1)?.text],
    ]);
    expect(parts.at(-2)?.filter((event) => textIn(event) !== undefined)).toHaveLength(WORDS.length);
    expect(assembled(answer)).toEqual([[messages.at(-1)?.id, [{ type: "text", text: messages.at(-1)?.text }]]]);
  });

  describe("that is told in tokens, of a run with one subtask,", () => {
    const LONG = Array.from({ length: 60 }, (_, index) => `word${index} `);
    /** What is said of the swarm itself: by a stream as a server asks for it, or as a program does. */
    const toldBy = {
      program: async (swarm: ReturnType<typeof createSwarm>): Promise<Said[]> => {
        const asked = { messages: [new HumanMessage({ id: "q", content: "What?" })] };
        return collect(swarm.stream(asked, { ...thread("t"), streamMode: "messages" }));
      },
      server: async (swarm: ReturnType<typeof createSwarm>): Promise<Said[]> => {
        const asked = { messages: [new HumanMessage({ id: "q", content: "What?" })] };
        const served = { configurable: { thread_id: "t", assistant_id: "swarm" }, subgraphs: true };
        const stream = await swarm.stream(asked, { ...served, streamMode: ["messages", "updates"] });
        const chunks = (await collect(Promise.resolve(stream))) as unknown as [string[], string, Said][];
        expect(chunks.filter(([namespace, mode]) => mode === "messages" && namespace.length > 0)).toEqual([]);
        return chunks.filter(([, mode]) => mode === "messages").map(([, , said]) => said);
      },
    };
    const only = async (agent: Parameters<typeof byRole>[0]["agent"]) => {
      const server = await startModelServer({
        behaviour: byRole({ planner: () => ({ content: JSON.stringify(planOf({ a: {} })) }), agent }),
      });
      const count = tool(() => "3", { name: "count", description: "counts", schema: z.object({}) });
      const agents = [{ name: "worker", description: "works", tools: ["count"] }];
      const connection = { model: "m", baseUrl: server.url, apiKey: "k", checkpointer: new MemorySaver() };
      const swarm = createSwarm({ ...connection, agents, tools: [count] });
      onTestFinished(async () => void (await Promise.all([swarm.close(), server.close()])));
      return swarm;
    };

    test.each(["program", "server"] as const)(
      "by a %s is shown the answer as the lane writes it, as the state's message, and no talk before a call",
      async (who) => {
        const swarm = await only(({ turn }) =>
          turn === 0
            ? { content: "I count first.", toolCalls: [{ name: "count", args: {} }] }
            : { content: LONG.join(""), chunks: LONG.length },
        );
        const said = await toldBy[who](swarm);
        const { messages } = (await swarm.getState(thread("t"))).values as { messages: BaseMessage[] };
        expect(said.length).toBeGreaterThan(10);
        expect(new Set(said.map(([{ id }]) => id))).toEqual(new Set([messages.at(-1)?.id]));
        expect(new Set(said.map(([, { langgraph_node }]) => langgraph_node))).toEqual(new Set(["synthesizer"]));
        expect(said.map(([{ text }]) => text).join("")).toBe(LONG.join(""));
      },
    );

    test.each(["program", "server"] as const)(
      "by a %s is shown a long talk before a call as a message of its own, which does not stay",
      async (who) => {
        const swarm = await only(({ turn }) =>
          turn === 0
            ? { content: LONG.join(""), chunks: LONG.length, toolCalls: [{ name: "count", args: {} }] }
            : { content: `It is 3: ${LONG.join("")}`, chunks: LONG.length },
        );
        const said = Map.groupBy(await toldBy[who](swarm), ([{ id }]) => id);
        const texts = [...said].map(([id, chunks]) => [id, chunks.map(([{ text }]) => text).join("")]);
        const { messages } = (await swarm.getState(thread("t"))).values as { messages: BaseMessage[] };
        expect(texts).toEqual([
          [expect.any(String), LONG.join("")],
          [messages.at(-1)?.id, `It is 3: ${LONG.join("")}`],
        ]);
        expect(messages).toHaveLength(2);
      },
    );

    test("is shown a short one whole", async () => {
      const swarm = await only(() => ({ content: "It is 3.", chunks: 3 }));
      const said = await toldBy.program(swarm);
      expect(said.map(([{ text }]) => text)).toEqual([expect.stringMatching(/^It is 3\./)]);
    });
  });

  test("of a LangGraph server is not shown what lanes say as messages of the thread, though it asks for subgraphs", async () => {
    const server = await answered();
    const swarm = createSwarm({ model: "m", baseUrl: server.url, apiKey: "k", checkpointer: new MemorySaver() });
    onTestFinished(async () => void (await Promise.all([swarm.close(), server.close()])));
    const asked = { messages: [new HumanMessage({ id: "q", content: "What?" })] };
    const served = { configurable: { thread_id: "t", assistant_id: "swarm" }, subgraphs: true };
    const stream = swarm.streamEvents(asked, { ...served, version: "v2", streamMode: ["messages", "updates"] });
    const events = await collect(Promise.resolve(stream));
    const streamed = events
      .filter(({ event, name }) => event === "on_chain_stream" && name === "swarm")
      .map(({ data }) => data.chunk as [string[], string, unknown]);
    const texts = streamed.filter(([, mode]) => mode === "messages").map(([, , said]) => (said as Said)[0].text);
    expect(texts.join("")).toBe(WORDS.join(""));
    expect(streamed.some(([[lane], mode]) => lane?.startsWith("lane:") === true && mode === "updates")).toBe(true);
    const tokens = events.filter(
      ({ event, tags = [] }) => event === "on_chat_model_stream" && !tags.includes("nostream"),
    );
    expect(tokens.map(({ data }) => (data.chunk as BaseMessage).text).join("")).toBe(WORDS.join(""));
  });

  test("is shown nothing of what the model thinks aloud before it answers", async () => {
    const server = await answered(["<thi", "nk>\nI {should}", " answer.</th", "ink>\n\n", ...WORDS]);
    const swarm = createSwarm({ model: "m", baseUrl: server.url, apiKey: "k", checkpointer: new MemorySaver() });
    onTestFinished(async () => void (await Promise.all([swarm.close(), server.close()])));
    const asked = { messages: [new HumanMessage({ id: "q", content: "What?" })] };
    const said = (await collect(swarm.stream(asked, { ...thread("t"), streamMode: "messages" }))) as unknown as Said[];
    expect(said.map(([{ text }]) => text).join("")).toBe(WORDS.join(""));
  });

  test("is shown no draft: the question about it is what shows it", async () => {
    const server = await answered();
    const options = { model: "m", baseUrl: server.url, apiKey: "k", checkpointer: new MemorySaver() };
    const swarm = createSwarm({ ...options, approve: ["answer"] });
    onTestFinished(async () => void (await Promise.all([swarm.close(), server.close()])));
    const asked = { messages: [new HumanMessage({ id: "q", content: "What?" })] };
    expect(await collect(swarm.stream(asked, { ...thread("t"), streamMode: "messages" }))).toEqual([]);
  });
});
