import type { Behaviour } from "../reply.ts";

/**
 * A model of a small context: prompts above `bytes` are refused as OpenAI refuses them, the others answered as `within` says.
 * `isMute`: how much it can hold is not said.
 */
export function limitedWindow(bytes: number, within: Behaviour, { isMute = false } = {}): Behaviour {
  return (call) => {
    const size = 4 * call.inputTokens;
    if (size <= bytes) return within(call);
    const message = isMute
      ? "Your input exceeds the context window of this model."
      : `This model's maximum context length is ${bytes} bytes. However, your messages have ${size}.`;
    const error = { message, type: "invalid_request_error", code: "context_length_exceeded", param: "messages" };
    return { status: 400, body: { error } };
  };
}
