/** What redaction leaves behind: the names of what was taken out, and how often; never the text. */

/** By the name of the pattern; of a key that the process was given `key`. */
export type RedactedCounts = Record<string, number>;

/** Where what came in came from. */
export const REDACTION_SOURCES = ["input", "documents", "model", "tool"] as const;
export type RedactionSource = (typeof REDACTION_SOURCES)[number];

/** Adds the second to the first. */
export function addCounts(counts: RedactedCounts, more: RedactedCounts): void {
  for (const [name, count] of Object.entries(more)) counts[name] = (counts[name] ?? 0) + count;
}

/** `email 3, key 1`. */
export function countsText(counts: RedactedCounts): string {
  return Object.entries(counts)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");
}
