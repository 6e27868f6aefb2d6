/**
 * One request for a streamed completion, on Node's own HTTP client: what the endpoint answers is handed on as it comes off the
 * socket. A general client wraps request and answer in web standards first, which costs more CPU than all the rest of a call
 * (docs/decisions/0014, 0021).
 *
 * 1. One request, to the given address: no redirect is followed, no cookie kept, no compression asked for, nothing tried again.
 * 2. It rejects with the reason of an aborted signal, with a `RefusedCall` for an answer that is none of success, and with the
 *    connection's own error otherwise.
 */
import http from "node:http";
import https from "node:https";
import { text as readAll } from "node:stream/consumers";
import { RefusedCall } from "./refused-call.ts";

/** Connections rest between two calls; as many as calls can be in flight. */
const KEPT_OPEN = { keepAlive: true, maxSockets: Infinity, maxFreeSockets: 1024 } as const;
const CLIENTS = {
  "http:": { protocol: http, agent: new http.Agent(KEPT_OPEN) },
  "https:": { protocol: https, agent: new https.Agent(KEPT_OPEN) },
} as const;

export interface CompletionRequest {
  url: URL;
  apiKey: string;
  /** JSON. */
  body: Buffer;
  signal: AbortSignal | undefined;
}

/** The answer, its body unread. */
export async function postCompletion(request: CompletionRequest): Promise<http.IncomingMessage> {
  const answer = await send(request);
  const status = answer.statusCode ?? 0;
  if (status >= 200 && status < 300) return answer;
  throw RefusedCall.ofAnswer({ status, headers: answer.headers, text: await readAll(answer) });
}

function send({ url, apiKey, body, signal }: CompletionRequest): Promise<http.IncomingMessage> {
  const client = CLIENTS[url.protocol as keyof typeof CLIENTS];
  const headers = {
    accept: "text/event-stream",
    authorization: `Bearer ${apiKey}`,
    "content-type": "application/json",
    "content-length": body.length,
    "user-agent": "glasshive",
  };
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason as Error);
    const request = client.protocol.request(url, { method: "POST", headers, agent: client.agent });
    let answer: http.IncomingMessage | undefined;
    const abort = (): void => void (answer ?? request).destroy(signal?.reason as Error);
    const settle = (): void => signal?.removeEventListener("abort", abort);
    signal?.addEventListener("abort", abort, { once: true });
    request.once("response", (message) => {
      answer = message;
      // Whoever reads the body meets the error there; a body that nobody reads any more must not end the process.
      message.on("error", () => undefined);
      message.once("close", settle);
      resolve(message);
    });
    request.on("error", (error) => {
      settle();
      reject(error);
    });
    request.end(body);
  });
}
