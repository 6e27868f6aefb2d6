/**
 * Watches one model call: no token for too long (`idle`), too long in all (`timeout`), past the time of its subtask
 * (`deadline`). One timer for each call, whatever the number of tokens.
 */
import type { Detection } from "../../state/recovery-policy.ts";
import type { Signal } from "../../state/signal.ts";
import type { Clock } from "../ports/clock.ts";

export interface CallWatch {
  /** Aborts with the call's time. */
  readonly signal: AbortSignal;
  /** Something came: the call is alive. */
  touch(): void;
  /** The longest time so far in which nothing came, in milliseconds. */
  longestGapMs(): number;
  /** Why the watch aborted; undefined while it has not. */
  verdict(): Signal | undefined;
  /** Leaves no timer behind. */
  dispose(): void;
}

export interface CallLimits extends Pick<Detection, "idleMs" | "callMs"> {
  /** When the subtask's time is over, in milliseconds since the epoch. */
  endsAt: number | undefined;
}

const OVER = new DOMException("the call took too long", "TimeoutError");
const ENDED = new DOMException("the call ended", "AbortError");

export function watchCall(clock: Clock, limits: CallLimits): CallWatch {
  const started = clock.now();
  const over = new AbortController();
  const ended = new AbortController();
  let last = started;
  let longestGapMs = 0;
  let verdict: Signal | undefined;
  const watch = async (): Promise<void> => {
    for (;;) {
      const now = clock.now();
      verdict = verdictAt(now, { started, last }, limits);
      if (verdict !== undefined) return over.abort(OVER);
      const next = Math.min(last + limits.idleMs, started + limits.callMs, limits.endsAt ?? Infinity);
      try {
        await clock.sleep(Math.max(1, next - now), ended.signal);
      } catch {
        // The call ended first.
        return;
      }
    }
  };
  void watch();
  return {
    signal: over.signal,
    touch: () => {
      const now = clock.now();
      longestGapMs = Math.max(longestGapMs, now - last);
      last = now;
    },
    longestGapMs: () => Math.max(longestGapMs, clock.now() - last),
    verdict: () => verdict,
    dispose: () => ended.abort(ENDED),
  };
}

function verdictAt(
  now: number,
  { started, last }: { started: number; last: number },
  limits: CallLimits,
): Signal | undefined {
  if (limits.endsAt !== undefined && now >= limits.endsAt) {
    return { kind: "deadline", evidence: "the subtask's time is over" };
  }
  if (now - started >= limits.callMs)
    return { kind: "timeout", evidence: `the call took more than ${seconds(limits.callMs)}` };
  if (now - last >= limits.idleMs)
    return { kind: "idle", evidence: `no token and no event for ${seconds(limits.idleMs)}` };
  return undefined;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
