/**
 * The model turns of a run, from what is asked to what is on record: the only way in which Glasshive calls a model. First in order
 * with the others (gate, warm-up, race), then each try from top to bottom:
 *
 *   admit (a slot at the endpoint) → reserve (the ledger's word) → write ahead → call → settle → record
 *
 * 1. The reservation is durable in the journal before the call goes out; the settlement before a signal is returned, and of a reply
 *    once its `recorded` resolves.
 * 2. Whatever happens to the call, its reservation is settled and its slot is free again.
 * 3. What a provider can do wrong is returned as a signal, never thrown.
 * 4. A call that left is a step, whatever comes of it. One whose end is unknown (time ran out, the connection or the stream broke,
 *    a rival won, the storage failed) is settled at all that it can have cost; only one that is known to have been refused at no token.
 * 5. A race is between whole attempts, each with a slot and a reservation of its own. Of two rivals one reply is returned; the
 *    other is aborted, settled and on record.
 */
import { GraphDrained } from "@langchain/langgraph";
import type { Detection } from "../../../state/recovery-policy.ts";
import type { RedactedCounts } from "../../../state/redaction.ts";
import type { Signal } from "../../../state/signal.ts";
import { amountsOf, type CapName, NO_USAGE, type Usage } from "../../../state/usage.ts";
import { redactionOf, type JournalEntry } from "../../journal/events.ts";
import type { Journal } from "../../journal/open-journal.ts";
import type { Account } from "../../policy/budget/accounts.ts";
import type { Admission } from "../../policy/budget/admission.ts";
import { boundOf, costOf, estimateInput, shareOf } from "../../policy/budget/estimate.ts";
import type { Ledger, Reservation, ReservationRequest } from "../../policy/budget/ledger.ts";
import type { Contents } from "../../ports/board.ts";
import type { Clock } from "../../ports/clock.ts";
import type { CallPermit, ModelLimiter } from "../../ports/limits.ts";
import type { ModelProvider, ResolvedModel } from "../../ports/models.ts";
import type { TurnReply, TurnRequest } from "../../ports/turns.ts";
import { callEntries, placeOf, reserveEntry, settleData } from "./call-entries.ts";
import { Ending, endOfError, type StopSignals } from "./ending.ts";
import { given, stoppable, until } from "../waiting/waits.ts";
import { raced, type Hedging, type TurnEnd } from "./hedging.ts";
import { warmableKey, type PromptWarmUp } from "./prompt-warm-up.ts";
import type { ReplyGate } from "./reply-gate.ts";
import { streamReply, type Answer } from "./stream-reply.ts";

export interface TurnServices {
  run: string;
  clock: Clock;
  stop: StopSignals;
  detection: Detection;
  models: ModelProvider;
  limiters: { of(model: ResolvedModel): ModelLimiter; close(): void };
  budget: { ledger: Ledger; admission: Admission; accountsOf(subtask: string, agent: string): readonly Account[] };
  /** `saved` resolves when what the steps so far have done survives the death of this process. */
  record: { journal: Pick<Journal, "append">; contents: Contents; saved(): Promise<void> };
  hedging: Pick<Hedging, "of" | "took">;
  warmUp: PromptWarmUp;
  gate: ReplyGate;
  /** The number of the newest reservation that an earlier process made. */
  lastReservation: number;
}

/** One try at a turn; a race has several. */
interface Try {
  request: TurnRequest;
  /** It races a slow one: the decision, to go on record with it. */
  why?: readonly JournalEntry[];
  /** What ends it from outside, be it under way or not. */
  stops: readonly AbortSignal[];
  /** Told when the call goes out, with the way to ask until when it was waiting for its turn at the endpoint. */
  onSent?: (waitedUntil: () => number) => void;
  /** Told when a good reply is there, before its slot is given back. */
  onReply?: () => void;
  /** Told when the first token of the reply comes. */
  onFirstToken?: (() => void) | undefined;
  /** When an answer comes, it is read once this resolves: others may be about to call again. */
  onAnswer?: () => Promise<void>;
}

/** A call that has its slot and its reservation. */
interface Call extends Try {
  model: ResolvedModel;
  permit: CallPermit;
  reservation: Reservation;
  waitedMs: number;
}

/** What becomes of a try that does not get as far as a call. */
type NotMade = Exclude<TurnEnd, { kind: "reply" }>;

export class ModelTurns {
  readonly #services: TurnServices;
  /** Subtasks for which this invocation has taken a model turn. */
  readonly #asked = new Set<string>();
  #reservations: number;

  constructor(services: TurnServices) {
    this.#services = services;
    this.#reservations = services.lastReservation;
  }

  /** Whether this invocation has asked for the subtask, be it for a place or for a model turn. */
  hasAsked(subtask: string): boolean {
    return this.#asked.has(subtask) || this.#services.budget.admission.hasRefused(subtask);
  }

  /** Calls no more, and holds no limiter down. */
  close(): void {
    this.#services.limiters.close();
  }

  /**
   * The coordinator waits for nobody; of the lanes a few at a time go from a reply to their next call. Throws GraphDrained where the run
   * drains before the call.
   */
  async take(request: TurnRequest): Promise<TurnReply> {
    const { gate, stop } = this.#services;
    const { lane, purpose, config } = request;
    const deadline = shareOf(purpose) === "lanes" ? stop.lanesDeadline : stop.deadline;
    const one: Try = { request, stops: [deadline, ...given(config.signal)] };
    if (lane === undefined) return notDrained(await this.#try(one));
    const { subtask } = lane;
    this.#asked.add(subtask);
    gate.leave(subtask);
    const end = await this.#warmed({ ...one, onAnswer: () => gate.enter(subtask) });
    await gate.enter(subtask);
    return notDrained(end);
  }

  /** Of siblings whose prompts begin alike the first goes ahead, so that the others meet a warm cache. */
  async #warmed(one: Try): Promise<TurnEnd> {
    const { clock, models, stop, warmUp } = this.#services;
    const key = warmableKey(one.request, models);
    if (key === undefined) return this.#raced(one);
    const asked = clock.now();
    const stops = [stop.draining, ...one.stops];
    // Stopped while it waits, the turn goes on at once: it finds out itself, and says so as every turn does.
    const lead = await stoppable(stops, (signal) => warmUp.enter(key, signal)).catch(() => undefined);
    const waitedMs = clock.now() - asked;
    try {
      const reply = await this.#raced({ ...one, onFirstToken: lead?.arrived });
      return reply.kind === "drained" ? reply : { ...reply, waitedForSlotMs: reply.waitedForSlotMs + waitedMs };
    } finally {
      lead?.ended();
    }
  }

  /** A second attempt is raced like any other where it straggles too: the policy's limit is one of the lane. */
  #raced(one: Try): Promise<TurnEnd> {
    const { clock, hedging, stop } = this.#services;
    const hedge = hedging.of(one.request);
    if (hedge === undefined) return this.#try(one);
    const stoppedBy = (signal: AbortSignal): Try => ({ ...one, stops: [...one.stops, signal] });
    return raced({
      clock,
      hedge,
      isStopped: () => [stop.draining, ...one.stops].some(({ aborted }) => aborted),
      first: (signal, { sent, replied }) => this.#try({ ...stoppedBy(signal), onSent: sent, onReply: replied }),
      again: (signal, why) => this.#raced({ ...stoppedBy(signal), why }),
    });
  }

  async #try(one: Try): Promise<TurnEnd> {
    const call = await this.#admit(one);
    if ("kind" in call) return call;
    try {
      await this.#writeAhead(call);
      const answered = await this.#call(call);
      return await this.#record(call, this.#settle(call, answered));
    } finally {
      call.permit.release();
    }
  }

  /** Waits for a slot and for the ledger's word, until what stops the run or the subtask's time ends the wait. */
  async #admit(one: Try): Promise<Call | NotMade> {
    const { budget, clock, models, stop } = this.#services;
    const { request, stops } = one;
    const { lane } = request;
    const model = models.resolve(request.model);
    const accounts = lane === undefined ? [] : budget.accountsOf(lane.subtask, lane.agent);
    if (model.price === undefined && isMoneyCapped(budget.ledger, accounts)) return nothingSpent(unpriced(model), 0);
    const bound = boundOf(request, { id: `call-${(this.#reservations += 1)}`, model, accounts });
    const asked = clock.now();
    const wait = new Ending(clock, { what: "the wait", stops: [stop.draining, ...stops], endsAt: lane?.endsAt });
    try {
      const { permit, grant } = await this.#slotAndGrant(request, { model, bound, waiting: wait.signal });
      const waitedMs = clock.now() - asked;
      if (grant.kind === "granted") return { ...one, model, permit, reservation: grant.reservation, waitedMs };
      permit.release();
      return nothingSpent(refusal(budget.ledger, grant, accounts), waitedMs);
    } catch (error) {
      const signal = endOfError(error, wait.signal);
      if (signal === undefined) throw error;
      return stop.draining.aborted ? { kind: "drained" } : nothingSpent(signal, clock.now() - asked);
    } finally {
      wait.dispose();
    }
  }

  /**
   * Both at once: a call that has to wait for money that others have reserved gives its slot back meanwhile, since a slot is shared
   * with runs whose money is not short. A refused one still has its slot to give back.
   */
  async #slotAndGrant({ lane, prompt }: TurnRequest, { model, bound, waiting }: Admitting) {
    const { budget, limiters, run } = this.#services;
    const limiter = limiters.of(model);
    const tokens = (): number => estimateInput(prompt);
    const asking = { run, priority: lane?.priority ?? 0, isUrgent: lane === undefined, tokens };
    for (;;) {
      const permit = await limiter.acquire(asking, waiting);
      if (waiting.aborted) {
        permit.release();
        waiting.throwIfAborted();
      }
      const grant = budget.ledger.reserve(bound);
      if (grant.kind !== "wait") return { permit, grant };
      const changed = budget.ledger.changed();
      permit.release();
      await until(changed, waiting);
    }
  }

  async #writeAhead({ request, why, reservation }: Call): Promise<void> {
    const { budget, record } = this.#services;
    try {
      const reserve = reserveEntry(record.contents, { request, reservation, isSecond: why !== undefined });
      await Promise.all([record.journal.append(...(why ?? []), reserve), record.saved()]);
    } catch (error) {
      budget.ledger.settle(reservation.id, NO_USAGE);
      // The line of the reservation may be there, where it was the database that failed: the call did not leave.
      const nothing = settleData(reservation.id, NO_USAGE, false);
      await record.journal.append({ ...placeOf(request), kind: "settle", data: nothing }).catch(() => undefined);
      throw error;
    }
  }

  async #call(call: Call): Promise<Answered> {
    const { clock, record } = this.#services;
    const { request, permit, onSent } = call;
    onSent?.(() => permit.waitedUntil());
    const started = clock.now();
    // On record in the order of the lines, before the call's own. A journal that takes no more lines tells it there.
    const onRedacted = (counts: RedactedCounts): void =>
      void record.journal.append(...redactionOf("model", counts, placeOf(request))).catch(() => undefined);
    const answer = await streamReply({ ...call, onRedacted }, this.#services);
    return { answer, ms: clock.now() - started };
  }

  /** Books the call at the limiter, in the ledger and on the lane's commitment: what it has cost. */
  #settle({ request, model, permit, reservation, onReply }: Call, { answer, ms }: Answered): Settled {
    const { budget, hedging } = this.#services;
    const { counted, limits } = answer;
    const signal = answer.kind === "reply" ? undefined : answer.signal;
    const isRefused = signal?.kind === "rate-limit" || (answer.kind === "failed" && answer.reach !== "unknown");
    const tokens = counted === undefined ? undefined : counted.inputTokens + counted.outputTokens;
    permit.report({ signal, limits, tokens: isRefused ? 0 : tokens });
    if (signal === undefined) hedging.took(request, ms);
    const usage = costOf(answer, reservation, model.price);
    budget.ledger.settle(reservation.id, usage, counted !== undefined);
    if (counted === undefined && answer.kind !== "failed" && reservation.isCapped) this.#noteUnreported(model);
    if (request.lane !== undefined) budget.admission.spend(request.lane.subtask, amountsOf(usage));
    if (signal === undefined) onReply?.();
    return { answer, ms, usage };
  }

  /** One line on record: who reads what the run has spent must know that it is an upper bound. */
  #noteUnreported({ id }: ResolvedModel): void {
    const { budget, record } = this.#services;
    if (!budget.ledger.noteUnreported(id)) return;
    // A journal that takes no more lines tells it at the call's own.
    void record.journal.append({ kind: "usage-unreported", data: { model: id } }).catch(() => undefined);
  }

  /** The turn that it was: a reply with its record under way, anything else once it is on record. */
  async #record(call: Call, settled: Settled): Promise<TurnEnd> {
    const { journal, contents } = this.#services.record;
    const { request, reservation, waitedMs } = call;
    const { answer, usage } = settled;
    const recorded = journal.append(...callEntries(contents, { ...call, ...settled }));
    // Whoever gets the reply awaits it; a journal that is broken tells everybody else at their own next line.
    recorded.catch(() => undefined);
    if (answer.kind === "reply") {
      const { message } = answer;
      // Providers repeat completion ids, and a message replaces one with its id: ours are unique. That of an answer is the streamed one's.
      if (request.purpose !== "synthesize") message.id = reservation.id;
      return { kind: "reply", message, usage, waitedForSlotMs: waitedMs, recorded };
    }
    await recorded;
    const { signal } = answer;
    if (signal.kind === "cancelled" && this.#services.stop.draining.aborted) return { kind: "drained" };
    // A lane counts the turns that it took; the budget each call that left.
    const steps = answer.kind === "unusable" ? 1 : 0;
    return { kind: "signal", signal, usage: { ...usage, steps }, waitedForSlotMs: waitedMs };
  }
}

interface Admitting {
  model: ResolvedModel;
  bound: ReservationRequest;
  waiting: AbortSignal;
}

interface Answered {
  answer: Answer;
  ms: number;
}

interface Settled extends Answered {
  usage: Usage;
}

function notDrained(end: TurnEnd): TurnReply {
  if (end.kind === "drained") throw new GraphDrained("drained before a model turn");
  return end;
}

function nothingSpent(signal: Signal, waitedForSlotMs: number): NotMade {
  return { kind: "signal", signal, usage: NO_USAGE, waitedForSlotMs };
}

function isMoneyCapped({ caps }: Ledger, accounts: readonly Account[]): boolean {
  return [caps, ...accounts.map(({ budget }) => budget)].some(({ maxUsd }) => maxUsd !== undefined);
}

/** Recovery may switch to a model that nobody has looked at before the run: money that cannot be counted is not spent. */
function unpriced({ id }: ResolvedModel): Signal {
  return { kind: "budget", evidence: `no price is known for ${id}, and the run has a cap in money` };
}

/** Names the budget that is used up, and what it was; a human can be asked about the run's own caps alone. */
function refusal(
  ledger: Ledger,
  { cap, account }: { cap: CapName; account?: string },
  accounts: readonly Account[],
): Signal {
  const own = accounts.find(({ name }) => name === account);
  if (own === undefined)
    return { kind: "budget", evidence: `the cap on ${cap} is reached`, cap: ledger.refusalBy(cap) };
  const budget = JSON.stringify(own.budget);
  return { kind: "budget", evidence: `the budget of ${own.name} does not suffice (${budget}; short of ${cap})` };
}
