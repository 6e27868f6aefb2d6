/**
 * One model turn of anybody, metered: a slot, a reservation, the call, the settlement, each on record. The only way in which
 * Glasshive calls a model.
 *
 * 1. The reservation is durable in the journal before the call goes out, the settlement before the reply is returned.
 * 2. Whatever happens to the call, its reservation is settled and its slot is free again.
 * 3. What a provider can do wrong is returned as a signal, never thrown.
 * 4. A race is between whole attempts, each with a slot and a reservation of its own, and holds nothing itself: whatever a second
 *    attempt waits for, the end of the first gives it free. Of two rivals one reply is returned; the other is aborted,
 *    settled and on record.
 */
import type { JournalEntry } from "../../../state/journal-line.ts";
import type { Signal } from "../../../state/signal.ts";
import { NO_USAGE } from "../../../state/usage.ts";
import type { CapName } from "../../../state/usage.ts";
import type { CallAsking, ModelLimiter } from "../../ports/limits.ts";
import type { ResolvedModel } from "../../ports/models.ts";
import type { Hedge, Purpose, TurnReply, TurnRequest } from "../../ports/turns.ts";
import { endOfError, Ending, given, until } from "./ending.ts";
import type { Account } from "../../policy/budget/accounts.ts";
import { BYTES_PER_TOKEN, inputTokenBound, toolBytes } from "../../policy/budget/estimate.ts";
import { reserveData, settleData } from "../../policy/budget/ledger-lines.ts";
import type { Reservation, ReservationRequest } from "../../policy/budget/ledger.ts";
import { callModel } from "./model-call.ts";
import { LOST_THE_RACE, raceSlow, type GoodReply } from "./race-slow.ts";
import { placeOf, purseOf, type TurnDesk } from "./turn-desk.ts";

/** Output that is worth a call, in tokens; less is refused. An answer that is cut off is paid for and lost. */
const LEAST_OUTPUT_TOKENS: Readonly<Record<Purpose, number>> = {
  plan: 256,
  work: 64,
  reduce: 256,
  check: 64,
  synthesize: 256,
};

export function meteredTurn(desk: TurnDesk, request: TurnRequest): Promise<TurnReply> {
  const { hedge } = request;
  return hedge === undefined ? attempt(desk, request) : raced(desk, request, hedge);
}

/** The turn, and where it straggles the same turn once more beside it. */
async function raced(desk: TurnDesk, request: TurnRequest, hedge: Hedge): Promise<TurnReply> {
  const stopped = [desk.stop.draining, ...outsideOf(desk, request)];
  const ownStop = new AbortController();
  const isOut = Promise.withResolvers<void>();
  let waitedUntil = (): number => -Infinity;
  const onSent = (waited: () => number): void => {
    waitedUntil = waited;
    isOut.resolve();
  };
  const attempted = attempt(desk, { ...stoppedToo(request, ownStop.signal), onSent });
  const own = attempted.then(
    ({ kind }) => kind === "reply",
    () => false,
  );
  let rival: GoodReply | undefined;
  try {
    await Promise.race([isOut.promise, own]);
    const again = (signal: AbortSignal): Promise<TurnReply> => meteredTurn(desk, secondAttempt(request, signal));
    rival = await raceSlow({
      ...{ clock: desk.clock, hedge, own, again, waitedUntil },
      isStopped: () => stopped.some(({ aborted }) => aborted),
    });
  } catch (error) {
    // The race could not be run (no disk for the journal): the call must not go on unseen.
    ownStop.abort(LOST_THE_RACE);
    await own;
    throw error;
  }
  if (rival === undefined) return attempted;
  ownStop.abort(LOST_THE_RACE);
  const loser = await attempted;
  if (loser.kind === "drained") return rival;
  if (loser.kind === "reply") await loser.recorded;
  return { ...rival, waitedForSlotMs: rival.waitedForSlotMs + loser.waitedForSlotMs };
}

/** What ends a turn from outside, be it under way or not. */
function outsideOf({ stop }: TurnDesk, request: TurnRequest): AbortSignal[] {
  return [
    purseOf(request) === "lanes" ? stop.lanesDeadline : stop.deadline,
    ...given(request.config.signal),
    ...(request.stops ?? []),
  ];
}

async function attempt(desk: TurnDesk, request: TurnRequest): Promise<TurnReply> {
  const { clock, stop } = desk;
  const model = desk.resolve(request.model);
  const accounts = desk.accountsOf(request);
  const isCapped = [desk.ledger.caps, ...accounts.map(({ budget }) => budget)].some(
    ({ maxUsd }) => maxUsd !== undefined,
  );
  if (isCapped && model.price === undefined) return unpriced(model.id);
  const limiter = desk.limiter(model);
  const outside = outsideOf(desk, request);
  const wait = new Ending(clock, { what: "the wait", stops: [stop.draining, ...outside], endsAt: request.endsAt });
  const asked = clock.now();
  const bound = boundOf(desk, { request, model, accounts });
  try {
    const { permit, grant } = await slotAndGrant(desk, { request, limiter, bound, waiting: wait.signal });
    wait.dispose();
    const waitedMs = clock.now() - asked;
    try {
      if (grant.kind === "refused") {
        const signal = refusal(desk, grant, accounts);
        return { kind: "signal", signal, usage: NO_USAGE, waitedForSlotMs: waitedMs };
      }
      const { reservation } = grant;
      await recordReservation(desk, request, reservation);
      request.onSent?.(() => limiter.waitedUntil(permit));
      return await callModel(desk, { request, model, limiter, permit, reservation, waitedMs, stops: outside });
    } finally {
      limiter.release(permit);
    }
  } catch (error) {
    const signal = endOfError(error, wait.signal);
    if (signal === undefined) throw error;
    if (stop.draining.aborted) return { kind: "drained" };
    return { kind: "signal", signal, usage: NO_USAGE, waitedForSlotMs: clock.now() - asked };
  } finally {
    wait.dispose();
  }
}

function askingOf({ run }: TurnDesk, { priority, subtask, messages, tools }: TurnRequest): CallAsking {
  const estimate = (): number => Math.ceil(inputTokenBound(messages, toolBytes(tools)) / BYTES_PER_TOKEN);
  return { run, priority, isUrgent: subtask === undefined, tokens: estimate };
}

/** Recovery may switch to a model that nobody has looked at before the run: money that cannot be counted is not spent. */
function unpriced(model: string): TurnReply {
  const signal: Signal = { kind: "budget", evidence: `no price is known for ${model}, and the run has a cap in money` };
  return { kind: "signal", signal, usage: NO_USAGE, waitedForSlotMs: 0 };
}

/** Raced like any other where it straggles too: the policy's limit is one of the lane. */
function secondAttempt(request: TurnRequest, signal: AbortSignal): TurnRequest {
  return { ...stoppedToo(request, signal), isSecondAttempt: true };
}

/** The request, ended by one signal more. */
function stoppedToo(request: TurnRequest, signal: AbortSignal): TurnRequest {
  return { ...request, stops: [signal, ...(request.stops ?? [])] };
}

interface Bounding {
  request: TurnRequest;
  model: ResolvedModel;
  accounts: readonly Account[];
}

/** What the call can cost at most. */
function boundOf(desk: TurnDesk, { request, model, accounts }: Bounding): ReservationRequest {
  const { input = 0, cachedInput = 0, output = 0 } = model.price ?? {};
  return {
    id: desk.newReservationId(),
    purse: purseOf(request),
    model: model.id,
    inputTokens: inputTokenBound(request.messages, toolBytes(request.tools)),
    outputTokens: model.maxOutputTokens,
    leastOutputTokens: Math.min(LEAST_OUTPUT_TOKENS[request.purpose], model.maxOutputTokens),
    // Nobody knows before the call what the provider's cache will serve, nor that it is the cheaper part.
    price: { input: Math.max(input, cachedInput) / 1e6, output: output / 1e6 },
    accounts,
  };
}

interface Entering {
  request: TurnRequest;
  limiter: ModelLimiter;
  bound: ReservationRequest;
  waiting: AbortSignal;
}

/**
 * A slot and the ledger's word, both at once: a call that has to wait for money that others have reserved gives its slot back
 * meanwhile, since a slot is shared with runs whose money is not short. A refused one still has its slot to give back.
 */
async function slotAndGrant(desk: TurnDesk, { request, limiter, bound, waiting }: Entering) {
  for (;;) {
    const permit = await limiter.acquire(askingOf(desk, request), waiting);
    if (waiting.aborted) {
      limiter.release(permit);
      waiting.throwIfAborted();
    }
    const grant = desk.ledger.reserve(bound);
    if (grant.kind !== "wait") return { permit, grant };
    const changed = desk.ledger.changed();
    limiter.release(permit);
    await until(changed, waiting);
  }
}

async function recordReservation(desk: TurnDesk, request: TurnRequest, reservation: Reservation): Promise<void> {
  try {
    await Promise.all([desk.journal.append(reserveEntry(request, reservation)), desk.saved()]);
  } catch (error) {
    desk.ledger.settle(reservation.id, NO_USAGE);
    // The line of the reservation may be there, where it was the database that failed: the call did not leave.
    const data = settleData(reservation.id, NO_USAGE, false);
    await desk.journal.append({ ...placeOf(request), kind: "settle", data }).catch(() => undefined);
    throw error;
  }
}

/** Names the budget that is used up, and what it was; a human can be asked about the run's own caps alone. */
function refusal(
  desk: TurnDesk,
  { cap, account }: { cap: CapName; account?: string },
  accounts: readonly Account[],
): Signal {
  const own = accounts.find(({ name }) => name === account);
  if (own === undefined)
    return { kind: "budget", evidence: `the cap on ${cap} is reached`, cap: desk.ledger.refusalBy(cap) };
  const budget = JSON.stringify(own.budget);
  return { kind: "budget", evidence: `the budget of ${own.name} does not suffice (${budget}; short of ${cap})` };
}

function reserveEntry(request: TurnRequest, reservation: Reservation): JournalEntry {
  const who = request.agent === undefined ? {} : { agent: request.agent };
  const second = request.isSecondAttempt === true ? { secondAttempt: true } : {};
  const data = { purpose: request.purpose, ...who, ...second, ...reserveData(reservation) };
  return { ...placeOf(request), kind: "reserve", data };
}
