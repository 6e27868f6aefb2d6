/** What app/dev-server.ts and `toldError` make good: each is still as they say. Where one fails, the server has been mended, and the cure can go. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { END, START, StateGraph, StateSchema } from "@langchain/langgraph";
import { z } from "zod";
import { clientOf, newThread, runToEnd, type Check } from "../check.ts";

const API = join(import.meta.dirname, "../node_modules/@langchain/langgraph-api");
const TRIED = "1.5.1";

async function own<Module>(file: string): Promise<Module> {
  return (await import(pathToFileURL(join(API, "dist", file)).href)) as Module;
}

export const waysOfTheServer: Check[] = [
  {
    name: `the server is the one that was tried, ${TRIED}`,
    async run() {
      const { version } = JSON.parse(readFileSync(join(API, "package.json"), "utf8")) as { version: string };
      assert.equal(version, TRIED);
    },
  },
  {
    name: "of a graph whose state is a StateSchema it shows no context",
    async run() {
      type Reader = {
        getRuntimeGraphSchema: (graph: object) => Promise<{ state?: object; config?: object } | undefined>;
      };
      const { getRuntimeGraphSchema } = await own<Reader>("graph/parser/index.mjs");
      const state = new StateSchema({ said: z.string() });
      const graph = new StateGraph({ state, context: z.object({ model: z.string() }) })
        .addNode("say", () => ({ said: "" }))
        .addEdge(START, "say")
        .addEdge("say", END)
        .compile();
      const shown = await getRuntimeGraphSchema(graph);
      assert.ok(shown?.state !== undefined);
      assert.equal(shown.config, undefined);
    },
  },
  {
    name: "of an error it hands on name and message alone",
    async run() {
      type Serializer = { serializeError: (error: Error) => object };
      const { serializeError } = await own<Serializer>("utils/serde.mjs");
      assert.deepEqual(Object.keys(serializeError(Object.assign(new Error("x"), { code: "USAGE" }))), [
        "error",
        "message",
      ]);
    },
  },
  {
    name: "a plain question after a call that named a checkpoint is asked at the end of the thread, though the server keeps what was named",
    async run(server) {
      const client = clientOf(server);
      const thread = await newThread(client);
      const ask = (content: string, more: object = {}) =>
        runToEnd(client, thread, { input: { messages: [{ type: "human", content }], documents: ["docs"] }, ...more });
      await ask("What is a step?");
      const [start] = (await client.threads.getHistory(thread)).filter(({ next }) => next.includes("__start__"));
      const edited = await ask("What is a lane?", { checkpoint: start?.checkpoint });
      assert.equal(edited.messages.length, 2);
      const later = await ask("And what is a fork?");
      assert.deepEqual(later.messages.slice(0, 2), edited.messages);
      assert.equal(later.messages.length, 4);
      // What is named is meant, the second time too.
      assert.equal((await ask("What is a run?", { checkpoint: start?.checkpoint })).messages.length, 2);
    },
  },
];
