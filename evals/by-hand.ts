/**
 * `npm run evals -- --by-hand [FOLDER]`: a model server on the loopback whose answers are written by hand, to see what a model sees. Each
 * request becomes FOLDER/in/NNN.txt (and NNN.json, as it came); its answer is FOLDER/out/NNN.json,
 * `{ "content": "…", "tool_calls": [{ "name": "…", "arguments": {} }] }` or a part of it, or FOLDER/out/NNN.txt, the content alone.
 * While it waits it streams empty pieces, so that nobody takes it for dead. Ctrl-C ends it.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { parseChatRequest, textOf, type ChatRequest } from "../test/support/model-server/call.ts";

interface Answer {
  content?: string;
  tool_calls?: { name: string; arguments?: Record<string, unknown> }[];
}

/** How often it looks for an answer, and says that it is there. */
const WAIT_MS = 500;

export interface ByHand {
  url: string;
  close(): Promise<void>;
}

/** `port` 0: a free one. Numbers go on behind those that are there. */
export async function serveByHand(
  folder: string,
  { port = 0, log }: { port?: number; log: (line: string) => void },
): Promise<ByHand> {
  const places = { in: join(resolve(folder), "in"), out: join(resolve(folder), "out") };
  for (const place of Object.values(places)) mkdirSync(place, { recursive: true });
  let count = Math.max(0, ...readdirSync(places.in).map((name) => Number.parseInt(name, 10) || 0));
  const server = createServer((request, response) => {
    const answered = request.method === "GET" ? models(response) : chat(request, response);
    void Promise.resolve(answered).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : undefined),
    );
  });
  async function chat(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const asked = parseChatRequest(body);
    if (asked === undefined)
      return void response.writeHead(400).end('{"error":{"message":"no chat completion request"}}');
    count += 1;
    const id = String(count).padStart(3, "0");
    writeFileSync(join(places.in, `${id}.json`), body);
    writeFileSync(join(places.in, `${id}.txt.part`), readable(asked));
    renameSync(join(places.in, `${id}.txt.part`), join(places.in, `${id}.txt`));
    log(
      `${id}: ${asked.messages.length} messages, ${asked.tools?.length ?? 0} tools, ${body.length} bytes; answer in ${join(places.out, `${id}.json`)}`,
    );
    const stream = new Stream(response, id);
    const answer = await answerTo(join(places.out, id), stream);
    if (answer !== undefined) stream.end(answer, body.length);
    else log(`${id}: the client went away`);
  }
  await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function models(response: ServerResponse): void {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ object: "list", data: [{ id: "by-hand", object: "model" }] }));
}

/** The request as a person reads it: messages in their order, then the tools. */
function readable({ messages, tools = [] }: ChatRequest): string {
  const said = messages.map((message) => {
    const calls = (message.tool_calls ?? []).map((call) => `[calls ${call.function.name} ${call.function.arguments}]`);
    return [`### ${message.role}`, textOf(message), ...calls].filter((part) => part !== "").join("\n");
  });
  const offered = tools.map(
    (tool) =>
      `- ${tool.function.name}: ${tool.function.description ?? ""}\n  ${JSON.stringify(tool.function.parameters)}`,
  );
  return `${[...said, `### tools\n${offered.join("\n") || "none"}`].join("\n\n")}\n`;
}

/** Undefined: nobody waits for it any more. */
async function answerTo(file: string, stream: Stream): Promise<Answer | undefined> {
  for (;;) {
    if (stream.isGone) return undefined;
    const written = writtenAnswer(file);
    if (written !== undefined) return written;
    stream.wait();
    await sleep(WAIT_MS);
  }
}

function writtenAnswer(file: string): Answer | undefined {
  if (existsSync(`${file}.txt`)) return { content: readFileSync(`${file}.txt`, "utf8") };
  if (!existsSync(`${file}.json`)) return undefined;
  try {
    return JSON.parse(readFileSync(`${file}.json`, "utf8")) as Answer;
  } catch {
    // It is being written.
    return undefined;
  }
}

/** One completion, as a stream of chunks. */
class Stream {
  readonly #response: ServerResponse;
  readonly #id: string;
  isGone = false;

  constructor(response: ServerResponse, id: string) {
    this.#response = response;
    this.#id = id;
    response.on("close", () => (this.isGone = true));
    response.writeHead(200, { "content-type": "text/event-stream" });
    this.#send({ choices: [{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }] });
  }

  wait(): void {
    this.#send({ choices: [{ index: 0, delta: { content: "" }, finish_reason: null }] });
  }

  end({ content = "", tool_calls = [] }: Answer, promptBytes: number): void {
    const calls = tool_calls.map(({ name, arguments: args = {} }, index) => ({
      ...{ index, id: `call_${this.#id}_${index}`, type: "function" },
      function: { name, arguments: JSON.stringify(args) },
    }));
    this.#send({
      choices: [
        { index: 0, delta: { content, ...(calls.length > 0 ? { tool_calls: calls } : {}) }, finish_reason: null },
      ],
    });
    this.#send({ choices: [{ index: 0, delta: {}, finish_reason: calls.length > 0 ? "tool_calls" : "stop" }] });
    const [prompt_tokens, completion_tokens] = [
      Math.ceil(promptBytes / 4),
      Math.ceil((content.length + JSON.stringify(calls).length) / 4),
    ];
    this.#send({
      choices: [],
      usage: { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens },
    });
    this.#response.end("data: [DONE]\n\n");
  }

  #send(chunk: object): void {
    const about = { id: `by-hand-${this.#id}`, object: "chat.completion.chunk", created: 0, model: "by-hand" };
    this.#response.write(`data: ${JSON.stringify({ ...about, ...chunk })}\n\n`);
  }
}
