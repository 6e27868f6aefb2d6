/** The known name that a mistyped one is nearest to; undefined where none is near. Pure. */
export function nearestName(typed: string, known: readonly string[]): string | undefined {
  const most = Math.max(2, Math.ceil(typed.length / 3));
  const distances = known.map((name) => ({ name, distance: distanceOf(typed.toLowerCase(), name.toLowerCase()) }));
  const [best] = distances.toSorted((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= most ? best.name : undefined;
}

/** The known name that a given one is but for case and separators; undefined where none is, or several are. Pure. */
export function sameName(given: string, known: readonly string[]): string | undefined {
  const same = known.filter((name) => folded(name) === folded(given));
  return same.length === 1 ? same[0] : undefined;
}

function folded(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}

/** Letters that lack, are too many, differ, or have changed places with their neighbour; a longer name than 60 is near to none. */
function distanceOf(left: string, right: string): number {
  if (left.length > 60) return Infinity;
  const rows = [Array.from({ length: right.length + 1 }, (_, index) => index)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= left.length; i += 1) {
    rows.push([i]);
    for (let j = 1; j <= right.length; j += 1) {
      const differs = left[i - 1] === right[j - 1] ? 0 : 1;
      const isSwapped = left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1];
      const swapped = isSwapped ? at(i - 2, j - 2) + 1 : Infinity;
      rows[i]?.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + differs, swapped));
    }
  }
  return at(left.length, right.length);
}
