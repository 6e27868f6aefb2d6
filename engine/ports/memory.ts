/** The memory of agents, over runs. Owns no behaviour. */
import type { Note } from "../../state/memory.ts";

/** Whose notes: a profile's, over all runs or in one. */
export type NotePlace = Pick<Note, "agent"> & ({ scope: "home" } | { scope: "run"; run: string });

/**
 * Notes by profile and scope.
 * 1. The same words of the same profile are one note, whose date and source are those of the last time.
 * 2. Of a place there are at most `MOST_NOTES` (state/memory.ts): keeping one more removes the oldest.
 * 3. What is removed is not found again by anybody.
 */
export interface Memory {
  /** Returns the note, durable, and those that made room for it. */
  keep(note: Omit<Note, "id">): Promise<{ note: Note; removed: Note[] }>;
  /** Of one place, the newest first. */
  notes(place: NotePlace): Promise<Note[]>;
  /** Of all places, the newest first. */
  all(): Promise<Note[]>;
  remove(note: Note): Promise<void>;
}
