/** Model turns of a run: hedged, in the order of their lanes, sent ahead where a prompt cache is to be warmed, and metered. */
import { lastReservation } from "../../engine/policy/budget/ledger-lines.ts";
import type { Board } from "../../engine/ports/board.ts";
import type { TurnReply, TurnRequest } from "../../engine/ports/turns.ts";
import type { RunRecovery, RunTurns } from "../../engine/runtime/run/run.ts";
import { goAhead } from "../../engine/runtime/turns/go-ahead.ts";
import { meteredTurn } from "../../engine/runtime/turns/metered-turn.ts";
import type { TurnDesk } from "../../engine/runtime/turns/turn-desk.ts";
import { Turnstile } from "../../engine/runtime/turns/turnstile.ts";
import { DEFAULT_WARMUP_MS, Vanguard } from "../../engine/runtime/turns/vanguard.ts";
import { Hedging } from "./hedging.ts";
import { RunLimiters } from "./run-limiters.ts";
import type { RunParts } from "./run-parts.ts";
import type { Spending } from "./spending.ts";

interface Beside {
  budget: Spending;
  board: Board;
  recovery: RunRecovery;
  stop: TurnDesk["stop"];
}

export class Turns implements RunTurns {
  readonly #beside: Beside;
  /** Subtasks for which this invocation has taken a model turn. */
  readonly #asked = new Set<string>();
  readonly #hedging: Hedging;
  readonly #turnstile: Turnstile;
  readonly #vanguard: Vanguard;
  readonly #limiters: RunLimiters;
  readonly #desk: TurnDesk;

  constructor(parts: RunParts, beside: Beside) {
    const { id, journal, clock, models, options, detection, saved } = parts;
    this.#beside = beside;
    this.#hedging = new Hedging(journal, detection.straggler);
    this.#turnstile = new Turnstile(clock);
    this.#vanguard = new Vanguard(clock, options.cacheWarmupMs ?? DEFAULT_WARMUP_MS);
    this.#limiters = new RunLimiters(parts.limiters, journal);
    let reservations = lastReservation(journal.past);
    this.#desk = {
      ...{ run: id, journal, clock, detection, saved, stop: beside.stop },
      ledger: beside.budget.ledger,
      admission: beside.budget.admission,
      accountsOf: ({ agent = "", subtask = "" }) => beside.budget.accountsOf(subtask, agent),
      resolve: (model) => models.resolve(model),
      limiter: (model) => this.#limiters.of(model),
      newReservationId: () => `call-${(reservations += 1)}`,
    };
  }

  async take(request: TurnRequest): Promise<TurnReply> {
    const { board, recovery } = this.#beside;
    const lane = request.subtask;
    const subtask = lane === undefined ? undefined : board.subtask(lane);
    const prepared = this.#hedging.prepare(request, recovery.policyFor(subtask, request.agent));
    if (lane === undefined) return meteredTurn(this.#desk, prepared);
    this.#asked.add(lane);
    this.#turnstile.leave(lane);
    const enter = (): Promise<void> => this.#turnstile.enter(lane);
    const reply = await goAhead(this.#vanguard, this.#desk, { ...prepared, onAnswer: enter });
    await enter();
    return reply;
  }

  hasAsked(subtask: string): boolean {
    return this.#asked.has(subtask) || this.#beside.budget.admission.hasRefused(subtask);
  }

  /** Calls no more, and holds no limiter down. */
  close(): void {
    this.#limiters.close();
  }
}
