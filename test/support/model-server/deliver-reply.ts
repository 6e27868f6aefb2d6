/** Puts an encoded reply on the wire: delay, drip, truncation, hang, reset. Owns its timers; ends when the client leaves. */
import type { ServerResponse } from "node:http";
import type { EncodedReply } from "./encode-reply.ts";
import { nowMs } from "./recorder.ts";
import type { Reply } from "./reply.ts";

export interface Delivery {
  response: ServerResponse;
  reply: Reply;
  encoded: EncodedReply;
  /** When the first byte may leave, on the clock of `nowMs`. */
  dueMs: number;
  /** Called when the first byte leaves; not where nothing does. */
  onFirstToken?: () => void;
  /** Called just before the last bytes leave, so that a client that has them cannot be seen in flight any more. */
  onEnd: () => void;
}

export function deliverReply(delivery: Delivery): void {
  const { response } = delivery;
  let timer: NodeJS.Timeout | undefined;
  // Timers count from a cached clock and drop fractions: a busy server would answer early, below a benchmark's bound.
  const wait = (): void => {
    const leftMs = delivery.dueMs - nowMs();
    if (leftMs > 0) timer = setTimeout(wait, Math.ceil(leftMs));
    else begin(delivery);
  };
  wait();
  if (timer !== undefined) response.once("close", () => clearTimeout(timer));
}

function begin(delivery: Delivery): void {
  const { response, reply, encoded } = delivery;
  if (response.destroyed) return;
  if (reply.truncateAfterChunks === undefined && (reply.hang || reply.resetSocket)) return stop(delivery);
  delivery.onFirstToken?.();
  response.writeHead(encoded.status, encoded.headers);
  const parts = encoded.parts.slice(0, reply.truncateAfterChunks);
  if (reply.dripMs !== undefined && reply.dripMs > 0) return drip(delivery, parts, reply.dripMs);
  if (reply.truncateAfterChunks === undefined) return end(delivery, parts.join(""));
  writeThen(delivery, parts.join(""), () => stop(delivery));
}

function drip(delivery: Delivery, parts: string[], everyMs: number): void {
  const { response, reply } = delivery;
  let timer: NodeJS.Timeout | undefined;
  response.once("close", () => clearTimeout(timer));
  const send = (index: number): void => {
    const last = index >= parts.length - 1;
    if (last && reply.truncateAfterChunks === undefined) return end(delivery, parts[index] ?? "");
    writeThen(delivery, parts[index] ?? "", () => {
      if (last) return stop(delivery);
      if (!response.destroyed) timer = setTimeout(send, everyMs, index + 1);
    });
  };
  send(0);
}

/** Goes on once the text has been handed to the system, so that a reset does not overtake it. */
function writeThen({ response }: Delivery, text: string, next: () => void): void {
  if (text === "") {
    response.flushHeaders();
    setImmediate(next);
  } else response.write(text, () => next());
}

function stop(delivery: Delivery): void {
  const { response, reply } = delivery;
  if (reply.hang) return;
  if (reply.resetSocket) {
    delivery.onEnd();
    response.socket?.resetAndDestroy();
  } else end(delivery, "");
}

function end({ response, onEnd }: Delivery, text: string): void {
  onEnd();
  response.end(text);
}
