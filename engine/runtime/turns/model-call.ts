/**
 * One reserved model call, from the first byte out to its settlement: streamed and watched. The reservation and the slot are
 * the caller's (metered-turn.ts), and so is the race with a second attempt.
 *
 * 1. Whatever happens, the reservation is settled, durably, before this returns.
 * 2. A call that left is a step, whatever comes of it. One whose end is unknown (time ran out, the connection or the stream broke, a
 *    rival won, the storage failed) is settled at all that it can have cost; only one that is known to have been refused at no token.
 */
import type { AIMessage, AIMessageChunk } from "@langchain/core/messages";
import { describeError } from "../../../state/errors.ts";
import type { Signal } from "../../../state/signal.ts";
import type { Usage } from "../../../state/usage.ts";
import type { CallPermit, ModelLimiter, RateLimits } from "../../ports/limits.ts";
import type { Reach, ResolvedModel, TokenUsage } from "../../ports/models.ts";
import type { TurnReply, TurnRequest } from "../../ports/turns.ts";
import { MOST_CALLS } from "../../policy/reply/most-calls.ts";
import { replyMessage } from "../../policy/reply/reply-message.ts";
import { endOfError, Ending, until } from "./ending.ts";
import { BYTES_PER_TOKEN } from "../../policy/budget/estimate.ts";
import { settleData } from "../../policy/budget/ledger-lines.ts";
import type { Reservation } from "../../policy/budget/ledger.ts";
import { placeOf, type TurnDesk } from "./turn-desk.ts";

/** Of a reply; several times what any model is able to write. */
const MOST_CHARACTERS = 8_000_000;
const EMPTY: Signal = { kind: "empty-answer", evidence: "the model's stream was empty" };

export interface Calling {
  request: TurnRequest;
  model: ResolvedModel;
  limiter: ModelLimiter;
  permit: CallPermit;
  reservation: Reservation;
  waitedMs: number;
  /** What aborts the call: the deadline, or a caller that does not wait. */
  stops: readonly AbortSignal[];
}

/** `gapMs`: the longest time in which nothing came. */
type Answer = ({ message: AIMessage } | { signal: Signal; reach: Reach; limits?: RateLimits | undefined }) & {
  gapMs: number;
};

export async function callModel(desk: TurnDesk, calling: Calling): Promise<TurnReply> {
  const { request, model, limiter, permit, reservation, waitedMs } = calling;
  const started = desk.clock.now();
  const answer = await ask(desk, calling);
  const ms = desk.clock.now() - started;
  const signal = signalIn(answer, model);
  limiter.report(permit, { signal, ...countedBy(model, answer) }, desk.clock.now());
  if (signal === undefined) request.onReply?.(ms);
  const { usage, isReported } = usageOf({ answer, reservation, model });
  desk.ledger.settle(reservation.id, usage, isReported);
  if (!isReported && "message" in answer && reservation.isCapped) noteUnreported(desk, model);
  if (request.subtask !== undefined) desk.admission.spend(request.subtask, amountsOf(usage));
  const recorded = record(desk, { calling, answer, signal, usage, isReported, ms });
  // Whoever gets the reply awaits it; a journal that is broken tells everybody else at their own next line.
  recorded.catch(() => undefined);
  if (signal !== undefined) {
    await recorded;
    if (signal.kind === "cancelled" && desk.stop.draining.aborted) return { kind: "drained" };
    // A lane counts the turns that it took; the budget each call that left.
    return {
      kind: "signal",
      signal,
      usage: { ...usage, steps: "message" in answer ? 1 : 0 },
      waitedForSlotMs: waitedMs,
    };
  }
  const { message } = answer as { message: AIMessage };
  // Providers repeat completion ids, and a message replaces one with its id: ours are unique.
  message.id = reservation.id;
  return { kind: "reply", message, usage, waitedForSlotMs: waitedMs, recorded };
}

/** One line on record: who reads what the run has spent must know that it is an upper bound. */
function noteUnreported({ ledger, journal }: TurnDesk, { id, limiterKey, concurrency }: ResolvedModel): void {
  if (!ledger.noteUnreported(id)) return;
  const reason = `${id} does not report its usage: calls under a cap are booked at the most that they can have cost`;
  // A journal that takes no more lines tells it at the call's own.
  void journal
    .append({ kind: "limit-change", data: { endpoint: limiterKey, limit: concurrency, reason } })
    .catch(() => undefined);
}

/** What is wrong with an answer; undefined: nothing. */
function signalIn(answer: Answer, model: ResolvedModel): Signal | undefined {
  return "signal" in answer ? answer.signal : model.inspect(answer.message);
}

/** The streamed reply as one message, or the signal that came instead. */
async function ask(desk: TurnDesk, calling: Calling): Promise<Answer> {
  const { request, model, limiter, permit, reservation, stops } = calling;
  const { isCapped, asked } = reservation;
  const { idleMs, callMs } = desk.detection;
  const ending = new Ending(desk.clock, {
    ...{ what: "the call", stops, endsAt: request.endsAt },
    ...{ idleMs, mostMs: callMs, mostCharacters: MOST_CHARACTERS },
    waitedUntil: () => limiter.waitedUntil(permit),
  });
  let whole: AIMessageChunk | undefined;
  let hasLeft = false;
  const read = async (): Promise<boolean> => {
    const chat = model.chat(isCapped ? asked.outputTokens : undefined);
    const bound =
      request.tools.length === 0 || chat.bindTools === undefined ? chat : chat.bindTools([...request.tools]);
    // Not the whole of the node's configuration: a client takes keys such as `store` for options of its own.
    const { callbacks, tags, metadata, runName } = request.config;
    const { signal } = ending;
    const pace = request.onAnswer === undefined ? undefined : model.pacedBy?.(request.onAnswer);
    signal.throwIfAborted();
    const asking = bound.stream(request.messages, { callbacks, tags, metadata, runName, signal, ...pace });
    hasLeft = true;
    limiter.sent(permit);
    const stream = await asking;
    for await (const chunk of stream as AsyncIterable<AIMessageChunk>) {
      // A client that does not listen: what it still brings belongs to nobody.
      if (signal.aborted) return false;
      ending.touch(chunk.text.length);
      limiter.heard(permit, desk.clock.now());
      if (whole === undefined) request.onFirstToken?.();
      whole = whole === undefined ? chunk : whole.concat(chunk);
    }
    return true;
  };
  try {
    if (!(await until(read(), ending.signal))) ending.signal.throwIfAborted();
    if (whole === undefined) return { signal: EMPTY, reach: "unknown", gapMs: ending.longestGapMs() };
    return { message: replyMessage(whole), gapMs: ending.longestGapMs() };
  } catch (error) {
    return {
      signal: endOfError(error, ending.signal) ?? signalOf(error, calling),
      reach: hasLeft ? (whole === undefined && model.reach?.(error)) || "unknown" : "unreached",
      limits: model.takeRateLimits?.(error),
      gapMs: ending.longestGapMs(),
    };
  } finally {
    ending.dispose();
  }
}

/** What the endpoint says of its limits, and of the tokens that count against them. */
function countedBy(model: ResolvedModel, answer: Answer) {
  if ("signal" in answer) return { limits: answer.limits, tokens: undefined };
  const usage = model.usageOf(answer.message);
  const tokens = usage === undefined ? undefined : usage.inputTokens + usage.outputTokens;
  return { limits: model.takeRateLimits?.(answer.message), tokens };
}

function signalOf(error: unknown, { request, model }: Pick<Calling, "request" | "model">): Signal {
  const signal = model.classify(error);
  if (signal === undefined)
    return { kind: "agent-error", evidence: `the model's client threw: ${describeError(error)}` };
  return signal.kind === "model" ? { ...signal, evidence: `${whoAsks(request, model)}: ${signal.evidence}` } : signal;
}

/** Whose model it is that was refused. */
function whoAsks({ agent, model: named }: TurnRequest, { id }: ResolvedModel): string {
  if (named === undefined) return `the run's model ${id}`;
  return agent === undefined ? `the model ${id}` : `the model ${id} of the agent profile "${agent}"`;
}

interface Counting {
  answer: Answer;
  reservation: Reservation;
  model: ResolvedModel;
}

const NO_TOKENS: TokenUsage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };

/** A call that was refused costs a step and nothing else. */
function usageOf({ answer, reservation, model }: Counting): { usage: Usage; isReported: boolean } {
  const reach = "signal" in answer ? answer.reach : "unknown";
  const counted = "message" in answer ? model.usageOf(answer.message) : undefined;
  const tokens = counted ?? (reach === "unknown" ? boundOf(answer, reservation) : NO_TOKENS);
  const price = model.price ?? { input: 0, cachedInput: 0, output: 0 };
  const fresh = tokens.inputTokens - tokens.cachedInputTokens;
  const usd =
    (fresh * price.input + tokens.cachedInputTokens * price.cachedInput + tokens.outputTokens * price.output) / 1e6;
  return {
    usage: { steps: reach === "unreached" ? 0 : 1, modelCalls: 1, ...tokens, usd },
    isReported: counted !== undefined,
  };
}

/** All that was reserved; of a whole reply to a call without a cap, of which the provider said nothing, an estimate. */
function boundOf(answer: Answer, { isCapped, inputTokens, outputTokens }: Reservation): TokenUsage {
  if (isCapped || "signal" in answer) return { inputTokens, cachedInputTokens: 0, outputTokens };
  return {
    inputTokens: Math.ceil(inputTokens / BYTES_PER_TOKEN),
    cachedInputTokens: 0,
    outputTokens: Math.ceil(answer.message.text.length / BYTES_PER_TOKEN),
  };
}

function amountsOf({ steps, inputTokens, outputTokens, usd }: Usage) {
  return { steps, tokens: inputTokens + outputTokens, usd };
}

interface Recording {
  calling: Calling;
  answer: Answer;
  signal: Signal | undefined;
  usage: Usage;
  isReported: boolean;
  ms: number;
}

function record(desk: TurnDesk, { calling, answer, signal, usage, isReported, ms }: Recording): Promise<void> {
  const { request, model, reservation, waitedMs } = calling;
  const what =
    "message" in answer
      ? {
          calls: answer.message.tool_calls?.slice(0, MOST_CALLS).map(({ name }) => name) ?? [],
          characters: answer.message.text.length,
        }
      : {};
  const { id } = reservation;
  const data = {
    id,
    model: model.id,
    ms,
    gapMs: answer.gapMs,
    waitedMs,
    ...what,
    ...(signal === undefined ? {} : { signal: signal.kind }),
  };
  return desk.journal.append(
    { ...placeOf(request), kind: "model-call", data },
    { ...placeOf(request), kind: "settle", data: settleData(id, usage, isReported) },
  );
}
