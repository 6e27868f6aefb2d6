/**
 * A reply that began and did not come to its end. Thrown by the chat model, read by `classify-error.ts`. `cause`: what the
 * connection or the parser said; absent when the stream ended before its first event.
 */
export class BrokenStreamError extends Error {
  override readonly name = "BrokenStreamError";
}
