/**
 * Gathers the events of one chat completion stream. Text is handed on as it comes; tool calls, reasoning, usage and the reason
 * for the end come whole, in the last chunk: merging chunks costs time with each of them, and nobody reads half an argument.
 * 1. Each string of the last chunk is in it once (LangChain joins equal keys of two chunks: a repeated `stop` is `stopstop`).
 * 2. The provider's completion id is never the message's id: some repeat it, and LangGraph replaces messages of equal id.
 */
import { randomUUID } from "node:crypto";
import { AIMessageChunk } from "@langchain/core/messages";
import type { RateLimits } from "../../../engine/ports/limits.ts";
import { RATE_LIMITS } from "./rate-limits.ts";
import { usageFromWire } from "./usage.ts";
import type { WireDelta, WireEvent, WireToolCall } from "./wire-event.ts";

interface GatheredCall {
  index: number | undefined;
  id: string;
  name: string;
  args: string;
}

export class StreamedReply {
  readonly id = `msg_${randomUUID()}`;
  /** Characters of every kind so far. */
  characters = 0;
  readonly #keepsReasoning: boolean;
  #reasoning: string | undefined;
  #refusal = "";
  #calls: GatheredCall[] = [];
  #finishReason: string | undefined;
  #model: string | undefined;
  #completionId: string | undefined;
  #usage: unknown;
  #limits: RateLimits | undefined;

  constructor(options: { keepsReasoning: boolean }) {
    this.#keepsReasoning = options.keepsReasoning;
  }

  /** What the answer says of the endpoint's limits. */
  takeLimits(limits: RateLimits | undefined): void {
    this.#limits = limits;
  }

  /** Takes one event; returns its text. */
  take(event: WireEvent): string {
    this.#model ??= event.model;
    this.#completionId ??= event.id;
    const choice = event.choices?.[0];
    this.#usage = event.usage ?? choice?.usage ?? this.#usage;
    if (typeof choice?.finish_reason === "string") this.#finishReason = choice.finish_reason;
    return choice?.delta ? this.#takeDelta(choice.delta) : "";
  }

  /** A part of the text, or nothing: a sign of life. */
  part(text: string): AIMessageChunk {
    return new AIMessageChunk({ id: this.id, content: text });
  }

  /** The rest of the text, and all that is not text. */
  last(text: string): AIMessageChunk {
    const usage = usageFromWire(this.#usage);
    return new AIMessageChunk({
      id: this.id,
      content: text,
      tool_call_chunks: this.#calls.map(({ id, name, args }, index) => ({
        type: "tool_call_chunk" as const,
        index,
        id: id === "" ? `call_${randomUUID()}` : id,
        name,
        args,
      })),
      additional_kwargs: {
        ...(this.#reasoning === undefined ? {} : { reasoning_content: this.#reasoning }),
        ...(this.#refusal === "" ? {} : { refusal: this.#refusal }),
      },
      response_metadata: this.#metadata(),
      usage_metadata: usage && {
        input_tokens: usage.inputTokens,
        output_tokens: usage.outputTokens,
        total_tokens: usage.inputTokens + usage.outputTokens,
        input_token_details: { cache_read: usage.cachedInputTokens },
      },
    });
  }

  #metadata(): Record<string, unknown> {
    return {
      model_provider: "openai",
      ...(this.#model === undefined ? {} : { model_name: this.#model }),
      ...(this.#completionId === undefined ? {} : { completion_id: this.#completionId }),
      ...(this.#finishReason === undefined ? {} : { finish_reason: this.#finishReason }),
      ...(this.#usage === undefined || this.#usage === null ? {} : { usage: this.#usage }),
      ...(this.#limits === undefined ? {} : { [RATE_LIMITS]: this.#limits }),
    };
  }

  #takeDelta(delta: WireDelta): string {
    const text = typeof delta.content === "string" ? delta.content : "";
    this.characters += text.length;
    if (typeof delta.reasoning_content === "string") {
      this.characters += delta.reasoning_content.length;
      // An empty reasoning is kept: Kimi tells "thought nothing" from "did not think".
      if (this.#keepsReasoning) this.#reasoning = (this.#reasoning ?? "") + delta.reasoning_content;
    }
    if (typeof delta.refusal === "string") {
      this.characters += delta.refusal.length;
      this.#refusal += delta.refusal;
    }
    for (const call of delta.tool_calls ?? []) this.#takeToolCall(call);
    return text;
  }

  #takeToolCall(delta: WireToolCall): void {
    const args = delta.function?.arguments;
    const piece = typeof args === "string" ? args : (JSON.stringify(args ?? undefined) ?? "");
    const call = this.#callOf(delta);
    if (call.name === "") call.name = delta.function?.name ?? "";
    call.args += piece;
    this.characters += piece.length;
  }

  /** Some endpoints leave out the index, others give every call the same: a new id under a known index is a new call. */
  #callOf(delta: WireToolCall): GatheredCall {
    const id = delta.id ?? "";
    const known = this.#calls.findLast((call) => delta.index === undefined || call.index === delta.index);
    if (known !== undefined && (id === "" || known.id === "" || known.id === id)) {
      if (known.id === "") known.id = id;
      return known;
    }
    const call: GatheredCall = { index: delta.index, id, name: "", args: "" };
    this.#calls.push(call);
    return call;
  }
}
