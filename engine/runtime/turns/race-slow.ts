/**
 * Races a slow call by further attempts at the same turn, one after the other, while the call goes on. Owns who wins; when a
 * call is slow, and how many attempts it may have, is the hedge's to say.
 *
 * 1. Only a good reply wins: an attempt that fails leaves the call to be raced anew, one that is slow itself is raced too.
 * 2. The loser is told to stop, and has been settled when the race is over.
 * 3. It waits for an attempt that waits itself: so the call has given back all that it held when `own` settles.
 */
import type { Clock } from "../../ports/clock.ts";
import type { Hedge, TurnReply } from "../../ports/turns.ts";
import { Ended } from "./ending.ts";

export const LOST_THE_RACE = new Ended({ kind: "cancelled", evidence: "a second attempt was faster" });
const ENDED = new DOMException("nothing is left to watch", "AbortError");

export type GoodReply = Extract<TurnReply, { kind: "reply" }>;

export interface Race {
  clock: Clock;
  hedge: Hedge;
  /** The end of the whole call, its slot and its reservation given back: whether it brought a good reply. Never rejects. */
  own: Promise<boolean>;
  /** Until when the call was waiting for its turn at the endpoint, where no second attempt would be sooner; -Infinity: it was not. */
  waitedUntil: () => number;
  /** Takes the same turn once more. */
  again: (signal: AbortSignal) => Promise<TurnReply>;
  /** Whether something ends both. */
  isStopped: () => boolean;
}

/** The reply of an attempt that was better; undefined: it rests with the call itself. */
export async function raceSlow({
  clock,
  hedge,
  own,
  again,
  waitedUntil,
  isStopped,
}: Race): Promise<GoodReply | undefined> {
  for (;;) {
    const done = new AbortController();
    const isSlow = await Promise.race([own.then(() => false), untilSlow({ clock, hedge, waitedUntil }, done.signal)]);
    done.abort(ENDED);
    if (!isSlow || isStopped()) return undefined;
    const rivalStop = new AbortController();
    const racing = again(rivalStop.signal);
    const isWon = await Promise.race([own, racing.then(() => false)]);
    if (isWon) rivalStop.abort(LOST_THE_RACE);
    const reply = await racing;
    if (isWon || reply.kind === "drained") return undefined;
    if (reply.kind === "reply") return reply;
  }
}

/** True once the call is slow and may be raced; false when it ended first. Looks again: its siblings may end after it began. */
async function untilSlow(
  { clock, hedge, waitedUntil }: Pick<Race, "clock" | "hedge" | "waitedUntil">,
  done: AbortSignal,
): Promise<boolean> {
  const started = clock.now();
  while (!done.aborted) {
    const tookMs = clock.now() - Math.max(started, waitedUntil());
    const leftMs = (hedge.afterMs() ?? Infinity) - tookMs;
    if (leftMs <= 0 && (await hedge.begin(tookMs))) return true;
    try {
      await clock.sleep(leftMs > 0 ? Math.min(leftMs, hedge.lookEveryMs) : hedge.lookEveryMs, done);
    } catch {
      return false;
    }
  }
  return false;
}
