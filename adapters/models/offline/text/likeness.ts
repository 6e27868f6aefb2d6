/** How alike two texts are, by their stems; what repeats is recognised by it. */

/** Above this two sentences say the same. */
export const NEAR_DUPLICATE = 0.82;

/** Shared stems over all stems, 0 to 1. Pure. */
export function likeness(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  if (one.size === 0 || other.size === 0) return 0;
  const [small, large] = one.size < other.size ? [one, other] : [other, one];
  let shared = 0;
  for (const term of small) if (large.has(term)) shared += 1;
  return shared / (one.size + other.size - shared);
}
