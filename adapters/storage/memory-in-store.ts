/** The memory of agents on LangGraph's `BaseStore`: a namespace for each profile, and for each run in which notes are its own. */
import type { BaseStore } from "@langchain/langgraph-checkpoint";
import type { Memory, NotePlace } from "../../engine/ports/memory.ts";
import { MOST_NOTES, type Note } from "../../state/memory.ts";
import { labelOf, readAll } from "./run-in-store.ts";
import { hash } from "node:crypto";

const ROOT = "glasshive-memory";
const ID_DIGITS = 12;

export function memoryInStore(store: BaseStore): Memory {
  const notes = async (place: NotePlace): Promise<Note[]> =>
    newestFirst(await readAll<Note>(store, namespaceOf(place)));
  const remove = (note: Note): Promise<void> => store.delete(namespaceOf(note), note.id);
  return {
    notes,
    remove,
    all: async () => newestFirst(await readAll<Note>(store, [ROOT])),
    async keep(given) {
      const words = [...namespaceOf(given), given.text].join("\n");
      const id = hash("sha256", words).slice(0, ID_DIGITS);
      const note: Note = { id, ...given };
      await store.put(namespaceOf(note), id, { ...note });
      const removed = (await notes(note)).slice(MOST_NOTES);
      for (const old of removed) await remove(old);
      return { note, removed };
    },
  };
}

function namespaceOf(place: NotePlace | Omit<Note, "id">): string[] {
  return place.scope === "home" ? [ROOT, "home", place.agent] : [ROOT, "run", labelOf(place.run), place.agent];
}

function newestFirst(notes: readonly Note[]): Note[] {
  return notes.toSorted((one, other) => other.at.localeCompare(one.at) || one.id.localeCompare(other.id));
}
