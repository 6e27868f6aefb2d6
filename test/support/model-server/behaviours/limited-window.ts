import type { Behaviour } from "../reply.ts";

/** A model of a small context: prompts above `bytes` are refused as OpenAI refuses them, the others answered as `within` says. */
export function limitedWindow(bytes: number, within: Behaviour): Behaviour {
  return (call) => {
    const size = 4 * call.inputTokens;
    if (size <= bytes) return within(call);
    const message = `This model's maximum context length is ${bytes} bytes. However, your messages have ${size}.`;
    const error = { message, type: "invalid_request_error", code: "context_length_exceeded", param: "messages" };
    return { status: 400, body: { error } };
  };
}
