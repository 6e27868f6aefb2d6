/**
 * Gathers the events of one chat completion stream. Text is handed on as it comes; tool calls, reasoning, usage and the reason
 * for the end come whole, in the last chunk: merging chunks costs time with each of them, and nobody reads half an argument.
 * 1. Each string of the last chunk is in it once (LangChain joins equal keys of two chunks: a repeated `stop` is `stopstop`).
 * 2. The provider's completion id is never the message's id: some repeat it, and LangGraph replaces messages of equal id.
 * 3. Thinking, under whatever name, is a sign of life and never text.
 * 4. What is handed on is well-formed: half a character waits for its other half, and is mended where none comes.
 */
import { randomUUID } from "node:crypto";
import { AIMessageChunk } from "@langchain/core/messages";
import { boundedCalls } from "../../../engine/policy/reply/reply-message.ts";
import type { RateLimits } from "../../../engine/ports/limits.ts";
import { fieldOf, listOf } from "../../../state/is-record.ts";
import { RATE_LIMITS } from "./rate-limits.ts";
import { StreamedCalls } from "./streamed-calls.ts";
import { usageFromWire, type WireChoice, type WireDelta, type WireEvent, type WireToolCall } from "./wire-event.ts";

/** Parts of a delta that say nothing by themselves. */
const SILENT = new Set(["role", "content", "tool_calls", "function_call", "refusal", "name", "index", "id", "type"]);

export class StreamedReply {
  readonly id = `msg_${randomUUID()}`;
  /** Characters of every kind so far. */
  characters = 0;
  readonly #keepsReasoning: boolean;
  readonly #calls = new StreamedCalls();
  #half = "";
  #reasoning: string | undefined;
  #refusal = "";
  #finishReason: string | undefined;
  #model: string | undefined;
  #completionId: string | undefined;
  #usage: unknown;
  /** Of the choice that is read; undefined: none has come. */
  #index: unknown;
  #limits: RateLimits | undefined;

  constructor(options: { keepsReasoning: boolean }) {
    this.#keepsReasoning = options.keepsReasoning;
  }

  /** What the answer says of the endpoint's limits. */
  takeLimits(limits: RateLimits | undefined): void {
    this.#limits = limits;
  }

  take(event: WireEvent): string {
    this.#model ??= textIn(event.model);
    this.#completionId ??= textIn(event.id);
    const choice = this.#choiceIn(event.choices);
    this.#takeUsage(event.usage ?? choice?.usage);
    const reason = choice?.finish_reason;
    if (typeof reason === "string" && reason !== "") this.#finishReason = reason;
    const delta = deltaIn(choice, this.characters === 0);
    return delta === undefined ? "" : this.#takeDelta(delta);
  }

  /** A part of the text, or nothing: a sign of life. */
  part(text: string): AIMessageChunk {
    const whole = this.#half + text;
    this.#half = /[\uD800-\uDBFF]$/.test(whole) ? whole.slice(-1) : "";
    const content = this.#half === "" ? whole : whole.slice(0, -1);
    return new AIMessageChunk({ id: this.id, content: content.toWellFormed() });
  }

  last(text: string): AIMessageChunk {
    const usage = usageFromWire(this.#usage);
    // LangChain takes a time that grows with the square of their number.
    const { calls, metadata } = boundedCalls(this.#calls.calls, (call) => call);
    return new AIMessageChunk({
      id: this.id,
      content: (this.#half + text).toWellFormed(),
      tool_call_chunks: calls.map(({ id, name, args }, index) => ({
        type: "tool_call_chunk" as const,
        index,
        id: id === "" ? `call_${randomUUID()}` : id,
        name: name.toWellFormed(),
        args: args.toWellFormed(),
      })),
      additional_kwargs: {
        ...(this.#reasoning === undefined ? {} : { reasoning_content: this.#reasoning.toWellFormed() }),
        ...(this.#refusal === "" ? {} : { refusal: this.#refusal.toWellFormed() }),
      },
      response_metadata: { ...this.#metadata(), ...metadata },
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
      ...(this.#usage === undefined ? {} : { usage: this.#usage }),
      ...(this.#limits === undefined ? {} : { [RATE_LIMITS]: this.#limits }),
    };
  }

  /** Of several answers to one request one is read: the first, else that which comes first. */
  #choiceIn(choices: unknown): WireChoice | undefined {
    const list = (Array.isArray(choices) ? choices : [choices]).filter(
      (choice): choice is WireChoice => typeof choice === "object" && choice !== null,
    );
    this.#index ??= (list.find(({ index }) => index === 0) ?? list.find(isNumbered))?.index;
    return list.find((choice) => choice.index === this.#index) ?? list.find((choice) => !isNumbered(choice));
  }

  /** The last that can be believed: some say nothing but zeros in the end. */
  #takeUsage(usage: unknown): void {
    if (usage === undefined || usage === null) return;
    if (this.#usage === undefined || usageFromWire(usage) !== undefined) this.#usage = usage;
  }

  #takeDelta(delta: WireDelta): string {
    const { text, others } = contentOf(delta.content);
    this.characters += text.length + others;
    const reasoning = [delta.reasoning_content, delta.reasoning, delta.thinking].find(
      (each): each is string => typeof each === "string",
    );
    // An empty reasoning is kept: Kimi tells "thought nothing" from "did not think".
    if (this.#keepsReasoning && reasoning !== undefined) this.#reasoning = (this.#reasoning ?? "") + reasoning;
    for (const [name, value] of Object.entries(delta)) if (!SILENT.has(name)) this.characters += lengthOf(value);
    if (typeof delta.refusal === "string") {
      this.characters += delta.refusal.length;
      this.#refusal += delta.refusal;
    }
    for (const call of callsIn(delta)) this.characters += this.#calls.take(call);
    return text;
  }
}

function isNumbered({ index }: WireChoice): boolean {
  return typeof index === "number";
}

/** The delta; of an answer that is no stream, or ends with the whole once more, the message where nothing came before it. */
function deltaIn(choice: WireChoice | undefined, isFirst: boolean): WireDelta | undefined {
  const delta = choice?.delta;
  if (typeof delta === "object" && delta !== null && Object.keys(delta).length > 0) return delta;
  if (typeof choice?.text === "string") return { content: choice.text };
  const message = choice?.message;
  return isFirst && typeof message === "object" && message !== null ? message : undefined;
}

/** The text of a content, and how much of it is something else (thinking, above all). */
function contentOf(content: unknown): { text: string; others: number } {
  if (typeof content === "string") return { text: content, others: 0 };
  const parts: unknown[] = Array.isArray(content) ? content : [content];
  const texts = parts.map(textOfPart);
  const others = parts.reduce((sum: number, part, index) => (texts[index] === "" ? sum + lengthOf(part) : sum), 0);
  return { text: texts.join(""), others };
}

function textOfPart(part: unknown): string {
  if (typeof part === "string") return part;
  const [type, text] = [fieldOf(part, "type"), fieldOf(part, "text")];
  if (type !== undefined && type !== "text" && type !== "output_text") return "";
  if (typeof text === "string") return text;
  return textIn(fieldOf(text, "value")) ?? "";
}

function callsIn({ tool_calls, function_call }: WireDelta): WireToolCall[] {
  const given = [...(Array.isArray(tool_calls) ? listOf(tool_calls) : [tool_calls]), function_call];
  return given.filter((call): call is WireToolCall => typeof call === "object" && call !== null);
}

function textIn(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** How much a value says: its text, or its JSON. */
function lengthOf(value: unknown): number {
  if (typeof value === "string") return value.length;
  const isSomething = typeof value === "object" && value !== null && Object.keys(value).length > 0;
  return isSomething ? JSON.stringify(value).length : 0;
}
