/** From a reply to the bytes of OpenAI's chat completions protocol: pure. */
import type { ModelCall } from "./call.ts";
import type { Reply } from "./reply.ts";

export interface EncodedReply {
  status: number;
  headers: Record<string, string>;
  /** What is written, piece by piece: the events of a stream, or one body. */
  parts: string[];
  outputTokens: number;
}

/** Fixed, so that the same script gives the same bytes. */
const CREATED = 1_760_000_000;

const ERRORS: Record<number, { message: string; type: string; code: string | null }> = {
  400: { message: "Invalid request", type: "invalid_request_error", code: null },
  401: { message: "Incorrect API key provided", type: "invalid_request_error", code: "invalid_api_key" },
  403: { message: "You exceeded your current quota", type: "insufficient_quota", code: "insufficient_quota" },
  404: { message: "Not found", type: "invalid_request_error", code: "not_found" },
  429: { message: "Rate limit reached", type: "rate_limit_error", code: "rate_limit_exceeded" },
};

interface WireToolCall {
  id: string;
  type: "function";
  function: { name: string; arguments: string };
}

export function encodeReply(reply: Reply, call: ModelCall, cachedTokens: number): EncodedReply {
  const status = reply.status ?? 200;
  if (reply.rawBody !== undefined) return fixedBody(status, reply, reply.rawBody);
  if (reply.body !== undefined) return fixedBody(status, reply, JSON.stringify(reply.body));
  if (status !== 200) return fixedBody(status, reply, errorBody(status));
  const toolCalls = wireToolCalls(reply, call);
  const outputTokens = Math.ceil(outputBytes(reply, toolCalls) / 4);
  const usage =
    reply.usage === null ? undefined : { ...usageOf(call.inputTokens, outputTokens, cachedTokens), ...reply.usage };
  const completion = { reply, call, toolCalls, usage };
  const parts = call.stream ? streamEvents(completion) : [wholeBody(completion)];
  const type = call.stream ? "text/event-stream; charset=utf-8" : "application/json";
  return { status, headers: { "content-type": type, ...reply.headers }, parts, outputTokens };
}

export function errorBody(status: number, message?: string): string {
  const error = ERRORS[status] ?? { message: "The server had an error", type: "server_error", code: null };
  return JSON.stringify({ error: { ...error, ...(message === undefined ? {} : { message }), param: null } });
}

function fixedBody(status: number, reply: Reply, body: string): EncodedReply {
  return { status, headers: { "content-type": "application/json", ...reply.headers }, parts: [body], outputTokens: 0 };
}

function wireToolCalls(reply: Reply, call: ModelCall): WireToolCall[] {
  return (reply.toolCalls ?? []).map((wanted, index) => ({
    id: wanted.id ?? `call_${call.subtaskId ?? call.n}_${call.turn}_${index}`,
    type: "function",
    function: {
      name: wanted.name,
      arguments: typeof wanted.args === "string" ? wanted.args : JSON.stringify(wanted.args ?? {}),
    },
  }));
}

function outputBytes(reply: Reply, toolCalls: WireToolCall[]): number {
  const texts = [
    reply.content ?? "",
    reply.reasoning ?? "",
    ...toolCalls.flatMap((call) => [call.function.name, call.function.arguments]),
  ];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

function usageOf(inputTokens: number, outputTokens: number, cachedTokens: number): Record<string, unknown> {
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens },
  };
}

interface Completion {
  reply: Reply;
  call: ModelCall;
  toolCalls: WireToolCall[];
  usage: Record<string, unknown> | undefined;
}

function finishReason({ reply, toolCalls }: Completion): string {
  return reply.finishReason ?? (toolCalls.length > 0 ? "tool_calls" : "stop");
}

function wholeBody(completion: Completion): string {
  const { reply, call, toolCalls, usage } = completion;
  const message = {
    role: "assistant",
    content: reply.content ?? null,
    ...(reply.reasoning === undefined ? {} : { reasoning_content: reply.reasoning }),
    ...(reply.refusal === undefined ? {} : { refusal: reply.refusal }),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
  };
  const choices = [{ index: 0, message, finish_reason: finishReason(completion), logprobs: null }];
  return JSON.stringify({ ...envelope(reply, call, "chat.completion"), choices, usage });
}

function streamEvents(completion: Completion): string[] {
  const { reply, call, toolCalls, usage } = completion;
  const head = JSON.stringify(envelope(reply, call, "chat.completion.chunk")).slice(0, -1);
  const event = (delta: unknown, finish: string | null = null): string =>
    `data: ${head},"choices":[{"index":0,"delta":${JSON.stringify(delta)},"finish_reason":${JSON.stringify(finish)}}]}\n\n`;
  const events = [event({ role: "assistant", content: "" })];
  if (reply.reasoning !== undefined) events.push(event({ reasoning_content: reply.reasoning }));
  if (reply.refusal !== undefined) events.push(event({ refusal: reply.refusal }));
  for (const piece of cut(reply.content ?? "", reply.chunks ?? 4)) events.push(event({ content: piece }));
  for (const [index, toolCall] of toolCalls.entries()) {
    const { name, arguments: text } = toolCall.function;
    events.push(event({ tool_calls: [{ index, ...toolCall, function: { name, arguments: "" } }] }));
    for (const piece of cut(text, 2)) events.push(event({ tool_calls: [{ index, function: { arguments: piece } }] }));
  }
  events.push(event({}, finishReason(completion)));
  if (call.includeUsage && usage !== undefined)
    events.push(`data: ${head},"choices":[],"usage":${JSON.stringify(usage)}}\n\n`);
  events.push("data: [DONE]\n\n");
  return events;
}

function envelope(reply: Reply, call: ModelCall, object: string): Record<string, unknown> {
  return { id: reply.id ?? `chatcmpl-${call.n}`, object, created: CREATED, model: call.model };
}

/** At most `pieces` pieces of about equal length; none for an empty text. */
function cut(text: string, pieces: number): string[] {
  const size = Math.max(1, Math.ceil(text.length / Math.max(1, pieces)));
  return Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
    text.slice(index * size, (index + 1) * size),
  );
}
