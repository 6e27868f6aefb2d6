/**
 * A model of which a share of the calls fails, at random and of every kind: the same calls for the same seed, whatever the
 * order in which they come. For tests and benchmarks.
 */
import { delayMs, type Behaviour, type Delay, type ModelCall, type Reply } from "../support/model-server/index.ts";
import { seededRandom } from "../support/seeded-random.ts";

/** What may go wrong with a call; `delayMs` of a refusal is short, as it is with real providers. */
const FAULTS: readonly (readonly [string, (call: ModelCall, good: Reply) => Reply])[] = [
  ["rate-limit", () => ({ status: 429, delayMs: 20 })],
  ["server", () => ({ status: 500 })],
  ["overloaded", () => ({ status: 503, delayMs: 20 })],
  ["reset", () => ({ resetSocket: true })],
  ["truncated", (_, good) => ({ ...good, truncateAfterChunks: 2 })],
  ["broken-off", (_, good) => ({ ...good, truncateAfterChunks: 1, resetSocket: true })],
  ["hang", () => ({ hang: true })],
  ["hang-in-the-middle", (_, good) => ({ ...good, truncateAfterChunks: 1, hang: true })],
  ["nonsense", () => ({ rawBody: "data: {oops\n\n", headers: { "content-type": "text/event-stream" } })],
  ["empty", () => ({ content: "" })],
  ["malformed-arguments", () => ({ toolCalls: [{ name: "read_result", args: "{not json" }] })],
  ["unknown-tool", () => ({ toolCalls: [{ name: "launch_rocket", args: {} }] })],
];

export interface RandomFaults {
  seed: number;
  /** 0 to 1: of the calls, how many fail. */
  share: number;
  /** Calls of a lane: all but the last make a tool call. */
  calls: number;
  delay: Delay;
  /** Milliseconds in a refusal's `retry-after-ms`; absent: it has no such header. */
  retryAfterMs?: number;
}

/** The fault that a call meets; undefined: none. */
export function faultOf(options: Pick<RandomFaults, "seed" | "share">, call: ModelCall): string | undefined {
  const random = seededRandom(`faults:${options.seed}:${call.subtaskId}:${call.turn}:${call.seen}`);
  return random() < options.share ? FAULTS[Math.floor(random() * FAULTS.length)]?.[0] : undefined;
}

export function randomFaults(options: RandomFaults): Behaviour {
  const { calls, delay, retryAfterMs } = options;
  return (call) => {
    const ms = delayMs(delay, `${call.subtaskId}/${call.seen}`, call.turn);
    const good: Reply =
      call.turn < calls - 1
        ? { toolCalls: [{ name: "read_result", args: { subtask: `x${call.turn}` } }] }
        : { content: `Result of ${call.subtaskId}.` };
    const name = faultOf(options, call);
    const reply = FAULTS.find(([known]) => known === name)?.[1](call, good) ?? good;
    const asks = reply.status === 429 && retryAfterMs !== undefined;
    return { delayMs: ms, ...reply, ...(asks ? { headers: { "retry-after-ms": String(retryAfterMs) } } : {}) };
  };
}
