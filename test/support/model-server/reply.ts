/**
 * What the server answers, as data, so that every fault of a provider can be scripted. Fields combine: `hang` or
 * `resetSocket` with `truncateAfterChunks` strike in the middle of the stream, without it before the first byte.
 */
import type { ModelCall } from "./call.ts";

export interface Reply {
  content?: string;
  /** Sent as `reasoning_content`, before the content. */
  reasoning?: string;
  /** Sent as `refusal`, in place of content. */
  refusal?: string;
  /** `args`: an object, or a string that is sent as it stands (malformed JSON). `id` defaults to one per subtask and turn. */
  toolCalls?: { name: string; args?: Record<string, unknown> | string; id?: string }[];
  /** Of the completion; default one per call. */
  id?: string;
  /** Default `tool_calls` or `stop`. */
  finishReason?: string;
  /** Merged over the computed usage; null leaves the usage out. */
  usage?: Record<string, unknown> | null;
  /** Pieces into which a streamed content is cut; default 4. */
  chunks?: number;
  /** From the arrival of the request to the first byte; default: the server's delay. */
  delayMs?: number;
  /** The reply waits for it too: so a test orders the turns of lanes without a clock. */
  when?: Promise<unknown>;
  /** Pause between the chunks of a stream; default none (one write). */
  dripMs?: number;
  /** Anything but 200 sends an error body in OpenAI's shape, unless `body` or `rawBody` says otherwise. */
  status?: number;
  headers?: Record<string, string>;
  /** Sent as JSON instead of a completion. */
  body?: unknown;
  /** Sent as it stands instead of a completion. */
  rawBody?: string;
  /** The stream ends after so many events, without a finish reason or `[DONE]`. */
  truncateAfterChunks?: number;
  /** Never answers, or never goes on. */
  hang?: true;
  /** The connection is reset. */
  resetSocket?: true;
}

/** Answers one call. Must be deterministic, and cheap: it runs while hundreds of other calls wait. */
export type Behaviour = (call: ModelCall) => Reply;
