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
import { defined, fieldOf, listOf } from "../../../state/is-record.ts";
import { usageFromWire } from "./inspect-reply.ts";

/** What is read of a stream. Each value may be missing, or of another type than the protocol says. */
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
  /** Of endpoints that answer as they did before there were messages. */
  text?: unknown;
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
  #refusal: string | undefined;
  #finishReason: string | undefined;
  #model: string | undefined;
  #completionId: string | undefined;
  #usage: unknown;
  /** Of the choice that is read; undefined: none has come. */
  #index: unknown;

  constructor({ keepsReasoning }: { keepsReasoning: boolean }) {
    this.#keepsReasoning = keepsReasoning;
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
      additional_kwargs: defined({
        reasoning_content: this.#reasoning?.toWellFormed(),
        refusal: this.#refusal?.toWellFormed(),
      }),
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
    return defined({
      model_provider: "openai",
      model_name: this.#model,
      completion_id: this.#completionId,
      finish_reason: this.#finishReason,
      usage: this.#usage,
    });
  }

  /** Of several answers to one request one is read: the first, else that which comes first. */
  #choiceIn(choices: unknown): WireChoice | undefined {
    const list = (Array.isArray(choices) ? choices : [choices]).filter(
      (choice): choice is WireChoice => typeof choice === "object" && choice !== null,
    );
    this.#index ??= (list.find(({ index }) => index === 0) ?? list.find(isNumbered))?.index;
    return list.find((choice) => choice.index === this.#index) ?? list.find((choice) => !isNumbered(choice));
  }

  /** The most that was said: some say less in the end, or nothing but zeros. */
  #takeUsage(usage: unknown): void {
    if (usage === undefined || usage === null) return;
    if (this.#usage === undefined || tokensIn(usage) >= tokensIn(this.#usage)) this.#usage = usage;
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
      this.#refusal = (this.#refusal ?? "") + delta.refusal;
    }
    for (const call of callsIn(delta)) this.characters += this.#calls.take(call);
    return text;
  }
}

/** 0: it cannot be believed. */
function tokensIn(usage: unknown): number {
  const { inputTokens = 0, outputTokens = 0 } = usageFromWire(usage) ?? {};
  return inputTokens + outputTokens;
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

interface GatheredCall {
  /** Empty where the endpoint gave none. */
  id: string;
  name: string;
  args: string;
}

interface Piece extends GatheredCall {
  index: number | undefined;
}

/**
 * Gathers the tool calls of one completion stream from their pieces. Endpoints leave out the index or give every call the same,
 * leave out ids, repeat or renew them with each piece, repeat the name, or send the arguments so far each time: a piece belongs
 * to a call that is known unless it can only be the beginning of another. Pure.
 */
class StreamedCalls {
  readonly #calls: Piece[] = [];
  /** The last of each index, and of each id: there may be very many. */
  readonly #byIndex = new Map<number, Piece>();
  readonly #byId = new Map<string, Piece>();

  /** What has neither a name nor arguments calls nothing: some endpoints send such a one beside a text. */
  get calls(): readonly GatheredCall[] {
    return this.#calls.filter(({ name, args }) => name.trim() !== "" || args.trim() !== "");
  }

  /** Returns how much was said. */
  take(wire: WireToolCall): number {
    const piece = pieceOf(wire);
    const known = this.#knownFor(piece);
    if (known === undefined) this.#begin(piece);
    else extend(known, piece);
    const call = known ?? piece;
    if (call.id !== "" && !this.#byId.has(call.id)) this.#byId.set(call.id, call);
    return piece.args.length + (known === undefined ? piece.name.length : 0);
  }

  #begin(call: Piece): void {
    this.#calls.push(call);
    if (call.index !== undefined) this.#byIndex.set(call.index, call);
    if (call.id !== "") this.#byId.set(call.id, call);
  }

  /** The call that a piece goes on with; undefined where it begins one. */
  #knownFor(piece: Piece): Piece | undefined {
    const { index, id, name } = piece;
    const byIndex = index === undefined ? this.#calls.at(-1) : this.#byIndex.get(index);
    if (id !== "") return this.#knownById(piece, byIndex);
    if (name === "") return byIndex ?? this.#calls.at(-1);
    return byIndex !== undefined && (goesOn(byIndex, piece) || isRestOfName(byIndex, piece)) ? byIndex : undefined;
  }

  #knownById(piece: Piece, byIndex: Piece | undefined): Piece | undefined {
    const { index, id, name } = piece;
    const byId = this.#byId.get(id);
    if (byId !== undefined) {
      const isElsewhere = index !== undefined && byId.index !== undefined && index !== byId.index;
      return name === "" || (!isElsewhere && goesOn(byId, piece)) ? byId : undefined;
    }
    if (byIndex?.id === "") return goesOn(byIndex, piece) ? byIndex : undefined;
    // A new id with every piece, but the name only once.
    return byIndex !== undefined && name === "" && !isObject(byIndex.args) ? byIndex : undefined;
  }
}

/** Whether a piece with a name may belong to a call: not where that one is whole, or has another name. */
function goesOn(call: Piece, { name, args }: Piece): boolean {
  if (name !== "" && call.name !== "" && name !== call.name) return false;
  return name === "" || call.args === args || args === "" || !isObject(call.args) || isSoFar(call.args, args);
}

/** An endpoint that gives ids gives one to each call: what has none, and only a name, is more of a name that came in pieces. */
function isRestOfName(call: Piece, { id, name, args, index }: Piece): boolean {
  return index !== undefined && call.id !== "" && call.args === "" && id === "" && args === "" && name !== call.name;
}

function extend(call: Piece, piece: Piece): void {
  if (isRestOfName(call, piece)) call.name += piece.name;
  if (call.id === "") call.id = piece.id;
  if (call.name === "") call.name = piece.name;
  const isRepeated = call.args === piece.args && isObject(piece.args);
  if (isRepeated) return;
  call.args = isSoFar(call.args, piece.args) ? piece.args : call.args + piece.args;
}

function isSoFar(before: string, piece: string): boolean {
  return before.length > 1 && piece.length > before.length && piece.startsWith(before) && isObject(piece);
}

function isObject(args: string): boolean {
  if (!args.trimEnd().endsWith("}")) return false;
  try {
    return typeof JSON.parse(args) === "object";
  } catch {
    return false;
  }
}

function pieceOf(wire: WireToolCall): Piece {
  const { name, arguments: args } = wire.function ?? wire;
  const index = typeof wire.index === "string" && wire.index !== "" ? Number(wire.index) : wire.index;
  return {
    index: typeof index === "number" && Number.isFinite(index) ? index : undefined,
    id: typeof wire.id === "string" ? wire.id : typeof wire.id === "number" ? String(wire.id) : "",
    name: typeof name === "string" ? name : "",
    args: typeof args === "string" ? args : args === undefined || args === null ? "" : JSON.stringify(args),
  };
}
