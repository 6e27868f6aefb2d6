/** How our laws are tried: always with the same seed, so that a red run is red again. */
import * as fc from "fast-check";

const SEED = 20_260_101;

/** Throws with the smallest counterexample that fast-check finds. */
export function holds<T extends unknown[]>(law: fc.IProperty<T>, runs = 100): void {
  fc.assert(law, { seed: SEED, numRuns: runs });
}

/** The same for a law that has to wait. */
export async function holdsInTime<T extends unknown[]>(law: fc.IAsyncProperty<T>, runs = 100): Promise<void> {
  await fc.assert(law, { seed: SEED, numRuns: runs });
}
