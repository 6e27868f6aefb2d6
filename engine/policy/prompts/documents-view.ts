/**
 * The documents of a run as a planner is shown them: each folder once with what lies in it, as much of it as fits; and the places that
 * answer the task's own words best. Whatever is left out is counted. Pure.
 */
import { cutTo } from "../../../state/plain-text.ts";

/** Some 2,000 tokens: names have fewer characters a token than prose. */
const MOST_CHARACTERS = 7_000;
const MOST_ENDINGS = 3;
const LONGEST_HEADING = 80;
const LONGEST_FOUND = 160;

export interface ListedFile {
  /** As it is cited. */
  path: string;
  lines: number;
  /** The first one; null where it has none. */
  heading: string | null;
}

export interface FoundPlace {
  path: string;
  line: number;
  /** The nearest above the place. */
  heading: string | undefined;
  /** What stands there. */
  text: string;
}

/** The folders, and `found` below them, the best first. */
export function documentsView(files: readonly ListedFile[], found: readonly FoundPlace[]): string {
  const folders = foldersOf(files);
  const ways = [() => listed(folders, describedFile), () => listed(folders, nameOf), () => treeOf(folders)];
  let text = "";
  for (const way of ways) {
    text = way();
    if (text.length <= MOST_CHARACTERS) break;
  }
  const places = found.map(placeLine);
  return [text, ...(places.length === 0 ? [] : ["Found for the task's own words, the best first:", ...places])].join(
    "\n",
  );
}

type Folders = ReadonlyMap<string, readonly ListedFile[]>;

function foldersOf(files: readonly ListedFile[]): Folders {
  return Map.groupBy(files, ({ path }) => path.slice(0, path.lastIndexOf("/") + 1) || "./");
}

function nameOf({ path }: ListedFile): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function describedFile(file: ListedFile): string {
  const heading = file.heading === null ? "" : `: ${cut(file.heading, LONGEST_HEADING)}`;
  return `\n  ${nameOf(file)} (${file.lines} lines)${heading}`;
}

function listed(folders: Folders, describe: (file: ListedFile) => string): string {
  const each = [...folders].map(([folder, files]) => {
    const [first = "", ...rest] = files.map(describe);
    const names = first.startsWith("\n") ? [first, ...rest].join("") : ` ${[first, ...rest].join(", ")}`;
    return `${folder} (${count(files.length, "file")})${names}`;
  });
  return each.join("\n");
}

/** Folders with what lies anywhere below them, down to the depth that fits; of too many on one level the largest. */
function treeOf(folders: Folders): string {
  let lines: string[] = [];
  for (let depth = deepest(folders); depth >= 1; depth -= 1) {
    lines = levelsOf(folders, depth);
    if (lines.join("\n").length <= MOST_CHARACTERS) return lines.join("\n");
  }
  let room = MOST_CHARACTERS;
  const kept = lines.filter((line) => (room -= line.length + 1) > 0);
  return [...kept, `and ${lines.length - kept.length} more folders`].join("\n");
}

function deepest(folders: Folders): number {
  return Math.max(1, ...[...folders.keys()].map((folder) => partsOf(folder).length));
}

/** Down to `depth` below the folder that all have in common. */
function levelsOf(folders: Folders, depth: number): string[] {
  const below = Map.groupBy(folders, ([folder]) => `${partsOf(folder).slice(0, depth).join("/")}/`);
  return [...below].map(([folder, within]) => {
    const files = within.flatMap(([, own]) => own);
    const inner = within.length > 1 ? ` in ${within.length} folders` : "";
    return `${folder} ${count(files.length, "file")}${inner}: ${endingsOf(files)}`;
  });
}

function partsOf(folder: string): string[] {
  return folder.split("/").slice(0, -1);
}

/** What files they are, by their endings: `.md 120, .html 9, others 3`. */
function endingsOf(files: readonly ListedFile[]): string {
  const byEnding = Map.groupBy(files, (file) => /\.\w{1,12}$/.exec(nameOf(file))?.[0].toLowerCase() ?? "others");
  const sorted = [...byEnding]
    .map(([ending, of]) => ({ ending, of: of.length }))
    .sort((one, other) => other.of - one.of || (one.ending < other.ending ? -1 : 1));
  const named = sorted.filter(({ ending }) => ending !== "others").slice(0, MOST_ENDINGS);
  const left = files.length - named.reduce((sum, { of }) => sum + of, 0);
  return [...named.map(({ ending, of }) => `${ending} ${of}`), ...(left > 0 ? [`others ${left}`] : [])].join(", ");
}

function placeLine({ path, line, heading, text }: FoundPlace): string {
  const above = heading === undefined ? "" : ` ${cut(heading, LONGEST_HEADING)}:`;
  return `- ${path}:${line}${above} ${JSON.stringify(cut(text, LONGEST_FOUND))}`;
}

function cut(text: string, characters: number): string {
  return cutTo(text.replace(/\s+/g, " ").trim(), characters, " …");
}

function count(number: number, what: string): string {
  return `${number} ${number === 1 ? what : `${what}s`}`;
}
