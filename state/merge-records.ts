/** What the channels that all lanes write have in common: records of one run by a key, of which the newer one stays. */

/**
 * Records of another run are dropped for those of the newest write's run. Idempotent and batching-invariant where `isNewer` is a
 * strict order. Pure.
 */
export function mergeRecords<Kept extends { runId: string }>(
  current: Readonly<Record<string, Kept>>,
  writes: readonly Readonly<Record<string, Kept>>[],
  law: { keyOf: (record: Kept) => string; isNewer: (record: Kept, held: Kept) => boolean },
): Record<string, Kept> {
  let merged = { ...current };
  let runId = Object.values(merged)[0]?.runId;
  for (const write of writes) {
    for (const record of Object.values(write)) {
      if (runId !== record.runId) merged = {};
      runId = record.runId;
      const key = law.keyOf(record);
      // A key may be "constructor": only own records count.
      const held = Object.hasOwn(merged, key) ? merged[key] : undefined;
      if (held === undefined || law.isNewer(record, held)) merged[key] = record;
    }
  }
  return merged;
}
