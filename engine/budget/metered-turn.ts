/**
 * One model turn of anybody, metered: a slot, a reservation, the call, the settlement, each on record. The only way in which
 * Glasshive calls a model.
 *
 * 1. The reservation is durable in the journal before the call goes out, the settlement before the reply is returned.
 * 2. Whatever happens to the call, its reservation is settled and its slot is free again.
 * 3. What a provider can do wrong is returned as a signal, never thrown.
 */
import type { StructuredToolInterface } from "@langchain/core/tools";
import { convertToOpenAITool } from "@langchain/core/utils/function_calling";
import type { JournalEntry } from "../../state/journal-line.ts";
import type { Signal } from "../../state/signal.ts";
import { NO_USAGE } from "../../state/usage.ts";
import type { ResolvedModel, TurnReply, TurnRequest } from "../ports.ts";
import { until } from "../schedule/until.ts";
import { inputTokenBound } from "./estimate.ts";
import type { Reservation } from "./ledger.ts";
import { callModel } from "./model-call.ts";
import { placeOf, purseOf, stopSignal, type TurnDesk } from "./turn-desk.ts";

/** Output that is worth a call; less is refused. */
const LEAST_OUTPUT_TOKENS = 64;

export async function meteredTurn(desk: TurnDesk, request: TurnRequest): Promise<TurnReply> {
  const { clock, stop } = desk;
  const deadline = purseOf(request) === "lanes" ? stop.lanesDeadline : stop.deadline;
  const model = desk.resolve(request.model);
  if (desk.ledger.caps.maxUsd !== undefined && model.price === undefined) return unpriced(model.id);
  const limiter = desk.limiter(model);
  const outside = [deadline, ...(request.config.signal === undefined ? [] : [request.config.signal])];
  const waiting = AbortSignal.any([stop.draining, ...outside]);
  const asked = clock.now();
  try {
    await limiter.acquire(request.priority, waiting);
    const waitedMs = clock.now() - asked;
    try {
      const grant = await reserve(desk, { request, model, waiting });
      if ("signal" in grant)
        return { kind: "signal", signal: grant.signal, usage: NO_USAGE, waitedForSlotMs: waitedMs };
      const { reservation } = grant;
      const stopping = AbortSignal.any(outside);
      const again = (signal: AbortSignal): Promise<TurnReply> => meteredTurn(desk, secondAttempt(request, signal));
      return await callModel(desk, { request, model, limiter, reservation, waitedMs, stopping, again });
    } finally {
      limiter.release();
    }
  } catch (error) {
    if (!waiting.aborted) throw error;
    if (stop.draining.aborted) return { kind: "drained" };
    return { kind: "signal", signal: stopSignal(deadline), usage: NO_USAGE, waitedForSlotMs: clock.now() - asked };
  }
}

/** Raced like any other where it straggles too: the policy's limit is one of the lane. */
/** Recovery may switch to a model that nobody has looked at before the run: money that cannot be counted is not spent. */
function unpriced(model: string): TurnReply {
  const signal: Signal = { kind: "budget", evidence: `no price is known for ${model}, and the run has a cap in money` };
  return { kind: "signal", signal, usage: NO_USAGE, waitedForSlotMs: 0 };
}

function secondAttempt({ config, ...request }: TurnRequest, signal: AbortSignal): TurnRequest {
  const signals = config.signal === undefined ? signal : AbortSignal.any([signal, config.signal]);
  return { ...request, config: { ...config, signal: signals }, isSecondAttempt: true };
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

function reserveEntry(request: TurnRequest, model: ResolvedModel, reservation: Reservation): JournalEntry {
  const { id, inputTokens, outputTokens, usd } = reservation;
  const who = request.agent === undefined ? {} : { agent: request.agent };
  const second = request.isSecondAttempt === true ? { secondAttempt: true } : {};
  const amounts = { steps: 1, inputTokens, outputTokens, usd };
  return {
    ...placeOf(request),
    kind: "reserve",
    data: { id, purpose: request.purpose, ...who, model: model.id, ...second, ...amounts },
  };
}

const toolBytesKnown = new WeakMap<readonly StructuredToolInterface[], number>();

/** The JSON of the tool definitions, in bytes; computed once for each list of tools. */
export function toolBytes(tools: readonly StructuredToolInterface[]): number {
  const known = toolBytesKnown.get(tools);
  if (known !== undefined) return known;
  const bytes =
    tools.length === 0 ? 0 : Buffer.byteLength(JSON.stringify(tools.map((tool) => convertToOpenAITool(tool))));
  toolBytesKnown.set(tools, bytes);
  return bytes;
}
