/**
 * The ledger: what a run may spend, has reserved and has spent, in all and by sub-budget. Owns the arithmetic of the hard caps;
 * the journal owns their durability: each reservation and each settlement is a line of it, and what they come to is what a ledger
 * begins with.
 *
 * Invariants (property-tested):
 * 1. A grant never takes spent + reserved past a cap, of the run or of an account, whatever the order of calls. So spent never
 *    passes one while each call is reported within its reservation: the bytes of the prompt as input, the limit that the
 *    call carried as output.
 * 2. A provider that reports more is believed and booked as reported: money that is asked for is not argued away. From then on
 *    every call of that model, those in flight too, is reserved for twice the worst excess seen (accounts.ts); and until the
 *    first report of a model has come, its calls under a cap go one by one. So spent passes a cap only by calls whose
 *    excess is more than twice any that was known of their model when they were granted, and after that nothing is granted.
 * 3. A reservation is settled exactly once; settling an unknown one changes nothing and says so.
 * 4. What is held back for the coordinator is out of reach of the lanes.
 * 5. `wait` is only answered while a reservation is open that holds what is missing, so waiting always ends.
 */
import {
  addUsage,
  type Amounts,
  amountsOf,
  CAP_FIELDS,
  type CapName,
  type Caps,
  NO_USAGE,
  NOTHING,
  subtractAmounts,
  type Usage,
  AMOUNTS,
  mapAmounts,
} from "../../../state/usage.ts";
import { AS_ASKED, withOverrun, type Overrun, type SpendingView } from "../../journal/spending-view.ts";
import { Accounts, expectedTokens, outputWithin, type Account } from "./accounts.ts";

/**
 * `lanes` may spend up to the caps less what is held back, `condensing` up to half of that, `coordinator` (planner, synthesizer) up
 * to the caps: condensing many results must not eat what the answer needs.
 */
export type BudgetShare = "lanes" | "condensing" | "coordinator";

export interface ReservationRequest {
  id: string;
  share: BudgetShare;
  /** Whose way of counting is learned. */
  model: string;
  /** The model turns that the call would like; it is given fewer where no more are left, and one at least. Default 1. */
  steps?: number;
  /** An upper bound of the input, in tokens. */
  inputTokens: number;
  /** The output limit that the call would like, and the least that is worth calling for. */
  outputTokens: number;
  leastOutputTokens: number;
  /** US dollars per token. */
  price: { input: number; output: number };
  /** Sub-budgets that the call draws on, beside the run's. */
  accounts?: readonly Account[];
}

export interface Reservation {
  id: string;
  share: BudgetShare;
  model: string;
  /** Model turns, at most. */
  steps: number;
  /** The most that the call is expected to be billed, by what is known of how its provider counts. */
  inputTokens: number;
  outputTokens: number;
  usd: number;
  /** What the call was asked to keep to: the bound of its input, and the output limit that it must carry. */
  asked: { inputTokens: number; outputTokens: number };
  /** Whether tokens or money are capped for it: the call must carry its output limit. */
  isCapped: boolean;
  accounts: readonly string[];
}

/** `account`: whose budget it is, where it is not the run's. */
export type Grant =
  | { kind: "granted"; reservation: Reservation }
  /** Does not fit now, and may when open reservations are settled below what they hold. */
  | { kind: "wait"; cap: CapName; account?: string }
  | { kind: "refused"; cap: CapName; account?: string };

/** A budget that a request would pass, and the open reservations that may free something of it. */
interface Block {
  cap: CapName;
  budget: string;
  open: number;
  left: Amounts;
}

/** The run's own budget among those of the accounts, whose names have two words. */
const RUN = "run";

/** Rounding of floating-point sums of money; far below any price. */
const EPSILON_USD = 1e-12;

interface Open {
  request: ReservationRequest;
  reservation: Reservation;
}

export class Ledger {
  readonly accounts = new Accounts();
  #caps: Caps;
  #heldBack: Amounts;
  #spent: Usage = NO_USAGE;
  readonly #open = new Map<string, Open>();
  /** By model, once a call has shown how its provider counts, or that it does not say: until then calls under a cap go one by one. */
  readonly #overruns: Map<string, Overrun>;
  readonly #changed: (() => void)[] = [];

  /** `past`: what earlier processes of the run have spent, and learned. */
  constructor(caps: Caps, heldBack: Amounts, past?: SpendingView) {
    this.#caps = caps;
    this.#heldBack = heldBack;
    this.#overruns = new Map(past?.overruns);
    if (past === undefined) return;
    this.book({ usage: past.spent });
    for (const [name, spent] of past.accounts) this.accounts.book([name], { spent });
  }

  get caps(): Caps {
    return this.#caps;
  }

  /** Other caps from now on; who waits for a settlement looks again. */
  amend(caps: Caps, heldBack: Amounts): void {
    this.#caps = caps;
    this.#heldBack = heldBack;
    this.#wake();
  }

  /** What a refusal by this cap says of it. */
  refusalBy(name: CapName): { name: CapName; at: number } {
    return { name, at: this.#caps[CAP_FIELDS[name]] ?? Infinity };
  }

  get spent(): Usage {
    return this.#spent;
  }

  /** Takes the steps and the tokens of one call, or says why not. */
  reserve(request: ReservationRequest): Grant {
    if (this.#open.has(request.id)) throw new Error(`reservation ${request.id} is open already`);
    const blocks = this.#blocks(request);
    if (blocks.length === 0) return this.#grant(request, request.outputTokens);
    // What nobody holds is not waited for: either a smaller output fits, or none does.
    const settled = blocks.filter(({ open }) => open === 0);
    const steps = fewerSteps(request, settled);
    if (steps !== undefined) return this.reserve({ ...request, steps });
    const outputTokens = this.#outputThatFits(request, settled);
    const hopeless = settled.find((block) => this.#outputThatFits(request, [block]) < request.leastOutputTokens);
    if (hopeless !== undefined) return answer("refused", hopeless);
    const held = blocks.find(({ open }) => open > 0);
    return held === undefined ? this.#grant(request, outputTokens) : answer("wait", held);
  }

  /**
   * Books the actual usage against a reservation and frees the rest. `isReported`: the provider said so, which shows how it
   * counts. False: there is no such open reservation.
   */
  settle(id: string, usage: Usage, isReported = true): boolean {
    const open = this.#open.get(id);
    if (open === undefined) return false;
    this.#open.delete(id);
    const { model, accounts, asked } = open.reservation;
    const reserved = subtractAmounts(NOTHING, amountsOf(open.reservation));
    this.accounts.book([RUN, ...accounts], { reserved, open: -1 });
    this.book({ usage, accounts });
    if (isReported) this.#learn(model, asked, usage);
    this.#wake();
    return true;
  }

  /**
   * A model has replied and not said what that cost: its calls are booked at their bounds, and need not go one by one until one
   * does. True: it is the first that is known of how it counts.
   */
  noteUnreported(model: string): boolean {
    if (this.#overruns.has(model)) return false;
    this.#overruns.set(model, AS_ASKED);
    this.#wake();
    return true;
  }

  /** Counts what was spent, whether or not it had been reserved here. */
  book({ usage, accounts = [] }: { usage: Usage; accounts?: readonly string[] }): void {
    this.#spent = addUsage(this.#spent, usage);
    this.accounts.book([RUN, ...accounts], { spent: amountsOf(usage) });
  }

  /** Steps and amounts that `share` could still reserve. Infinity where nothing limits it; negative after an excess. */
  left(share: BudgetShare): Amounts {
    const left = this.accounts.left({ name: RUN, budget: this.#caps });
    if (share === "coordinator") return left;
    if (share === "lanes") return subtractAmounts(left, this.#heldBack);
    const half = mapAmounts((name) => this.#heldBack[name] / 2);
    return subtractAmounts(left, { ...half, steps: Math.ceil(half.steps) });
  }

  changed(): Promise<void> {
    return new Promise((resolve) => this.#changed.push(resolve));
  }

  #wake(): void {
    for (const wake of this.#changed.splice(0)) wake();
  }

  /** What is learned of a model holds for its calls in flight too: they are as likely to pass their bounds. */
  #learn(model: string, asked: Reservation["asked"], reported: Usage): void {
    if (reported.inputTokens + reported.outputTokens === 0) return;
    const before = this.#overruns.get(model) ?? AS_ASKED;
    const known = withOverrun(before, asked, reported);
    this.#overruns.set(model, known);
    const isMore =
      known.inputTokens > before.inputTokens ||
      known.inputShare > before.inputShare ||
      known.outputTokens > before.outputTokens ||
      known.outputShare > before.outputShare;
    if (!isMore) return;
    for (const open of this.#open.values()) {
      if (open.reservation.model !== model) continue;
      const grown = this.#reservationOf(open.request, open.reservation.asked.outputTokens);
      const reserved = subtractAmounts(amountsOf(grown), amountsOf(open.reservation));
      this.accounts.book([RUN, ...grown.accounts], { reserved });
      open.reservation = grown;
    }
  }

  /** Every budget that the request would pass, the run's first. */
  #blocks(request: ReservationRequest): Block[] {
    const need = amountsOf(this.#reservationOf(request, request.outputTokens));
    const budgets = (request.accounts ?? []).map((account) => ({
      budget: account.name,
      left: this.accounts.left(account),
    }));
    const blocks = [{ budget: RUN, left: this.left(request.share) }, ...budgets].flatMap(
      ({ budget, left }): Block[] => {
        const cap = capPassed(need, left);
        return cap === undefined ? [] : [{ cap, budget, open: this.accounts.standing(budget).open, left }];
      },
    );
    return blocks.length > 0 ? blocks : this.#uncalibrated(request);
  }

  /** Until one call has shown how this provider counts, calls under a cap on tokens or money go one by one. */
  #uncalibrated({ model, price, accounts }: ReservationRequest): Block[] {
    const [byTokens, byMoney] = this.#cappedBy(accounts);
    if (!byTokens && !(byMoney && price.output > 0)) return [];
    if (this.#open.size === 0 || this.#overruns.has(model)) return [];
    const open = [...this.#open.values()].filter(({ reservation }) => reservation.model === model).length;
    return open === 0 ? [] : [{ cap: byTokens ? "tokens" : "usd", budget: RUN, open, left: NOTHING }];
  }

  #cappedBy(accounts: readonly Account[] = []): [tokens: boolean, money: boolean] {
    const { maxTokens, maxUsd } = this.#caps;
    return [
      maxTokens !== undefined || accounts.some(({ budget }) => budget.maxTokens !== undefined),
      maxUsd !== undefined || accounts.some(({ budget }) => budget.maxUsd !== undefined),
    ];
  }

  /** The largest output limit with which none of these budgets is passed; below any limit where steps are what is missing. */
  #outputThatFits(request: ReservationRequest, blocks: readonly Block[]): number {
    const known = this.#overruns.get(request.model) ?? AS_ASKED;
    const { inputTokens } = expectedTokens(request, known);
    const limits = blocks.map(({ cap, left }) => {
      if (cap === "steps") return -1;
      const byMoney = (left.usd - inputTokens * request.price.input) / request.price.output;
      const room = Math.min(left.tokens - inputTokens, Number.isNaN(byMoney) ? Infinity : byMoney);
      return room === Infinity ? request.outputTokens : outputWithin(Math.floor(room), known);
    });
    return Math.min(request.outputTokens, ...limits);
  }

  #reservationOf(request: ReservationRequest, outputLimit: number): Reservation {
    const { id, share, model, price, steps = 1, accounts = [] } = request;
    const asked = { inputTokens: request.inputTokens, outputTokens: outputLimit };
    const bound = expectedTokens(asked, this.#overruns.get(model) ?? AS_ASKED);
    const usd = bound.inputTokens * price.input + bound.outputTokens * price.output;
    const isCapped = this.#cappedBy(accounts).includes(true);
    return { id, share, model, steps, ...bound, usd, asked, isCapped, accounts: accounts.map(({ name }) => name) };
  }

  #grant(request: ReservationRequest, outputLimit: number): Grant {
    const reservation = this.#reservationOf(request, outputLimit);
    this.#open.set(request.id, { request, reservation });
    this.accounts.book([RUN, ...reservation.accounts], { reserved: amountsOf(reservation), open: 1 });
    return { kind: "granted", reservation };
  }
}

/** The steps that are left, where those that it would like are not; undefined: they are not what is missing, or it takes one alone. */
function fewerSteps({ steps = 1 }: ReservationRequest, blocks: readonly Block[]): number | undefined {
  const left = blocks.filter(({ cap }) => cap === "steps").map((block) => block.left.steps);
  return steps === 1 || left.length === 0 ? undefined : Math.max(1, Math.min(...left));
}

function answer(kind: "wait" | "refused", { cap, budget }: Block): Grant {
  return { kind, cap, ...(budget === RUN ? {} : { account: budget }) };
}

function capPassed(need: Amounts, left: Amounts): CapName | undefined {
  return AMOUNTS.find((name) => need[name] > left[name] + (name === "usd" ? EPSILON_USD : 0));
}
