/**
 * Second attempts beside stragglers. Owns when a call may be raced (its siblings' times, the policy, the run's allowance) and
 * who wins; an attempt is a whole turn and is the caller's.
 *
 * 1. Only a good reply wins: an attempt that fails leaves the call to be raced anew, one that is slow itself is raced too.
 * 2. The loser is told to stop, and has been settled when the race is over.
 * 3. A second attempt is on record when it goes out, in one piece with its reservation, and none that did not.
 * 4. A race holds nothing itself: whatever a second attempt waits for, the end of the first gives it free.
 */
import type { Detection, RecoveryPolicy } from "../../../state/recovery-policy.ts";
import { CallTimes } from "../../policy/recovery/stalls.ts";
import type { Clock } from "../../ports/clock.ts";
import type { JournalEntry } from "../../journal/events.ts";
import type { TurnOfLane, TurnReply, TurnRequest } from "../../ports/turns.ts";
import { placeOf } from "./call-entries.ts";
import { Ended } from "./ending.ts";
import { duration } from "../../../state/amounts.ts";

/** When a call straggles, and leave to race it. */
export interface Hedge {
  /** Milliseconds after which the call is a straggler, by what is known now; undefined while too little is. */
  afterMs(): number | undefined;
  /** Milliseconds after which to ask again, while that is unknown or no second attempt is free. */
  lookEveryMs: number;
  /** Takes a second attempt: the signal and the decision, to go on record when it goes out; undefined: none is free now. */
  begin(slowMs: number): readonly JournalEntry[] | undefined;
}

interface Hedged {
  limits: Detection["straggler"];
  policyOf(lane: TurnOfLane): RecoveryPolicy;
}

/** Only the lanes' own work is raced. */
export class Hedging {
  readonly #hedged: Hedged;
  readonly #times = new CallTimes();
  readonly #ofLane = new Map<string, number>();

  constructor(hedged: Hedged) {
    this.#hedged = hedged;
  }

  /** A good call took so long. */
  took(request: TurnRequest, ms: number): void {
    if (request.purpose === "work" && request.lane !== undefined) this.#times.record(groupOf(request), ms);
  }

  /** Undefined: the turn is not raced. */
  of(request: TurnRequest): Hedge | undefined {
    const { lane, purpose, graph } = request;
    // What a graph does is its own: done twice at once, it may be done twice.
    if (purpose !== "work" || lane === undefined || graph !== undefined) return undefined;
    const actions = this.#hedged.policyOf(lane).straggler ?? [];
    const place = actions.findIndex((action) => action.do === "hedge");
    const rule = actions[place];
    return rule?.do === "hedge" ? this.#hedgeOf(request, lane, { place, max: rule.max }) : undefined;
  }

  #hedgeOf(
    request: TurnRequest,
    { subtask, agent }: TurnOfLane,
    { place, max }: { place: number; max: number },
  ): Hedge {
    const { limits } = this.#hedged;
    const used = (): number => this.#ofLane.get(subtask) ?? 0;
    const threshold = () => this.#times.threshold(groupOf(request), limits);
    return {
      lookEveryMs: Math.max(1, limits.leastMs),
      afterMs: () => (used() < max ? threshold()?.afterMs : undefined),
      begin: (slowMs) => {
        const known = threshold();
        if (known === undefined || used() >= max || !this.#times.takeExtra(limits)) return undefined;
        const count = used() + 1;
        this.#ofLane.set(subtask, count);
        const evidence = `a call takes more than ${duration(slowMs)}, where ${known.calls} calls of its siblings took ${duration(known.medianMs)} (median)`;
        const at = placeOf(request);
        const rule = `straggler[${place}] hedge ${count}/${max}`;
        return [
          { kind: "signal", ...at, data: { agent, kind: "straggler", evidence } },
          { kind: "recovery", ...at, data: { signal: "straggler", action: "hedge", rule, delayMs: 0 } },
        ];
      },
    };
  }
}

/** Whose calls are compared. */
function groupOf({ lane, model }: TurnRequest): string {
  return `${lane?.agent ?? ""}/${model ?? ""}`;
}

const LOST_THE_RACE = new Ended({ kind: "cancelled", evidence: "a second attempt was faster" });
const ENDED = new DOMException("nothing is left to watch", "AbortError");

/** A turn, or what there is none of: the run was asked to stop before the call began, and nothing was spent. */
export type TurnEnd = TurnReply | { kind: "drained" };
type GoodReply = Extract<TurnEnd, { kind: "reply" }>;

interface Racing {
  clock: Clock;
  hedge: Hedge;
  /**
   * Takes the turn; `sent` is told when its call goes out, with the way to ask until when it waited for its turn at the endpoint;
   * `replied` when a good reply is there, before its slot is free: who waits for that slot has lost.
   */
  first: (
    signal: AbortSignal,
    told: { sent: (waitedUntil: () => number) => void; replied: () => void },
  ) => Promise<TurnEnd>;
  /** Takes the same turn once more; `why` goes on record with it. */
  again: (signal: AbortSignal, why: readonly JournalEntry[]) => Promise<TurnEnd>;
  /** Whether something ends both. */
  isStopped: () => boolean;
}

/** The turn, and where it straggles the same turn once more beside it. Throws where the race could not be put on record. */
export async function raced({ clock, hedge, first, again, isStopped }: Racing): Promise<TurnEnd> {
  const firstStop = new AbortController();
  const isOut = Promise.withResolvers<void>();
  let waitedUntil = (): number => -Infinity;
  const won = new AbortController();
  const sent = (waited: () => number): void => {
    waitedUntil = waited;
    isOut.resolve();
  };
  const attempted = first(firstStop.signal, { sent, replied: () => won.abort(LOST_THE_RACE) });
  const own = attempted.then(
    ({ kind }) => kind === "reply",
    () => false,
  );
  let rival: GoodReply | undefined;
  try {
    await Promise.race([isOut.promise, own]);
    rival = await raceSlow({ clock, hedge, own, won: won.signal, again, waitedUntil, isStopped });
  } catch (error) {
    // No disk for the journal: the call must not go on unseen.
    firstStop.abort(LOST_THE_RACE);
    await own;
    throw error;
  }
  if (rival === undefined) return attempted;
  firstStop.abort(LOST_THE_RACE);
  const { recorded } = rival;
  const loser = await attempted.catch(async (error: unknown) => {
    // Who hears of the failure ends the run: what was won is on record by then.
    await recorded.catch(() => undefined);
    throw error;
  });
  if (loser.kind === "drained") return rival;
  if (loser.kind === "reply") await loser.recorded;
  return { ...rival, waitedForSlotMs: rival.waitedForSlotMs + loser.waitedForSlotMs };
}

interface Race extends Pick<Racing, "clock" | "hedge" | "again" | "isStopped"> {
  /** The end of the whole call, its slot and its reservation given back: whether it brought a good reply. Never rejects. */
  own: Promise<boolean>;
  /** Aborted when it has brought one. */
  won: AbortSignal;
  /** Until when the call was waiting for its turn at the endpoint, where no second attempt would be sooner; -Infinity: it was not. */
  waitedUntil: () => number;
}

/** The reply of an attempt that was better; undefined: it rests with the call itself. */
export async function raceSlow(race: Race): Promise<GoodReply | undefined> {
  const { own, won, again } = race;
  const done = new AbortController();
  void own.then(() => done.abort(ENDED));
  for (;;) {
    const why = await untilSlow(race, done.signal);
    if (why === undefined) return undefined;
    const rivalStop = new AbortController();
    const racing = again(AbortSignal.any([rivalStop.signal, won]), why);
    const isWon = await Promise.race([own, racing.then(() => false)]);
    if (isWon) rivalStop.abort(LOST_THE_RACE);
    const reply = await racing;
    if (isWon || reply.kind === "drained") return undefined;
    if (reply.kind === "reply") return reply;
  }
}

/** Why it is raced, once the call is slow and may be; undefined when it ended first. Looks again: its siblings may end after it began. */
async function untilSlow(
  { clock, hedge, waitedUntil, isStopped }: Race,
  done: AbortSignal,
): Promise<readonly JournalEntry[] | undefined> {
  const started = clock.now();
  while (!done.aborted && !isStopped()) {
    const tookMs = clock.now() - Math.max(started, waitedUntil());
    const leftMs = (hedge.afterMs() ?? Infinity) - tookMs;
    const why = leftMs <= 0 ? hedge.begin(tookMs) : undefined;
    if (why !== undefined) return why;
    try {
      await clock.sleep(leftMs > 0 ? Math.min(leftMs, hedge.lookEveryMs) : hedge.lookEveryMs, done);
    } catch {
      return undefined;
    }
  }
  return undefined;
}
