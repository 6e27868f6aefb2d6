/** The known name that a mistyped one is nearest to; undefined where none is near. Pure. */
export function nearestName(typed: string, known: readonly string[]): string | undefined {
  const most = Math.max(2, Math.ceil(typed.length / 3));
  const distances = known.map((name) => ({ name, distance: distanceOf(typed.toLowerCase(), name.toLowerCase()) }));
  const [best] = distances.toSorted((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= most ? best.name : undefined;
}

/** Levenshtein's distance; a name is short, and a longer one is near to none. */
function distanceOf(left: string, right: string): number {
  if (left.length > 60) return Infinity;
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...left].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...right].entries())
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1)));
    row = next;
  }
  return row.at(-1) ?? 0;
}
