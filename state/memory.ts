/** What an agent keeps for later: notes of its own words, dated, with where they come from. */

/** `run`: for the rest of the run; `home`: for later runs too, of the same home (or of the store that a program hands in). */
export const MEMORY_SCOPES = ["none", "run", "home"] as const;
export type MemoryScope = (typeof MEMORY_SCOPES)[number];

/** Granted by a profile's `memory`, and by nothing else. */
export const MEMORY_TOOLS = ["recall", "remember"] as const;

export function isMemoryTool(name: string): boolean {
  return MEMORY_TOOLS.some((tool) => tool === name);
}

export interface Note {
  /** By the agent and the words: the same words again are the same note. */
  id: string;
  /** The profile whose note it is. */
  agent: string;
  text: string;
  /** ISO 8601; of the last time that it was kept. */
  at: string;
  /** The run and the subtask that kept it then. */
  run: string;
  subtask: string;
  scope: Exclude<MemoryScope, "none">;
}

/** Of one profile in one home, or run; characters of one note. The oldest make room. */
export const MOST_NOTES = 200;
export const MOST_NOTE_CHARACTERS = 2_000;
