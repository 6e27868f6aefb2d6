/** A LangGraph server for one compiled graph, as far as a `RemoteGraph` asks it: runs that stream, and the state of a thread. Ends with its test. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { BaseMessage } from "@langchain/core/messages";
import { Command, type CompiledStateGraph, type StateSnapshot } from "@langchain/langgraph";
import { onTestFinished } from "vitest";

/** As much of any compiled graph as is served. */
type Served = Pick<CompiledStateGraph<object, object>, "stream" | "getState">;

interface RunRequest {
  assistant_id: string;
  input?: object | null;
  command?: { resume?: unknown };
  config: object;
  stream_mode: ("values" | "updates")[];
}

export interface GraphServer {
  url: string;
  /** What it was asked, in its order. */
  runs: RunRequest[];
  /** Keys that it was sent. */
  keys: unknown[];
  /** The status of the next answers, in place of an answer. */
  refusals: number[];
}

export async function serveGraph(graphId: string, graph: Served): Promise<GraphServer> {
  const served: GraphServer = { url: "", runs: [], keys: [], refusals: [] };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500);
      response.end(`event: error\ndata: ${JSON.stringify({ message: String(error) })}\n\n`);
    });
  });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.headers["x-api-key"] !== undefined) served.keys.push(request.headers["x-api-key"]);
    const [, thread = ""] = /^\/threads\/([0-9a-f-]{36})\//.exec(request.url ?? "") ?? [];
    const config = { configurable: { thread_id: thread } };
    if (/\/state(\/checkpoint)?(\?|$)/.test(request.url ?? ""))
      return send(response, 200, stateOf(thread, await graph.getState(config)));
    const run = JSON.parse(Buffer.concat(await request.toArray()).toString()) as RunRequest;
    const refusal = served.refusals.shift();
    if (refusal !== undefined) return send(response, refusal, { detail: "not now" });
    if (run.assistant_id !== graphId) return send(response, 404, { detail: `no assistant ${run.assistant_id}` });
    served.runs.push(run);
    response.writeHead(200, { "content-type": "text/event-stream" });
    const input = run.command === undefined ? (run.input ?? null) : new Command({ resume: run.command.resume });
    for await (const chunk of await graph.stream(input, { ...run.config, ...config, streamMode: run.stream_mode })) {
      const [mode, data] = chunk as unknown as [string, unknown];
      response.write(`event: ${mode}\ndata: ${JSON.stringify(plain(data))}\n\n`);
    }
    response.end();
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  served.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return served;
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

/** A thread that no run was on has an empty state. */
function stateOf(thread: string, { values, next, tasks, config, createdAt, metadata }: StateSnapshot): object {
  const checkpoint = { thread_id: thread, checkpoint_id: config.configurable?.["checkpoint_id"] as unknown };
  return { ...{ values: plain(values), next, tasks, checkpoint, metadata }, created_at: createdAt ?? null };
}

function plain(value: unknown): unknown {
  if (BaseMessage.isInstance(value)) return { type: value.type, ...value.toDict().data };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}
