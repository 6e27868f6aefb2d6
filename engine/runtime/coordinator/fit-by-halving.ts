/**
 * Work in parts that must each fit into something whose size is only found out by trying: a part that is too long is halved.
 *
 * 1. As long as no size is known to fit, one part is tried alone; then those of a size that fits go together.
 * 2. A part as large as one that was too long is halved without being tried.
 * 3. Parts and attempts are bounded; parts that could not be fitted come back without a result. Order is kept.
 */

export type Attempt<Result> = { kind: "fits"; result: Result } | { kind: "too-long" };

export interface Halving<Part, Result> {
  parts: readonly Part[];
  sizeOf(part: Part): number;
  /** Undefined: it cannot be halved any further. */
  halve(part: Part): readonly [Part, Part] | undefined;
  /** `place`: which of how many parts it is, as things stand. */
  attempt(part: Part, place: { number: number; of: number }): Promise<Attempt<Result>>;
  mostParts: number;
  mostAttempts: number;
  /** Attempts side by side. */
  atOnce: number;
}

export interface Fitted<Part, Result> {
  part: Part;
  /** Undefined: too long at its smallest, or not tried any more. */
  result: Result | undefined;
}

interface Place<Part, Result> extends Fitted<Part, Result> {
  state: "open" | "tried" | "too-long" | "given-up";
}

/** Sizes within this factor count as the same: parts are cut between items. */
const ABOUT = 1.1;

/** Rejects as `attempt` does, once the attempts beside it have ended. */
export async function fitByHalving<Part, Result>(work: Halving<Part, Result>): Promise<Fitted<Part, Result>[]> {
  let places: Place<Part, Result>[] = work.parts.map((part) => ({ part, result: undefined, state: "open" }));
  let attempts = 0;
  const known = { fits: 0, tooLong: Infinity };
  for (;;) {
    const wave = nextWave(places, { work, known, most: Math.min(work.atOnce, work.mostAttempts - attempts) });
    if (wave.length === 0) return places.map(({ part, result }) => ({ part, result }));
    attempts += wave.length;
    const of = places.length;
    const outcomes = await Promise.allSettled(
      wave.map((place) => work.attempt(place.part, { number: places.indexOf(place) + 1, of })),
    );
    for (const [index, place] of wave.entries()) note(place, outcomes[index], { work, known });
    places = halved(places, work, known.tooLong);
  }
}

interface Known {
  fits: number;
  tooLong: number;
}

function nextWave<Part, Result>(
  places: readonly Place<Part, Result>[],
  { work, known, most }: { work: Halving<Part, Result>; known: Known; most: number },
): Place<Part, Result>[] {
  const open = places.filter(({ state }) => state === "open");
  const fitting = open.filter(({ part }) => work.sizeOf(part) <= ABOUT * known.fits);
  if (fitting.length > 0) return fitting.slice(0, Math.max(0, most));
  const largest = open.toSorted((one, other) => work.sizeOf(other.part) - work.sizeOf(one.part));
  return largest.slice(0, Math.max(0, Math.min(1, most)));
}

/** Throws what the attempt threw. */
function note<Part, Result>(
  place: Place<Part, Result>,
  outcome: PromiseSettledResult<Attempt<Result>> | undefined,
  { work, known }: { work: Halving<Part, Result>; known: Known },
): void {
  if (outcome?.status !== "fulfilled") throw outcome?.reason;
  const size = work.sizeOf(place.part);
  if (outcome.value.kind === "fits") {
    Object.assign(place, { state: "tried", result: outcome.value.result });
    known.fits = Math.max(known.fits, size);
  } else {
    Object.assign(place, { state: "too-long" });
    known.tooLong = Math.min(known.tooLong, size);
  }
}

function halved<Part, Result>(
  places: readonly Place<Part, Result>[],
  work: Halving<Part, Result>,
  tooLong: number,
): Place<Part, Result>[] {
  let count = places.length;
  return places.flatMap((place): Place<Part, Result>[] => {
    const isHopeless = place.state === "open" && ABOUT * work.sizeOf(place.part) >= tooLong;
    if (place.state !== "too-long" && !isHopeless) return [place];
    const halves = count < work.mostParts ? work.halve(place.part) : undefined;
    if (halves === undefined) return [{ ...place, state: "given-up" }];
    count += 1;
    return halves.map((part) => ({ part, result: undefined, state: "open" }));
  });
}
