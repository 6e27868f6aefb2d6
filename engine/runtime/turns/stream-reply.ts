/**
 * The call itself, from the first byte out to what came of it: streamed, watched, and read for what the endpoint says of its
 * limits and of the tokens it counts. Slot and reservation are the caller's (model-turns.ts). Throws for nothing that a provider
 * can do.
 */
import type { AIMessage, AIMessageChunk } from "@langchain/core/messages";
import { defined } from "../../../state/is-record.ts";
import { describeError } from "../../../state/errors.ts";
import type { Detection } from "../../../state/recovery-policy.ts";
import type { RedactedCounts } from "../../../state/redaction.ts";
import type { Signal } from "../../../state/signal.ts";
import type { Reservation } from "../../policy/budget/ledger.ts";
import { replyMessage } from "../../policy/reply/reply-message.ts";
import type { Clock } from "../../ports/clock.ts";
import type { CallPermit, ModelLimiter, RateLimits } from "../../ports/limits.ts";
import type { Reach, ResolvedModel, TokenUsage } from "../../ports/models.ts";
import { offeredTool } from "../../ports/tool-definition.ts";
import type { TurnRequest } from "../../ports/turns.ts";
import { endOfError, Ending, until } from "./ending.ts";
import { withStreamEvents } from "./stream-events.ts";
import { messageText } from "../../../state/plain-text.ts";

/** Of a reply; several times what any model is able to write. */
const MOST_CHARACTERS = 8_000_000;
const EMPTY: Signal = { kind: "empty-answer", evidence: "the model's stream was empty" };

export interface Outgoing {
  request: TurnRequest;
  model: ResolvedModel;
  limiter: ModelLimiter;
  permit: CallPermit;
  reservation: Reservation;
  stops: readonly AbortSignal[];
  onFirstToken?: (() => void) | undefined;
  onAnswer?: () => Promise<void>;
  /** Told of what was taken out of the reply. */
  onRedacted?: (counts: RedactedCounts) => void;
}

/** What came of a call; `unusable`: a whole reply with which something is wrong. */
export type Answer = {
  /** The longest time in which nothing came. */
  gapMs: number;
  limits: RateLimits | undefined;
  /** Tokens as the provider counted them; undefined: it did not say. */
  counted: TokenUsage | undefined;
} & (
  | { kind: "reply"; message: AIMessage }
  | { kind: "unusable"; message: AIMessage; signal: Signal }
  | { kind: "failed"; reach: Reach; signal: Signal }
);

export async function streamReply(
  call: Outgoing,
  { clock, detection }: { clock: Clock; detection: Pick<Detection, "idleMs" | "callMs"> },
): Promise<Answer> {
  const { request, model, limiter, permit, stops } = call;
  const ending = new Ending(clock, {
    what: "the call",
    stops,
    endsAt: request.endsAt,
    // A graph is silent while it works.
    idleMs: request.graph === undefined ? detection.idleMs : undefined,
    mostMs: detection.callMs,
    mostCharacters: MOST_CHARACTERS,
    waitedUntil: () => limiter.waitedUntil(permit),
  });
  let whole: AIMessageChunk | undefined;
  let hasLeft = false;
  const read = async (): Promise<void> => {
    const stream = send(call, ending.signal);
    hasLeft = true;
    limiter.sent(permit);
    for await (const chunk of await stream) {
      // A client that does not listen: what it still brings belongs to nobody.
      ending.signal.throwIfAborted();
      ending.touch(charactersIn(chunk));
      limiter.heard(permit, clock.now());
      if (whole === undefined) call.onFirstToken?.();
      whole = whole === undefined ? chunk : whole.concat(chunk);
    }
  };
  const failed = (signal: Signal, reach: Reach, more: { limits?: RateLimits; counted?: TokenUsage } = {}): Answer => {
    const { limits, counted } = more;
    return { kind: "failed", signal, reach, limits, gapMs: ending.longestGapMs(), counted };
  };
  try {
    await until(read(), ending.signal);
    return whole === undefined ? failed(EMPTY, "unknown") : answerOf(whole, model, ending.longestGapMs());
  } catch (error) {
    const reach = hasLeft ? (whole === undefined && model.reach?.(error)) || "unknown" : "unreached";
    const signal = endOfError(error, ending.signal) ?? signalOf(error, call);
    const limits = model.takeRateLimits?.(error);
    return failed(signal, reach, defined({ limits, counted: model.usageOf(error) }));
  } finally {
    ending.dispose();
  }
}

/** What it says, and what it calls tools with. */
function charactersIn(chunk: AIMessageChunk): number {
  const { tool_call_chunks: calls = [] } = chunk;
  return calls.reduce((sum, { args = "" }) => sum + args.length, messageText(chunk).length);
}

/** Throws the signal's reason where there is nothing to begin any more. */
function send(
  { request, model, reservation, onAnswer, onRedacted }: Outgoing,
  signal: AbortSignal,
): Promise<AsyncIterable<AIMessageChunk>> {
  const { isCapped, asked, steps, inputTokens, outputTokens } = reservation;
  const chat = model.chat(isCapped ? asked.outputTokens : undefined);
  const bound =
    request.tools.length === 0 || chat.bindTools === undefined ? chat : chat.bindTools(request.tools.map(offeredTool));
  // Not the whole of the node's configuration: a client takes keys such as `store` for options of its own.
  const { tags, metadata, runName } = request.config;
  const callbacks = withStreamEvents(request.config, request.shown);
  const tokens = isCapped ? inputTokens + outputTokens : undefined;
  const graph = request.graph && { ...request.graph, steps, tokens };
  const options = model.callOptions?.({
    onAnswer,
    brief: request.brief,
    onRedacted,
    graph,
    isRead: request.shown !== undefined,
  });
  signal.throwIfAborted();
  return bound.stream(request.messages, { ...options, callbacks, tags, metadata, runName, signal });
}

function answerOf(whole: AIMessageChunk, model: ResolvedModel, gapMs: number): Answer {
  const message = replyMessage(whole);
  const signal = model.inspect(message);
  const facts = { message, gapMs, limits: model.takeRateLimits?.(message), counted: model.usageOf(message) };
  return signal === undefined ? { kind: "reply", ...facts } : { kind: "unusable", signal, ...facts };
}

function signalOf(error: unknown, { request, model }: Outgoing): Signal {
  const signal = model.classify(error);
  if (signal === undefined)
    return { kind: "agent-error", evidence: `the model's client threw: ${describeError(error)}` };
  return signal.kind === "model" ? { ...signal, evidence: `${whoAsks(request, model)}: ${signal.evidence}` } : signal;
}

function whoAsks({ agent, model: named }: TurnRequest, { id }: ResolvedModel): string {
  if (named === undefined) return `the run's model ${id}`;
  return agent === undefined ? `the model ${id}` : `the model ${id} of the agent profile "${agent}"`;
}
