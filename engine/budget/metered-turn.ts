/**
 * One model turn of anybody, metered: a slot, a reservation, the call, the settlement, each on record. The only way in which
 * Glasshive calls a model.
 *
 * 1. The reservation is durable in the journal before the call goes out, the settlement before the reply is returned.
 * 2. Whatever happens to the call, its reservation is settled and its slot is free again.
 * 3. What a provider can do wrong is returned as a signal, never thrown.
 * 4. A call whose end is unknown (time ran out, the stream broke) is settled at all that it can have cost.
 */
import { AIMessage, type AIMessageChunk } from "@langchain/core/messages";
import { convertToOpenAITool } from "@langchain/core/utils/function_calling";
import type { StructuredToolInterface } from "@langchain/core/tools";
import { describeError } from "../../state/errors.ts";
import type { JournalEntry } from "../../state/journal-line.ts";
import type { Signal } from "../../state/signal.ts";
import { NO_USAGE, type Usage } from "../../state/usage.ts";
import type {
  Clock,
  Journal,
  ModelLimiter,
  ResolvedModel,
  StopSignals,
  TokenUsage,
  TurnReply,
  TurnRequest,
} from "../ports.ts";
import { until } from "../schedule/until.ts";
import type { AdmissionDesk } from "./admission.ts";
import { inputTokenBound } from "./estimate.ts";
import type { Ledger, Purse, Reservation } from "./ledger.ts";

/** What the turns of one run share. */
export interface TurnDesk {
  ledger: Ledger;
  admission: AdmissionDesk;
  journal: Journal;
  clock: Clock;
  stop: StopSignals;
  resolve(model: string | undefined): ResolvedModel;
  limiter(model: ResolvedModel): ModelLimiter;
  /** Unique within the run, across its processes. */
  newReservationId(): string;
}

/** Output that is worth a call; less is refused. */
const LEAST_OUTPUT_TOKENS = 64;
/** Signals after which the provider may have worked, and billed, without our knowing. */
const OPEN_ENDED: ReadonlySet<Signal["kind"]> = new Set([
  "timeout",
  "truncated-stream",
  "malformed-answer",
  "cancelled",
  "deadline",
  "idle",
]);

export async function meteredTurn(desk: TurnDesk, request: TurnRequest): Promise<TurnReply> {
  const { clock, stop } = desk;
  const deadline = purseOf(request) === "lanes" ? stop.lanesDeadline : stop.deadline;
  const model = desk.resolve(request.model);
  const limiter = desk.limiter(model);
  const outside = [deadline, ...(request.config.signal === undefined ? [] : [request.config.signal])];
  const waiting = AbortSignal.any([stop.draining, ...outside]);
  const asked = clock.now();
  let waitedMs = 0;
  try {
    await limiter.acquire(request.priority, waiting);
    waitedMs = clock.now() - asked;
    try {
      const grant = await reserve(desk, { request, model, waiting });
      if ("signal" in grant)
        return { kind: "signal", signal: grant.signal, usage: NO_USAGE, waitedForSlotMs: waitedMs };
      return await call(desk, {
        request,
        model,
        limiter,
        reservation: grant.reservation,
        waitedMs,
        stopping: AbortSignal.any(outside),
      });
    } finally {
      limiter.release();
    }
  } catch (error) {
    if (!waiting.aborted) throw error;
    if (stop.draining.aborted) return { kind: "drained" };
    return { kind: "signal", signal: stopSignal(deadline), usage: NO_USAGE, waitedForSlotMs: clock.now() - asked };
  }
}

/** The planner and the synthesizer, on parts of the results too, draw on what is held back for them. */
function purseOf(request: TurnRequest): Purse {
  return request.purpose === "work" ? "lanes" : "coordinator";
}

interface Reserving {
  request: TurnRequest;
  model: ResolvedModel;
  waiting: AbortSignal;
}

async function reserve(
  desk: TurnDesk,
  { request, model, waiting }: Reserving,
): Promise<{ reservation: Reservation } | { signal: Signal }> {
  const id = desk.newReservationId();
  const price = { input: (model.price?.input ?? 0) / 1e6, output: (model.price?.output ?? 0) / 1e6 };
  const bound = {
    id,
    purse: purseOf(request),
    inputTokens: inputTokenBound(request.messages, toolBytes(request.tools)),
    outputTokens: model.maxOutputTokens,
    leastOutputTokens: Math.min(LEAST_OUTPUT_TOKENS, model.maxOutputTokens),
    price,
  };
  for (;;) {
    waiting.throwIfAborted();
    const grant = desk.ledger.reserve(bound);
    if (grant.kind === "refused") return { signal: { kind: "budget", evidence: `the cap on ${grant.cap} is reached` } };
    if (grant.kind === "wait") {
      await until(desk.ledger.changed(), waiting);
      continue;
    }
    const { reservation } = grant;
    try {
      await desk.journal.append(reserveEntry(request, model, reservation));
    } catch (error) {
      desk.ledger.settle(id, NO_USAGE);
      throw error;
    }
    return { reservation };
  }
}

interface Calling {
  request: TurnRequest;
  model: ResolvedModel;
  limiter: ModelLimiter;
  reservation: Reservation;
  waitedMs: number;
  /** Aborts the call: the deadline, or a caller that does not wait. */
  stopping: AbortSignal;
}

async function call(desk: TurnDesk, calling: Calling): Promise<TurnReply> {
  const { request, model, limiter, reservation, waitedMs, stopping } = calling;
  const started = desk.clock.now();
  const outcome = await ask(desk, calling);
  const signal = "signal" in outcome ? outcome.signal : model.inspect(outcome.message);
  limiter.report(signal, desk.clock.now());
  const counted = "signal" in outcome ? undefined : model.usageOf(outcome.message);
  const usage = usageOf({ counted, signal, reservation, model, answered: !("signal" in outcome) });
  desk.ledger.settle(reservation.id, usage);
  if (request.subtask !== undefined) {
    desk.admission.spend(request.subtask, {
      steps: usage.steps,
      tokens: usage.inputTokens + usage.outputTokens,
      usd: usage.usd,
    });
  }
  const facts = { model: model.id, ms: desk.clock.now() - started, waitedMs };
  const what =
    "message" in outcome
      ? { calls: outcome.message.tool_calls?.map(({ name }) => name) ?? [], characters: outcome.message.text.length }
      : {};
  await desk.journal.append(
    {
      ...placeOf(request),
      kind: "model-call",
      data: { id: reservation.id, ...facts, ...what, ...(signal === undefined ? {} : { signal: signal.kind }) },
    },
    { ...placeOf(request), kind: "settle", data: { id: reservation.id, usage } },
  );
  if (signal !== undefined) {
    if (stopping.aborted && desk.stop.draining.aborted) return { kind: "drained" };
    return { kind: "signal", signal, usage, waitedForSlotMs: waitedMs };
  }
  const { message } = outcome as { message: AIMessage };
  // Providers repeat completion ids, and a message replaces one with its id: ours are unique.
  message.id = reservation.id;
  return { kind: "reply", message, usage, waitedForSlotMs: waitedMs };
}

/** The streamed reply as one message, or the signal that came instead. Throws what is nobody's signal: a bug, or our own stop. */
async function ask(
  desk: TurnDesk,
  { request, model, reservation, stopping }: Calling,
): Promise<{ message: AIMessage } | { signal: Signal }> {
  const { caps } = desk.ledger;
  const isCapped = caps.maxTokens !== undefined || caps.maxUsd !== undefined;
  try {
    const chat = model.chat(isCapped ? reservation.outputTokens : undefined);
    const bound =
      request.tools.length === 0 || chat.bindTools === undefined ? chat : chat.bindTools([...request.tools]);
    // Not the whole of the node's configuration: a client takes keys such as `store` for options of its own.
    const { callbacks, tags, metadata, runName } = request.config;
    const stream = await bound.stream(request.messages, { callbacks, tags, metadata, runName, signal: stopping });
    let whole: AIMessageChunk | undefined;
    for await (const chunk of stream as AsyncIterable<AIMessageChunk>)
      whole = whole === undefined ? chunk : whole.concat(chunk);
    if (whole === undefined) return { signal: { kind: "empty-answer", evidence: "the model's stream was empty" } };
    return { message: messageOf(whole) };
  } catch (error) {
    if (stopping.aborted) {
      const deadline = purseOf(request) === "lanes" ? desk.stop.lanesDeadline : desk.stop.deadline;
      return { signal: stopSignal(deadline) };
    }
    return {
      signal: model.classify(error) ?? {
        kind: "agent-error",
        evidence: `the model's client threw: ${describeError(error)}`,
      },
    };
  }
}

function messageOf(chunk: AIMessageChunk): AIMessage {
  return new AIMessage({
    content: chunk.content,
    tool_calls: chunk.tool_calls ?? [],
    invalid_tool_calls: chunk.invalid_tool_calls ?? [],
    additional_kwargs: chunk.additional_kwargs,
    response_metadata: chunk.response_metadata,
    usage_metadata: chunk.usage_metadata,
  });
}

function stopSignal(deadline: AbortSignal): Signal {
  return deadline.aborted
    ? { kind: "deadline", evidence: "the run's deadline passed" }
    : { kind: "cancelled", evidence: "the caller stopped the run" };
}

interface Counting {
  counted: TokenUsage | undefined;
  signal: Signal | undefined;
  reservation: Reservation;
  model: ResolvedModel;
  answered: boolean;
}

/** A turn that was refused costs nothing, and no step: it is taken again. */
function usageOf({ counted, signal, reservation, model, answered }: Counting): Usage {
  const isOpenEnded = signal !== undefined && OPEN_ENDED.has(signal.kind);
  const unknown = {
    inputTokens: reservation.inputTokens,
    cachedInputTokens: 0,
    outputTokens: reservation.outputTokens,
  };
  const none = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };
  const tokens = counted ?? (answered || isOpenEnded ? unknown : none);
  const price = model.price ?? { input: 0, cachedInput: 0, output: 0 };
  const fresh = tokens.inputTokens - tokens.cachedInputTokens;
  const usd =
    (fresh * price.input + tokens.cachedInputTokens * price.cachedInput + tokens.outputTokens * price.output) / 1e6;
  return { steps: answered ? 1 : 0, modelCalls: 1, ...tokens, usd };
}

function reserveEntry(
  request: TurnRequest,
  model: ResolvedModel,
  { id, inputTokens, outputTokens, usd }: Reservation,
): JournalEntry {
  const who = request.agent === undefined ? {} : { agent: request.agent };
  return {
    ...placeOf(request),
    kind: "reserve",
    data: { id, purpose: request.purpose, ...who, model: model.id, steps: 1, inputTokens, outputTokens, usd },
  };
}

function placeOf({ subtask, attempt }: TurnRequest): { subtask?: string; attempt?: number } {
  return { ...(subtask === undefined ? {} : { subtask }), ...(attempt === undefined ? {} : { attempt }) };
}

const toolBytesKnown = new WeakMap<readonly StructuredToolInterface[], number>();

/** The JSON of the tool definitions, in bytes; computed once for each list of tools. */
function toolBytes(tools: readonly StructuredToolInterface[]): number {
  const known = toolBytesKnown.get(tools);
  if (known !== undefined) return known;
  const bytes =
    tools.length === 0 ? 0 : Buffer.byteLength(JSON.stringify(tools.map((tool) => convertToOpenAITool(tool))));
  toolBytesKnown.set(tools, bytes);
  return bytes;
}
