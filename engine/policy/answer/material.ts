/**
 * What a node of the reduction still has to condense: its inputs and the replies so far, less what a reply has condensed
 * already. Derived from the board and the lane's messages each time, so a crash loses no condensed part. Pure.
 */
import { AIMessage, type BaseMessage } from "@langchain/core/messages";
import type { Plan } from "../../../state/plan.ts";
import type { Signal } from "../../../state/signal.ts";
import type { ResultExcerpt } from "../../ports/brief.ts";
import type { ResolvedModel } from "../../ports/models.ts";
import { excerptBytes } from "../prompts/synthesizer-prompt.ts";
import { breakBefore } from "./shorten.ts";

/** A stretch of an input or of an earlier reply, in characters. */
export interface Span {
  source: string;
  from: number;
  to: number;
}

/** A stretch of material as the prompt shows it. */
export interface Piece extends ResultExcerpt {
  span: Span;
  /** 0 for an input, else how often it has been condensed. */
  level: number;
}

const LEAST_PIECE_CHARACTERS = 500;

/** What a condensed part says of itself, in the message's `additional_kwargs`. */
const CONDENSES = "condenses";

/** The message that keeps a condensed part in the lane's state. */
export function condensedPart(reply: AIMessage, batch: readonly Piece[]): AIMessage {
  const spans = batch.map(({ span }) => span);
  return new AIMessage({ id: reply.id, content: reply.text, additional_kwargs: { [CONDENSES]: spans } });
}

export interface Material {
  pieces: Piece[];
  parts: number;
  /** Bytes of the largest batch that the model has taken; 0 before there is one. */
  largestTaken: number;
}

export function materialOf(inputs: readonly ResultExcerpt[], replies: readonly BaseMessage[]): Material {
  const ranks = new Map(inputs.map(({ subtask }, index) => [subtask, index]));
  const all: Piece[] = inputs.map((input) => pieceOf(input, input.subtask, 0));
  const taken = new Map<string, Span[]>();
  let largestTaken = 0;
  let parts = 0;
  for (const reply of replies) {
    const spans = spansOf(reply);
    const [first] = spans;
    if (reply.id === undefined || first === undefined) continue;
    parts += 1;
    const condensed = spans.flatMap((span) =>
      all.filter((piece) => piece.span.source === span.source).map((piece) => cut(piece, span)),
    );
    largestTaken = Math.max(largestTaken, bytesOf(condensed));
    for (const span of spans) taken.set(span.source, [...(taken.get(span.source) ?? []), span]);
    ranks.set(reply.id, (ranks.get(first.source) ?? 0) + first.from / 1e9);
    const excerpt = {
      subtask: `part-${parts}`,
      title: `Part ${parts}, condensed`,
      detail: "condensed" as const,
    };
    const level = 1 + Math.max(0, ...condensed.map((piece) => piece.level));
    all.push(pieceOf({ ...excerpt, output: reply.text }, reply.id, level));
  }
  const pieces = all.flatMap((piece) => left(piece, taken.get(piece.span.source) ?? []));
  pieces.sort((one, other) => rankOf(ranks, one) - rankOf(ranks, other));
  return { pieces, parts, largestTaken };
}

export function bytesOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, piece) => sum + excerptBytes(piece), 0);
}

/** Fills batches in order up to `room` bytes each; a piece that is larger is cut. */
export function batchesOf(pieces: readonly Piece[], room: number): Piece[][] {
  const batches: Piece[][] = [];
  let filled = Infinity;
  for (const piece of pieces.flatMap((whole) => fitting(whole, room))) {
    const bytes = excerptBytes(piece);
    if (filled + bytes > room) {
      batches.push([]);
      filled = 0;
    }
    batches.at(-1)?.push(piece);
    filled += bytes;
  }
  return batches;
}

/** The first half of a batch, or of its only piece; undefined where that would be too small to be worth a call. */
export function firstHalf(batch: readonly Piece[]): Piece[] | undefined {
  if (batch.length > 1) return batch.slice(0, Math.ceil(batch.length / 2));
  const [only] = batch;
  return only === undefined ? undefined : halvesOf(only)?.slice(0, 1);
}

/** Undefined where they would be too small to be worth a call. */
function halvesOf(piece: Piece): Piece[] | undefined {
  if (piece.output.length < 2 * LEAST_PIECE_CHARACTERS) return undefined;
  const { source, from, to } = piece.span;
  const middle = from + breakBefore(piece.output, Math.floor(piece.output.length / 2));
  return [cut(piece, { source, from, to: middle }), cut(piece, { source, from: middle, to })];
}

function spansOf(reply: BaseMessage): Span[] {
  const spans: unknown = reply.additional_kwargs[CONDENSES];
  return Array.isArray(spans) ? (spans as Span[]) : [];
}

function pieceOf(excerpt: ResultExcerpt, source: string, level: number): Piece {
  return { ...excerpt, span: { source, from: 0, to: excerpt.output.length }, level };
}

/** `span`: within the piece's own, in characters of the whole. */
function cut(piece: Piece, span: Span): Piece {
  const { from } = piece.span;
  return { ...piece, output: piece.output.slice(span.from - from, span.to - from), span };
}

function left(piece: Piece, spans: readonly Span[]): Piece[] {
  const { source, to } = piece.span;
  const gaps: Span[] = [];
  let at = piece.span.from;
  for (const span of spans.toSorted((one, other) => one.from - other.from)) {
    if (span.from > at) gaps.push({ source, from: at, to: span.from });
    at = Math.max(at, span.to);
  }
  if (at < to) gaps.push({ source, from: at, to });
  return gaps.map((gap) => cut(piece, gap));
}

function fitting(piece: Piece, room: number): Piece[] {
  const halves = excerptBytes(piece) <= room ? undefined : halvesOf(piece);
  return halves?.flatMap((half) => fitting(half, room)) ?? [piece];
}

function rankOf(ranks: ReadonlyMap<string, number>, { span }: Piece): number {
  return (ranks.get(span.source) ?? 0) + span.from / 1e9;
}

/** The rules, a bounded task and what frames them, in tokens. */
const FRAME_TOKENS = 4000;
/** Two bytes a token is on the safe side for prose, JSON and code. */
const BYTES_PER_TOKEN = 2;
const LEAST_TOKENS = 1000;
const LEAST_KEPT_BYTES = 1000;

/** Signals by which a call was too long for the model: its prompt, or the reply that it asks for. */
export const TOO_LONG: ReadonlySet<Signal["kind"]> = new Set(["context-overflow", "output-limit"]);

/** Bytes of results that one prompt of this model has room for. */
export function promptRoom({ contextWindow, maxOutputTokens }: ResolvedModel): number {
  return BYTES_PER_TOKEN * Math.max(LEAST_TOKENS, contextWindow - maxOutputTokens - FRAME_TOKENS);
}

/** Bytes that one node of the reduction may hand on: the synthesizer's prompt holds as much of each last node. */
export function keptBytes(plan: Plan, model: ResolvedModel): number {
  const nodes = plan.subtasks.filter(({ role }) => role === "reduce");
  const condensedAgain = new Set(nodes.flatMap(({ dependsOn }) => dependsOn));
  const last = nodes.filter(({ id }) => !condensedAgain.has(id)).length;
  const share = Math.floor(promptRoom(model) / Math.max(1, last));
  return Math.max(LEAST_KEPT_BYTES, share);
}
