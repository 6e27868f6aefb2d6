/**
 * An endpoint that half follows the protocol: a share of its calls ends, frames or writes its reply in one of the ways seen of
 * real providers. What a fault sends beside the reply carries `MISLEADING`, which must never be published.
 */
import type { Behaviour, ModelCall, Reply } from "../support/model-server/index.ts";
import { seededRandom } from "../support/seeded-random.ts";

export const MISLEADING = "MISLEADING-TEXT";

const SSE = { "content-type": "text/event-stream" };
const event = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;
const piece = (delta: Record<string, unknown>, finish: string | null = null) => ({
  id: "c",
  object: "chat.completion.chunk",
  created: 1,
  model: "m",
  choices: [{ index: 0, delta, finish_reason: finish }],
});
const raw = (...parts: string[]): Reply => ({ rawBody: parts.join(""), headers: SSE });
const opening = event(piece({ role: "assistant", content: MISLEADING }));
const DONE = "data: [DONE]\n\n";

/** The good reply as a stream, with its deltas and framing as `write` says. */
function written(good: Reply, { finish, done = DONE }: { finish?: string | null; done?: string } = {}): string {
  const calls = (good.toolCalls ?? []).map(({ name, args }, index) => ({
    index,
    id: `call_${index}`,
    type: "function",
    function: { name, arguments: JSON.stringify(args ?? {}) },
  }));
  const delta = calls.length > 0 ? { tool_calls: calls } : { content: good.content ?? "" };
  const end = finish === undefined ? (calls.length > 0 ? "tool_calls" : "stop") : finish;
  return event(piece({ role: "assistant", ...delta })) + (end === null ? "" : event(piece({}, end))) + done;
}

type Fault = (good: Reply, call: ModelCall) => Reply;

const FAULTS: Record<string, Fault> = {
  ...Object.fromEntries(
    ["error", "network_error", "insufficient_system_resource", "abort", "who-knows"].map((finish) => [
      `finish ${finish}`,
      () => raw(opening, event(piece({}, finish)), DONE),
    ]),
  ),
  "length in a tool call": () =>
    raw(
      event(
        piece({
          tool_calls: [{ index: 0, id: "a", type: "function", function: { name: "read_result", arguments: '{"su' } }],
        }),
      ),
      event(piece({}, "length")),
      DONE,
    ),
  "error in the stream": () => raw(opening, event({ error: { message: "upstream failed", code: 502 } })),
  "error as 200": () => ({ body: { error: { message: `overloaded ${MISLEADING}`, type: "server_error" } } }),
  "HTML as 200": () => ({
    rawBody: `<html><body>${MISLEADING}</body></html>`,
    headers: { "content-type": "text/html" },
  }),
  "empty stream": () => raw(),
  "only usage": () =>
    raw(event({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } }), DONE),
  "only thinking": () => raw(event(piece({ reasoning_content: MISLEADING })), event(piece({}, "stop")), DONE),
  "cut off": () => raw(opening),
  "reset in the middle": (good) => ({ ...good, truncateAfterChunks: 1, resetSocket: true }),
  "reset before": () => ({ resetSocket: true }),
  hang: () => ({ hang: true }),
  "hang in the middle": (good) => ({ ...good, truncateAfterChunks: 1, hang: true }),
  "429": () => ({ status: 429 }),
  "500": () => ({ status: 500 }),
  "503 as HTML": () => ({ status: 503, rawBody: `<h1>${MISLEADING}</h1>`, headers: { "content-type": "text/html" } }),
  "unknown tool": () => ({ toolCalls: [{ name: "launch_rocket", args: {} }] }),
  "malformed arguments": () => ({ toolCalls: [{ name: "read_result", args: "{not json" }] }),
  // From here on the reply itself is good, in an odd form.
  "thinking in tags": (good) => ({
    ...good,
    ...(good.content === undefined ? {} : { content: `<think>${MISLEADING}</think>${good.content}` }),
  }),
  "thinking in fields": (good) => raw(event(piece({ reasoning: MISLEADING })), written(good)),
  "no finish": (good) => raw(written(good, { finish: null })),
  "empty finish": (good) => raw(written(good, { finish: "" })),
  "no [DONE]": (good) => raw(written(good, { done: "" })),
  "comments and CR": (good) => raw(`\uFEFF: hello\n\n${written(good)}`.replaceAll("\n", "\r\n")),
  "half a surrogate": (good) => ({
    ...good,
    ...(good.content === undefined ? {} : { content: `${good.content} \uD83D` }),
  }),
  "call as text": (good) => {
    const [call] = good.toolCalls ?? [];
    if (call === undefined) return good;
    return { content: `<tool_call>${JSON.stringify({ name: call.name, arguments: call.args })}</tool_call>` };
  },
  "doubly encoded": (good) => ({
    ...good,
    ...(good.toolCalls === undefined
      ? {}
      : { toolCalls: good.toolCalls.map((call) => ({ ...call, args: JSON.stringify(JSON.stringify(call.args)) })) }),
  }),
};
const NAMES = Object.keys(FAULTS);

export interface ProviderFaults {
  behaviour: Behaviour;
  /** How many calls met one so far. */
  struck: () => number;
}

/** `share`: 0 to 1, of the calls. An agent makes `calls` turns; the last answers `Result of ID.` */
export function providerFaults({ seed, share, calls }: { seed: string; share: number; calls: number }): ProviderFaults {
  let struck = 0;
  const behaviour: Behaviour = (call) => {
    const good: Reply =
      call.turn < calls - 1
        ? { toolCalls: [{ name: "read_result", args: { subtask: `x${call.turn}` } }] }
        : { content: `Result of ${call.subtaskId}.` };
    const random = seededRandom(`provider:${seed}:${call.subtaskId}:${call.turn}:${call.seen}`);
    const name = random() < share ? NAMES[Math.floor(random() * NAMES.length)] : undefined;
    if (name === undefined) return good;
    struck += 1;
    return FAULTS[name]!(good, call);
  };
  return { behaviour, struck: () => struck };
}
