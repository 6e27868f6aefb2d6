/** What the journal says of a write: the version that it made, the conflict that it met. Pure. */
import type { ArtifactEvent, ConflictRegion } from "../../../state/artifact.ts";
import type { JournalEntry } from "../../journal/events.ts";
import { mapSides } from "./sides.ts";

/** A line holds so much of a conflict; the board holds all of it. */
const MOST_REGIONS = 10;
const LONGEST_SIDE = 500;

/** Each with the key by which it is written once. `content`: the digest of the event itself, in the contents. */
export function writeEntries(
  { version, conflict, keptFrom }: ArtifactEvent,
  content: string,
): { key: string; entry: JournalEntry }[] {
  const entries: { key: string; entry: JournalEntry }[] = [];
  const kept = keptFrom === undefined ? {} : { keptFrom };
  if (version !== undefined) {
    const { artifact, type, hash, bytes, base, by } = version;
    const about = { artifact, type, version: version.version, base, hash, bytes };
    const data = { ...about, agent: by.agent, turn: by.turn, call: by.call, content, ...kept };
    const entry = { kind: "write" as const, subtask: by.subtask, attempt: by.attempt, data };
    entries.push({ key: `write/${artifact}/${version.version}`, entry });
  }
  if (conflict !== undefined) {
    const { id, artifact, base, committed, incoming, by, policy, result, reason } = conflict;
    const regions = conflict.regions.slice(0, MOST_REGIONS).map(shortened);
    const about = { id, artifact, base, committed, incoming, version: conflict.version, agent: by.agent };
    const places = conflict.regions.length;
    const data = {
      ...about,
      policy,
      result,
      ...(reason === undefined ? {} : { reason }),
      regions,
      places,
      content,
      ...kept,
    };
    const entry = { kind: "conflict" as const, subtask: by.subtask, attempt: by.attempt, data };
    entries.push({ key: `conflict/${id}/${result}/${conflict.committed}`, entry });
  }
  return entries;
}

function shortened(region: ConflictRegion): ConflictRegion {
  return { at: region.at, ...mapSides(region, (text) => text.slice(0, LONGEST_SIDE).toWellFormed()) };
}
