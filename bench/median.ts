/** The median of each number over several measurements; everything else is taken from the first. */
export function medianOf<Row extends object>(rows: readonly Row[]): Row {
  const [first] = rows;
  if (first === undefined) throw new Error("there is nothing to take a median of");
  const medians = Object.entries(first).map(([key, value]: [string, unknown]) => {
    if (typeof value !== "number") return [key, value];
    const sorted = rows.map((row) => Number((row as Record<string, unknown>)[key])).sort((a, b) => a - b);
    return [key, sorted[Math.floor((sorted.length - 1) / 2)]];
  });
  return Object.fromEntries(medians) as Row;
}
