/**
 * A `fetch` for the model client on Node's own HTTP client: the body of a stream is handed on as it comes off the socket. The
 * global `fetch` wraps it in web streams, which costs more CPU than all the rest of a call (docs/decisions/0014).
 *
 * 1. One request, to the given address: no redirect is followed, no cookie kept, no compression asked for.
 * 2. It rejects with the reason of an aborted signal, and with the connection's own error otherwise.
 */
import http from "node:http";
import https from "node:https";
import { text } from "node:stream/consumers";

/** Beside the usual: told of the headers of an answer as soon as they are there. */
export interface LeanFetchOptions {
  onHeaders?: (headers: Headers) => void;
}

/** Connections rest between two calls; as many as calls can be in flight. */
const KEPT_OPEN = { keepAlive: true, maxSockets: Infinity, maxFreeSockets: 1024 } as const;
const CLIENTS = {
  "http:": { protocol: http, agent: new http.Agent(KEPT_OPEN) },
  "https:": { protocol: https, agent: new https.Agent(KEPT_OPEN) },
} as const;

export const leanFetch = (async (
  input: string | URL | Request,
  init: RequestInit & LeanFetchOptions = {},
): Promise<Response> => {
  const url = new URL(input instanceof Request ? input.url : input);
  const message = await send(url, init);
  const headers = headersOf(message);
  init.onHeaders?.(headers);
  const status = message.statusCode ?? 0;
  // A refusal is read whole, as everybody reads it; what streams is not wrapped at all.
  if (status !== 200)
    return new Response(hasNoBody(status) ? null : await text(message), {
      status: status < 200 ? 502 : status,
      headers,
    });
  return streamed(message, { url, status, headers });
}) as typeof fetch;

function send(url: URL, { method = "GET", headers, body, signal }: RequestInit): Promise<http.IncomingMessage> {
  const client = CLIENTS[url.protocol as keyof typeof CLIENTS];
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason as Error);
    const fields = { ...Object.fromEntries(new Headers(headers)), ...lengthOf(body) };
    const request = client.protocol.request(url, { method, headers: fields, agent: client.agent });
    let answer: http.IncomingMessage | undefined;
    const reason = (): Error => signal?.reason as Error;
    const abort = (): void => void (answer === undefined ? request.destroy(reason()) : answer.destroy(reason()));
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

function lengthOf(body: unknown): Record<string, string> {
  return typeof body === "string" ? { "content-length": String(Buffer.byteLength(body)) } : {};
}

function headersOf(message: http.IncomingMessage): Headers {
  const headers = new Headers();
  for (let index = 0; index < message.rawHeaders.length; index += 2) {
    headers.append(message.rawHeaders[index] as string, message.rawHeaders[index + 1] as string);
  }
  return headers;
}

function hasNoBody(status: number): boolean {
  return status < 200 || status === 204 || status === 205 || status === 304;
}

/** As much of a Response as the client reads; its body is an async iterable of bytes. */
function streamed(
  message: http.IncomingMessage,
  { url, status, headers }: { url: URL; status: number; headers: Headers },
): Response {
  return {
    ...{ ok: true, status, statusText: "OK", url: url.href, headers, bodyUsed: false, redirected: false },
    body: { [Symbol.asyncIterator]: () => bytesOf(message) },
    text: () => text(message),
    json: async () => JSON.parse(await text(message)) as unknown,
  } as unknown as Response;
}

/** A reader that has seen `[DONE]` leaves before the end: the rest is read off, so that the connection serves the next call. */
async function* bytesOf(message: http.IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    yield* message.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
  } finally {
    if (!message.readableEnded) message.resume();
  }
}
