/**
 * A scriptable OpenAI-compatible model server on the loopback. It answers what its behaviour says and records what it
 * was asked; anything that is no chat completion is a 404 and recorded as unexpected. It must stay cheap: it shares two
 * cores with the system that it measures.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describeCall, parseChatRequest, type ModelCall } from "./call.ts";
import { checkConversation } from "./check-conversation.ts";
import { delayMs, type Delay } from "./delay.ts";
import { deliverReply } from "./deliver-reply.ts";
import { encodeReply, errorBody } from "./encode-reply.ts";
import { PrefixCache } from "./prefix-cache.ts";
import { RateLimiter, type RateLimitOptions } from "./rate-limiter.ts";
import { nowMs, Recorder, type CallRecord, type ServerStats } from "./recorder.ts";
import type { Behaviour, Reply } from "./reply.ts";

export interface ModelServerOptions {
  behaviour: Behaviour;
  /** 0 (the default) takes a free one. */
  port?: number;
  /** For `GET /v1/models`; default ["m"]. Any model is answered. */
  models?: string[];
  /** Of replies that name none; default 0 ms. */
  delay?: Delay;
  /** Off by default: it reads every prompt again. */
  prefixCache?: boolean;
  /** Keeps each request body as it came, for `bodies()`; off by default. */
  keepBodies?: boolean;
  /** What is beyond is refused with 429; default: nothing is. */
  limits?: RateLimitOptions;
}

export interface ModelServer {
  /** Base URL for clients: http://127.0.0.1:PORT/v1 */
  url: string;
  stats(): ServerStats;
  /** Every call since the start or the last reset, in the order of arrival. */
  records(): readonly CallRecord[];
  /** The bodies of these calls, where they are kept. */
  bodies(): readonly string[];
  reset(): void;
  /** Cuts what is still in flight. */
  close(): Promise<void>;
}

interface Context {
  options: ModelServerOptions;
  recorder: Recorder;
  cache: PrefixCache | undefined;
  limiter: RateLimiter | undefined;
}

export async function startModelServer(options: ModelServerOptions): Promise<ModelServer> {
  const cache = options.prefixCache === true ? new PrefixCache() : undefined;
  const recorder = new Recorder();
  const limiter = options.limits === undefined ? undefined : new RateLimiter(options.limits);
  const context: Context = { options, recorder, cache, limiter };
  // A connection that rests between two calls must not be closed under a client that is about to use it again.
  const server = createServer(
    { keepAliveTimeout: 600_000, requestTimeout: 0, headersTimeout: 0 },
    (request, response) => route(context, request, response),
  );
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port: options.port ?? 0, host: "127.0.0.1", backlog: 4096 }, resolve);
  });
  const reset = (): void => {
    recorder.reset();
    cache?.clear();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    stats: () => recorder.stats(),
    records: () => recorder.records,
    bodies: () => recorder.bodies,
    reset,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function route(context: Context, request: IncomingMessage, response: ServerResponse): void {
  const { recorder } = context;
  const place = `${request.method} ${request.url}`;
  if (place === "POST /v1/chat/completions") return chat(context, request, response);
  if (place === "GET /v1/models") {
    const data = (context.options.models ?? ["m"]).map((id) => ({
      id,
      object: "model",
      created: 0,
      owned_by: "model-server",
    }));
    return sendJson(response, 200, JSON.stringify({ object: "list", data }));
  }
  if (place === "GET /stats") return sendJson(response, 200, JSON.stringify(recorder.stats()));
  if (place === "GET /records") return sendJson(response, 200, JSON.stringify(recorder.records));
  if (place === "POST /reset") {
    recorder.reset();
    context.cache?.clear();
    return sendJson(response, 200, "{}");
  }
  refuse(context, { request, response, status: 404, reason: "no such address" });
}

function chat(context: Context, request: IncomingMessage, response: ServerResponse): void {
  const { recorder } = context;
  const startMs = nowMs();
  let record: CallRecord | undefined;
  recorder.inFlight += 1;
  recorder.maxInFlight = Math.max(recorder.maxInFlight, recorder.inFlight);
  let ended = false;
  let release = (): void => undefined;
  const end = (aborted: boolean): void => {
    if (ended) return;
    ended = true;
    recorder.inFlight -= 1;
    release();
    if (record !== undefined) Object.assign(record, { endMs: nowMs(), aborted });
  };
  response.once("close", () => end(true));
  const pieces: Buffer[] = [];
  request.on("data", (piece: Buffer) => pieces.push(piece));
  request.on("error", () => end(true));
  request.on("end", () => {
    const answered = answer(context, { request, response, body: Buffer.concat(pieces), startMs });
    if (answered === undefined) return end(false);
    ({ record, release } = answered);
    const dueMs = startMs + answered.delayMs;
    const { reply, encoded, onFirstToken } = answered;
    const onEnd = (): void => end(false);
    const deliver = (): void => deliverReply({ response, reply, encoded, dueMs, onFirstToken, onEnd });
    if (reply.when === undefined) deliver();
    else void reply.when.then(deliver);
  });
}

interface Arrival {
  request: IncomingMessage;
  response: ServerResponse;
  body: Buffer;
  startMs: number;
}

interface Answer {
  record: CallRecord;
  reply: Reply;
  encoded: ReturnType<typeof encodeReply>;
  delayMs: number;
  /** Called when the call is over. */
  release: () => void;
  onFirstToken: () => void;
}

/** Decides what one call is answered; undefined when it was refused on the spot. */
function answer(context: Context, { request, response, body, startMs }: Arrival): Answer | undefined {
  const { recorder, options } = context;
  const parsed = parseChatRequest(body.toString("utf8"));
  const problem = parsed === undefined ? "no chat completion request" : checkConversation(parsed.messages);
  if (parsed === undefined || problem !== undefined) {
    refuse(context, { request, response, status: 400, reason: problem ?? "" });
    return undefined;
  }
  const described = describeCall(parsed, body.byteLength);
  const call: ModelCall = { ...described, n: recorder.records.length + 1, seen: recorder.countAsked(described) };
  const record = recorder.start(call, startMs);
  if (options.keepBodies === true) recorder.bodies.push(body.toString("utf8"));
  try {
    const { reply, release } = replyTo(context, call, startMs);
    const found = context.cache?.look(parsed);
    record.cachedTokens = found?.cachedTokens ?? 0;
    const encoded = encodeReply(reply, call, record.cachedTokens);
    Object.assign(record, { outputTokens: encoded.outputTokens, status: encoded.status });
    const delay =
      reply.delayMs ?? delayMs(options.delay ?? { kind: "fixed", ms: 0 }, call.subtaskId ?? call.role, call.turn);
    const onFirstToken = (): void => {
      if (found !== undefined && encoded.status === 200) context.cache?.keep(found.blocks);
    };
    return { record, reply, encoded, delayMs: delay, release, onFirstToken };
  } catch (error) {
    Object.assign(record, { endMs: nowMs(), status: 500 });
    refuse(context, { request, response, status: 500, reason: `the behaviour threw: ${String(error)}` });
    return undefined;
  }
}

interface Refusal {
  request: IncomingMessage;
  response: ServerResponse;
  status: number;
  reason: string;
}

function refuse({ recorder }: Context, { request, response, status, reason }: Refusal): void {
  recorder.unexpected.push({ atMs: nowMs(), method: request.method ?? "", path: request.url ?? "", reason });
  sendJson(response, status, errorBody(status, reason));
}

function sendJson(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
  response.end(body);
}

/** What is scripted, unless the server's limits refuse the call. */
function replyTo({ limiter, options }: Context, call: ModelCall, startMs: number): Pick<Answer, "reply" | "release"> {
  const admission = limiter?.arrive(call, startMs);
  const scripted = admission?.refusal ?? options.behaviour(call);
  const reply = { ...scripted, headers: { ...admission?.headers, ...scripted.headers } };
  return { reply, release: admission?.release ?? (() => undefined) };
}
