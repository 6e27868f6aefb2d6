/** What is read of a chat completion stream. All of it is optional: endpoints differ in what they leave out. */

export interface WireToolCall {
  index?: number;
  id?: string | null;
  function?: { name?: string | null; arguments?: unknown };
}

export interface WireDelta {
  content?: unknown;
  reasoning_content?: unknown;
  /** What a model says in place of an answer that it will not give. */
  refusal?: unknown;
  tool_calls?: WireToolCall[] | null;
}

export interface WireChoice {
  delta?: WireDelta | null;
  finish_reason?: string | null;
  /** Where Kimi puts the usage of a stream. */
  usage?: unknown;
}

export interface WireEvent {
  id?: string;
  model?: string;
  choices?: WireChoice[] | null;
  usage?: unknown;
}
