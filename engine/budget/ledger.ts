/**
 * The ledger: what a run may spend, has reserved and has spent. Owns the arithmetic of the hard caps; the journal owns their
 * durability (each reservation and each settlement is a journal line, and a ledger is rebuilt from those lines).
 *
 * Invariants (property-tested):
 * 1. spent + reserved never passes a cap, whatever the order of calls; so spent never does while the provider keeps to the
 *    output limit that each call carries.
 * 2. A reservation is settled exactly once; settling an unknown one changes nothing and says so.
 * 3. What is held back for the coordinator is out of reach of the lanes.
 * 4. `wait` is only answered while another reservation is open, so waiting always ends.
 */
import type { CapName, Caps, Usage } from "../../state/usage.ts";
import { addUsage, CAP_FIELDS, NO_USAGE } from "../../state/usage.ts";

/** `lanes` may spend up to the caps less what is held back; `coordinator` (planner, synthesizer) up to the caps. */
export type Purse = "lanes" | "coordinator";

export interface ReservationRequest {
  id: string;
  purse: Purse;
  /** An upper bound of the input, in tokens. */
  inputTokens: number;
  /** The output limit that the call would like, and the least that is worth calling for. */
  outputTokens: number;
  leastOutputTokens: number;
  /** US dollars per token. */
  price: { input: number; output: number };
}

export interface Reservation {
  id: string;
  purse: Purse;
  steps: 1;
  inputTokens: number;
  /** The output limit granted: the call must carry it. */
  outputTokens: number;
  usd: number;
}

export type Grant =
  | { kind: "granted"; reservation: Reservation }
  /** Does not fit now, and may when open reservations are settled below what they hold. */
  | { kind: "wait"; cap: CapName }
  | { kind: "refused"; cap: CapName };

export interface Amounts {
  steps: number;
  tokens: number;
  usd: number;
}

/** Rounding of floating-point sums of money; far below any price. */
const EPSILON_USD = 1e-12;

export class Ledger {
  #caps: Caps;
  #heldBack: Amounts;
  #spent: Usage = NO_USAGE;
  #open = new Map<string, Reservation>();
  #reserved: Amounts = { steps: 0, tokens: 0, usd: 0 };
  /** The most tokens by which a call's usage passed its reservation: added to every later one. */
  #overrun = 0;
  #calibrated = false;
  #changed: (() => void)[] = [];

  constructor(caps: Caps, heldBack: Amounts) {
    this.#caps = caps;
    this.#heldBack = heldBack;
  }

  get caps(): Caps {
    return this.#caps;
  }

  get heldBack(): Amounts {
    return this.#heldBack;
  }

  /** Other caps from now on; who waits for a settlement looks again. */
  amend(caps: Caps, heldBack: Amounts): void {
    this.#caps = caps;
    this.#heldBack = heldBack;
    for (const wake of this.#changed.splice(0)) wake();
  }

  /** What a refusal by this cap says of it. */
  refusalBy(name: CapName): { name: CapName; at: number } {
    return { name, at: this.#caps[CAP_FIELDS[name]] ?? Infinity };
  }

  get spent(): Usage {
    return this.#spent;
  }

  get reserved(): Amounts {
    return this.#reserved;
  }

  get openReservations(): number {
    return this.#open.size;
  }

  /** Takes one step and the tokens of one call, or says why not. */
  reserve(request: ReservationRequest): Grant {
    if (this.#open.has(request.id)) throw new Error(`reservation ${request.id} is open already`);
    const inputTokens = request.inputTokens + this.#overrun;
    const blocked = this.#blockedBy(request.purse, inputTokens, request);
    if (blocked === undefined) return this.#grant(request, inputTokens, request.outputTokens);
    if (this.#open.size > 0) return { kind: "wait", cap: blocked };
    const outputTokens = this.#outputThatFits(request, inputTokens);
    if (blocked === "steps" || outputTokens < request.leastOutputTokens) return { kind: "refused", cap: blocked };
    return this.#grant(request, inputTokens, outputTokens);
  }

  /** Books the actual usage against a reservation and frees the rest. False: there is no such open reservation. */
  settle(id: string, usage: Usage): boolean {
    const reservation = this.#open.get(id);
    if (reservation === undefined) return false;
    this.#open.delete(id);
    this.#reserved = subtract(this.#reserved, amountsOf(reservation));
    if (this.#open.size === 0) this.#reserved = { steps: 0, tokens: 0, usd: 0 };
    this.#book(usage, reservation);
    return true;
  }

  /** Books spending that needs no reservation: what the journal of an earlier process says. */
  restore(usage: Usage): void {
    this.#spent = addUsage(this.#spent, usage);
  }

  /** Steps and amounts that `purse` could still reserve. Infinity where nothing limits it. */
  left(purse: Purse): Amounts {
    const held = purse === "lanes" ? this.heldBack : { steps: 0, tokens: 0, usd: 0 };
    const { caps } = this;
    const tokens = this.#spent.inputTokens + this.#spent.outputTokens + this.#reserved.tokens;
    return {
      steps: caps.maxSteps - held.steps - this.#spent.steps - this.#reserved.steps,
      tokens: caps.maxTokens === undefined ? Infinity : caps.maxTokens - held.tokens - tokens,
      usd: caps.maxUsd === undefined ? Infinity : caps.maxUsd - held.usd - this.#spent.usd - this.#reserved.usd,
    };
  }

  /** Resolves at the next settlement. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.#changed.push(resolve));
  }

  #book(usage: Usage, reservation: Reservation): void {
    this.#spent = addUsage(this.#spent, usage);
    const used = usage.inputTokens + usage.outputTokens;
    this.#overrun = Math.max(this.#overrun, used - reservation.inputTokens - reservation.outputTokens);
    if (used > 0) this.#calibrated = true;
    for (const wake of this.#changed.splice(0)) wake();
  }

  #blockedBy(purse: Purse, inputTokens: number, request: ReservationRequest): CapName | undefined {
    const left = this.left(purse);
    if (left.steps < 1) return "steps";
    if (inputTokens + request.outputTokens > left.tokens) return "tokens";
    if (costOf(inputTokens, request.outputTokens, request.price) > left.usd + EPSILON_USD) return "usd";
    // Until one call has shown how this provider counts, calls under a cap on tokens or money go one by one.
    const counted = this.caps.maxTokens !== undefined || (this.caps.maxUsd !== undefined && request.price.output > 0);
    if (counted && !this.#calibrated && this.#open.size > 0)
      return this.caps.maxTokens === undefined ? "usd" : "tokens";
    return undefined;
  }

  #outputThatFits(request: ReservationRequest, inputTokens: number): number {
    const left = this.left(request.purse);
    const byMoney = (left.usd - inputTokens * request.price.input) / request.price.output;
    return Math.floor(
      Math.min(request.outputTokens, left.tokens - inputTokens, Number.isNaN(byMoney) ? Infinity : byMoney),
    );
  }

  #grant(request: ReservationRequest, inputTokens: number, outputTokens: number): Grant {
    const usd = costOf(inputTokens, outputTokens, request.price);
    const reservation: Reservation = { id: request.id, purse: request.purse, steps: 1, inputTokens, outputTokens, usd };
    this.#open.set(request.id, reservation);
    this.#reserved = add(this.#reserved, amountsOf(reservation));
    return { kind: "granted", reservation };
  }
}

/** What stays back for the coordinator: its steps, at most a tenth of all but one at least, a fifth of tokens and money. Pure. */
export function holdBack(caps: Caps, coordinatorSteps: number): Amounts {
  return {
    steps: Math.min(coordinatorSteps, caps.maxSteps - 1, Math.max(1, Math.floor(caps.maxSteps / 10))),
    tokens: Math.floor((caps.maxTokens ?? 0) / 5),
    usd: (caps.maxUsd ?? 0) / 5,
  };
}

function costOf(inputTokens: number, outputTokens: number, price: { input: number; output: number }): number {
  return inputTokens * price.input + outputTokens * price.output;
}

function amountsOf(reservation: Reservation): Amounts {
  return { steps: 1, tokens: reservation.inputTokens + reservation.outputTokens, usd: reservation.usd };
}

function add(left: Amounts, right: Amounts): Amounts {
  return { steps: left.steps + right.steps, tokens: left.tokens + right.tokens, usd: left.usd + right.usd };
}

function subtract(left: Amounts, right: Amounts): Amounts {
  return { steps: left.steps - right.steps, tokens: left.tokens - right.tokens, usd: left.usd - right.usd };
}
