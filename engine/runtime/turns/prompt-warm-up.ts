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
  since: number;
  /** Resolves with its first token, or its end. */
  promise: Promise<void>;
}

/** What the requests of siblings have in common; undefined where a warm cache would gain nothing. */
export function warmableKey(
  { prompt: { shared, tools }, model }: TurnRequest,
  models: ModelProvider,
): string | undefined {
  if (shared === undefined || shared.bytes + toolBytes(tools) < LEAST_BYTES) return undefined;
  const { id, cachesPrompts } = models.resolve(model);
  return cachesPrompts === false ? undefined : `${id}\n${shared.key}`;
}

export class PromptWarmUp {
  readonly #clock: Clock;
  readonly #waitMs: number;
  /** By prefix: who went ahead, and when a warm one was last used. */
  readonly #warming = new Map<string, Warming>();
  readonly #usedAt = new Map<string, number>();

  /** `waitMs` 0: nobody goes ahead and nobody waits. */
  constructor(clock: Clock, waitMs: number) {
    this.#clock = clock;
    this.#waitMs = waitMs;
  }

  /** Resolves when the caller may go: with its lead where it goes ahead. Rejects with the reason of the signal. */
  async enter(key: string, signal: AbortSignal): Promise<Lead | undefined> {
    if (this.#waitMs === 0) return undefined;
    const now = this.#clock.now();
    const warming = this.#warming.get(key);
    if (warming !== undefined) await this.#wait(warming, signal);
    else if (now - (this.#usedAt.get(key) ?? -Infinity) > STAYS_WARM_MS) return this.#lead(key, now);
    else this.#usedAt.set(key, now);
    return undefined;
  }

  #lead(key: string, since: number): Lead {
    const { promise, resolve } = Promise.withResolvers<void>();
    const mine = { since, promise };
    this.#warming.set(key, mine);
    const settle = (isWarm: boolean): void => {
      if (this.#warming.get(key) !== mine) return;
      this.#warming.delete(key);
      if (isWarm) this.#usedAt.set(key, this.#clock.now());
      resolve();
    };
    return { arrived: () => settle(true), ended: () => settle(false) };
  }

  async #wait({ since, promise }: Warming, signal: AbortSignal): Promise<void> {
    const left = since + this.#waitMs - this.#clock.now();
    if (left <= 0) return;
    const over = new AbortController();
    try {
      await Promise.race([promise, this.#clock.sleep(left, AbortSignal.any([signal, over.signal]))]);
    } finally {
      over.abort();
    }
  }
}
