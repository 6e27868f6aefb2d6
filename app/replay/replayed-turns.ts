/**
 * The model turns of a run that is run again from its recording: what was asked is held against what is asked now, and what came
 * then comes again. No model is called, nothing is waited for, nothing is reserved; what was spent is booked as it was.
 */
import { GraphDrained } from "@langchain/langgraph";
import { SwarmError } from "../../state/errors.ts";
import { defined } from "../../state/is-record.ts";
import { listed } from "../../state/plain-text.ts";
import { NO_USAGE } from "../../state/usage.ts";
import type { Place } from "../../engine/journal/events.ts";
import { recordMessages } from "../../engine/journal/recorded-messages.ts";
import type { Ledger } from "../../engine/policy/budget/ledger.ts";
import type { RecordedTurn } from "../../engine/policy/replay/recorded-lane.ts";
import { firstDifference, replyOf } from "../../engine/policy/replay/recorded-text.ts";
import type { Recording } from "../../engine/policy/replay/recording.ts";
import type { Contents } from "../../engine/ports/board.ts";
import type { TurnReply, TurnRequest } from "../../engine/ports/turns.ts";

/** Of what was to come beside the call that differs, so much is named. */
const MOST_NAMED = 5;

interface Replayed {
  recording: Recording;
  /** Of what is asked now. */
  contents: Contents;
  budget: { ledger: Pick<Ledger, "book">; slots: { release(lane: string): void } };
  life: { drainInvocation(reason: string): void };
}

export class ReplayedTurns {
  readonly #facts: Replayed;

  constructor(facts: Replayed) {
    this.#facts = facts;
  }

  /** Nothing was asked before: what paused the run is behind it. */
  hasAsked(): boolean {
    return false;
  }

  close(): void {
    // It holds nothing.
  }

  /** Throws SwarmError REPLAY_DIFFERS where this was not asked. */
  async take(request: TurnRequest): Promise<TurnReply> {
    const { recording, contents, budget } = this.#facts;
    const messages = recordMessages(contents, request.prompt.messages);
    const place: Place = request.lane ?? {};
    const found = recording.turn(place, messages);
    if (found === undefined) {
      if (recording.isLeft(place)) return this.#left(place);
      const signal = recording.refusal(place);
      if (signal === undefined) throw this.#differing(request, messages);
      return { kind: "signal", signal, usage: NO_USAGE, waitedForSlotMs: 0 };
    }
    for (const { usage, accounts } of found.spent) if (usage !== undefined) budget.ledger.book({ usage, accounts });
    return this.#cameOf(found.turn);
  }

  /** What was left there goes on in a later session, once all that this one has is done. */
  async #left({ subtask }: Place): Promise<never> {
    const { recording, budget, life } = this.#facts;
    if (subtask !== undefined) budget.slots.release(subtask);
    await recording.over();
    life.drainInvocation("the recording goes on in another session");
    throw new GraphDrained("what was left here goes on in another session");
  }

  #cameOf(turn: RecordedTurn): TurnReply {
    const { recording } = this.#facts;
    const { id, came, usage = NO_USAGE } = turn;
    const waitedForSlotMs = came?.waitedMs ?? 0;
    if (came?.signal !== undefined) {
      const { signal: kind, evidence = "", retryAfterMs } = came;
      const signal = { kind, evidence, ...defined({ retryAfterMs }) };
      return { kind: "signal", signal, usage: { ...usage, steps: came.reply === undefined ? 0 : 1 }, waitedForSlotMs };
    }
    const recorded = recording.message(turn);
    if (recorded === undefined) throw differs(`${placeText(turn)}: its reply is not on record (${callText(turn)})`);
    const message = replyOf(recording.contents, recorded, { id, finish: came?.finish, usage });
    return { kind: "reply", message, usage, waitedForSlotMs, recorded: Promise.resolve() };
  }

  #differing(request: TurnRequest, messages: string | undefined): SwarmError {
    const { recording, contents } = this.#facts;
    const place: Place = request.lane ?? {};
    const waiting = recording.waiting(place);
    const here = waiting.filter(({ subtask, attempt }) => subtask === place.subtask && attempt === place.attempt);
    const expected = here.find(({ purpose }) => purpose === request.purpose) ?? here[0];
    const rest = waiting.filter((turn) => turn !== expected);
    const beside =
      rest.length === 0
        ? "nothing else was to come"
        : `beside it were to come ${listed(rest.map(callText), MOST_NAMED)}`;
    if (expected === undefined)
      return differs(
        `${placeText(place)}: a call is made that is not in the recording (${messages?.slice(0, 12)}); ${beside}`,
      );
    const difference = firstDifference(
      { contents: recording.contents, messages: expected.messages },
      { contents, messages },
    );
    return differs(
      `${placeText(place)}: the request of ${callText(expected)} is another: recorded ${expected.messages.slice(0, 12)}, now ${messages?.slice(0, 12)}; ${difference}; ${beside}`,
      { seq: expected.seq, expected: expected.messages, found: messages ?? null },
    );
  }
}

export function differs(message: string, data?: Record<string, unknown>): SwarmError {
  return new SwarmError("REPLAY_DIFFERS", message, defined({ data }));
}

export function placeText({ subtask, attempt }: Place): string {
  return subtask === undefined ? "coordinator" : `subtask ${subtask}, attempt ${attempt}`;
}

function callText({ id, seq, subtask }: RecordedTurn): string {
  return `${id} at line ${seq}${subtask === undefined ? "" : ` (${subtask})`}`;
}
