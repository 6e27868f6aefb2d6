/** What `glasshive memory` does: what agents remember in this home, shown and forgotten. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DATABASE_FILE } from "../../../adapters/storage/database.ts";
import { inHomeStorage } from "../../../adapters/storage/home-storage.ts";
import { memoryInStore } from "../../../adapters/storage/memory-in-store.ts";
import type { Memory } from "../../../engine/ports/memory.ts";
import { SwarmError } from "../../../state/errors.ts";
import type { Note } from "../../../state/memory.ts";
import { listed, oneLine } from "../../../state/plain-text.ts";
import { EXIT } from "../exit-codes.ts";
import type { Asked, Flags } from "../home.ts";
import { print, TERMINAL } from "../terminal.ts";
import { cleanText } from "../view/terminal-text.ts";
import { dateTime, many } from "../../../state/amounts.ts";

interface MemoryFlags extends Flags {
  /** Only notes of this profile, or of this run alone. */
  agent?: string;
  run?: string;
  all?: boolean;
}

const SHOWN_CHARACTERS = 100;

/** Returns the exit code. */
export async function listNotes({ home, flags }: Asked<MemoryFlags>): Promise<number> {
  const notes = chosen(await inHome(home, (memory) => memory.all()), flags);
  if (flags.json !== true && notes.length === 0) TERMINAL.note("nothing is remembered here");
  else print(flags, notes, () => notes.map(lineOf).join("\n"));
  return EXIT.complete;
}

/** Throws SwarmError USAGE where there is no such note. */
export async function showNote({ home, flags }: Asked, id: string): Promise<number> {
  const note = noteOf(await inHome(home, (memory) => memory.all()), id);
  print(flags, note, () => [`${note.id}: kept ${sourceOf(note)}`, "", cleanLines(note.text)].join("\n"));
  return EXIT.complete;
}

/** Throws SwarmError USAGE where a note is not there, or none is named; then nothing is forgotten. */
export async function forgetNotes({ home, flags }: Asked<MemoryFlags>, ids: readonly string[]): Promise<number> {
  const isNarrowed = flags.agent !== undefined || flags.run !== undefined || flags.all === true;
  if (ids.length === 0 && !isNarrowed)
    throw new SwarmError("USAGE", "nothing says what to forget", {
      next: "name notes by their ids (glasshive memory list), --agent NAME, --run RUN_ID, or --all",
    });
  if (ids.length > 0 && isNarrowed)
    throw new SwarmError("USAGE", "notes are named by their ids and by a flag", { next: "name them in one way" });
  const forgotten = await inHome(home, async (memory) => {
    const all = await memory.all();
    const notes = ids.length > 0 ? ids.map((id) => noteOf(all, id)) : chosen(all, flags);
    for (const note of notes) await memory.remove(note);
    return notes;
  });
  if (flags.json === true) TERMINAL.out(JSON.stringify({ forgotten: forgotten.map(({ id }) => id) }));
  else TERMINAL.note(forgottenText(forgotten));
  return EXIT.complete;
}

/** A look creates no home. */
async function inHome(home: string, work: (memory: Kept) => Promise<Note[]>): Promise<Note[]> {
  if (!existsSync(join(home, DATABASE_FILE))) return work(NOTHING);
  return inHomeStorage(home, ({ store }) => work(memoryInStore(store)));
}

type Kept = Pick<Memory, "all" | "remove">;
const NOTHING: Kept = { all: () => Promise.resolve([]), remove: () => Promise.resolve() };

/** Notes of a run alone are that run's; those of a home name the run that kept them. */
function chosen(notes: readonly Note[], { agent, run }: MemoryFlags): Note[] {
  return notes.filter(
    (note) => (agent === undefined || note.agent === agent) && (run === undefined || note.run === run),
  );
}

/** The note with this id, or the only one whose id begins so. Throws SwarmError USAGE. */
function noteOf(notes: readonly Note[], id: string): Note {
  const found = notes.filter((note) => id !== "" && note.id.startsWith(id));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const why = found.length > 1 ? `${found.length} notes begin with "${id}"` : `there is no note "${cleanText(id)}"`;
  throw new SwarmError("USAGE", why, { next: "see: glasshive memory list" });
}

function lineOf(note: Note): string {
  return `${note.id}  ${sourceOf(note)}: ${cleanText(oneLine(note.text, SHOWN_CHARACTERS))}`;
}

function sourceOf({ at, agent, run, subtask, scope }: Note): string {
  const where = scope === "run" ? "for" : "by";
  return `${dateTime(at)} by ${agent} in ${subtask}, ${where} run ${run}`;
}

function cleanLines(text: string): string {
  return text.split("\n").map(cleanText).join("\n");
}

function forgottenText(notes: readonly Note[]): string {
  const runs = [...new Set(notes.map(({ run }) => run))];
  if (runs.length === 0) return "there was nothing to forget";
  return `forgotten: ${many(notes.length, "note")}. What runs did stays on record in them: ${listed(runs, 5)}`;
}
