/**
 * Warm-up of a provider's prompt cache: of siblings whose requests begin with the same long text, the first goes a moment ahead.
 * Once its first token comes, the cache holds that text, and the others are served from it. Sent all at once, each of them pays
 * for it in full (docs/decisions/0019).
 *
 * 1. At most one goes ahead for a prefix; the others wait for its first token, for its end, or for `waitMs` since it set out,
 *    whichever comes first. So nobody waits longer than `waitMs`, whatever becomes of the first.
 * 2. Nobody waits for a prefix that is warm. One that nobody has used for `STAYS_WARM_MS` is cold again.
 * 3. It has a timer only while somebody waits.
 */
import { toolBytes } from "../../policy/budget/estimate.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ModelProvider } from "../../ports/models.ts";
import type { TurnRequest } from "../../ports/turns.ts";

/** Providers cache prompts from 1,024 tokens on; less than four bytes a token are rare in what we write. */
const LEAST_BYTES = 4 * 1024;
/** Providers keep a prefix for five to ten minutes after its last use. */
export const STAYS_WARM_MS = 300_000;

/** Of who goes ahead. Both may be called more than once; only the first counts. */
export interface Lead {
  /** The first token is here. */
  arrived: () => void;
  /** The call ended; without a first token the prefix is cold. */
  ended: () => void;
}

interface Warming {
  state: "warming";
  since: number;
  released: Promise<void>;
  release: () => void;
  isReleased: boolean;
}
type Prefix = Warming | { state: "warm"; usedAt: number };

/** What the requests of siblings have in common; undefined where a warm cache would gain nothing. */
export function warmableKey({ shared, tools, model }: TurnRequest, models: ModelProvider): string | undefined {
  if (shared === undefined || shared.bytes + toolBytes(tools) < LEAST_BYTES) return undefined;
  const { id, cachesPrompts } = models.resolve(model);
  return cachesPrompts === false ? undefined : `${id}\n${shared.key}`;
}

export class PromptWarmUp {
  readonly #clock: Clock;
  readonly #waitMs: number;
  readonly #prefixes = new Map<string, Prefix>();

  /** `waitMs` 0: nobody goes ahead and nobody waits. */
  constructor(clock: Clock, waitMs: number) {
    this.#clock = clock;
    this.#waitMs = waitMs;
  }

  /** Resolves when the caller may go: with its lead where it goes ahead. Rejects with the reason of the signal. */
  async enter(key: string, signal: AbortSignal): Promise<Lead | undefined> {
    if (this.#waitMs === 0) return undefined;
    const now = this.#clock.now();
    const prefix = this.#prefixes.get(key);
    if (prefix === undefined || (prefix.state === "warm" && now - prefix.usedAt > STAYS_WARM_MS))
      return this.#lead(key, now);
    if (prefix.state === "warm") {
      prefix.usedAt = now;
      return undefined;
    }
    if (!prefix.isReleased) await this.#wait(prefix, signal);
    return undefined;
  }

  #lead(key: string, now: number): Lead {
    const gate = Promise.withResolvers<void>();
    const mine: Warming = {
      ...{ state: "warming", since: now, released: gate.promise, isReleased: false },
      release: () => {
        mine.isReleased = true;
        gate.resolve();
      },
    };
    this.#prefixes.set(key, mine);
    const settle = (isWarm: boolean): void => {
      if (this.#prefixes.get(key) !== mine) return;
      if (isWarm) this.#prefixes.set(key, { state: "warm", usedAt: this.#clock.now() });
      else this.#prefixes.delete(key);
      mine.release();
    };
    return { arrived: () => settle(true), ended: () => settle(false) };
  }

  async #wait(prefix: Warming, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const left = Math.max(0, prefix.since + this.#waitMs - this.#clock.now());
    try {
      await Promise.race([
        prefix.released,
        this.#clock.sleep(left, AbortSignal.any([signal, over.signal])).then(prefix.release),
      ]);
    } finally {
      over.abort();
    }
  }
}
