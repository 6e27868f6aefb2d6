/**
 * One request for a streamed completion. It rejects with the reason of an aborted signal, with a `RefusedCall` for an answer that
 * is none of success or a page for people, and with the connection's own error otherwise.
 */
import type { Readable } from "node:stream";
import { send, type HttpAnswer } from "./http-client.ts";
import { isPage, RefusedCall } from "./refused-call.ts";

/** Of an answer that is no completion so much is read: it is there to be shown. */
const MOST_REFUSAL_BYTES = 64 * 1024;

export interface CompletionRequest {
  url: URL;
  apiKey: string;
  /** JSON. */
  body: Buffer;
  signal: AbortSignal | undefined;
}

/** The answer, its body unread. */
export async function postCompletion({ url, apiKey, body, signal }: CompletionRequest): Promise<HttpAnswer> {
  const headers = {
    accept: "text/event-stream",
    authorization: `Bearer ${apiKey}`,
    "content-type": "application/json",
    "user-agent": "glasshive",
  };
  const answer = await send({ method: "POST", url, headers, body, signal });
  const { status } = answer;
  if (status >= 200 && status < 300 && !isPage(answer.headers)) return answer;
  throw RefusedCall.ofAnswer({ status, headers: answer.headers, text: await beginningOf(answer.body) });
}

/** The first part of a body, as text. */
export async function beginningOf(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // The iteration is left early where there is more: that closes the connection.
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= MOST_REFUSAL_BYTES) break;
  }
  return Buffer.concat(chunks).toString("utf8", 0, MOST_REFUSAL_BYTES);
}
