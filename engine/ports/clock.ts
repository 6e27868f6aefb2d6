/** Time, as the engine needs it. Owns no behaviour. */

/** Time. Milliseconds since the epoch; tests hand in their own. */
export interface Clock {
  now(): number;
  /** Resolves after `ms`, or rejects with the signal's reason as soon as it aborts; leaves no timer behind. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
