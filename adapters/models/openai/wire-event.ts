/**
 * What is read of a chat completion stream. All of it is optional: endpoints differ in what they leave out, and each value may
 * be of another type than the protocol says; readers look before they take.
 */

interface WireFunction {
  name?: unknown;
  arguments?: unknown;
}

export interface WireToolCall extends WireFunction {
  index?: unknown;
  id?: unknown;
  function?: WireFunction | null;
}

/** Of a stream, or the whole message of an answer that is none. */
export interface WireDelta {
  /** Text, or a list of typed parts. */
  content?: unknown;
  /** What a model says in place of an answer that it will not give. */
  refusal?: unknown;
  tool_calls?: unknown;
  /** What calls were before there were several. */
  function_call?: unknown;
  /** Thinking has many names. */
  reasoning_content?: unknown;
  reasoning?: unknown;
  thinking?: unknown;
  reasoning_details?: unknown;
}

export interface WireChoice {
  index?: unknown;
  delta?: WireDelta | null;
  message?: WireDelta | null;
  finish_reason?: unknown;
  /** Where Kimi puts the usage of a stream. */
  usage?: unknown;
}

export interface WireEvent {
  id?: unknown;
  model?: unknown;
  choices?: unknown;
  usage?: unknown;
}
