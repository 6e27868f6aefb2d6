/**
 * The documents of a run as a planner is shown them: each folder once with what lies in it, as much of it as fits; and the places that
 * answer the task's own words best. Whatever is left out is counted. Pure.
 */
import { cutTo } from "../../../state/plain-text.ts";

/** Some 2,000 tokens: names have fewer characters a token than prose. */
const MOST_CHARACTERS = 7_000;
const MOST_ENDINGS = 3;
const OTHERS = "others";
/** The names of more files cannot fit. */
const MOST_NAMED = 2_000;
/** Of folders within folders; a tree of fewer lines than the least says too little. */
const [MOST_DEPTH, LEAST_LINES] = [8, 10];
const LONGEST_HEADING = 80;
const LONGEST_FOUND = 160;
/** Lines under titles and between parts. */
const RULES = /(?<!\S)[-=~^*_#+]{4,}(?!\S)/g;

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
  text: string;
}

/** The folders, and `found` below them, the best first. */
export function documentsView(files: readonly ListedFile[], found: readonly FoundPlace[]): string {
  const folders = foldersOf(files);
  const isFew = files.length <= MOST_NAMED;
  const ways = [...(isFew ? [described, named] : []), treeOf];
  let text = "";
  for (const way of ways) {
    text = way(folders);
    if (text.length <= MOST_CHARACTERS) break;
  }
  const places = found.map(placeLine);
  return [text, ...(places.length === 0 ? [] : ["Found for the task's own words, the best first:", ...places])].join(
    "\n",
  );
}

/** Of the names that an agent is told unasked: it has a tool that lists all. */
const MOST_BRIEFLY = 600;
const MOST_EXAMPLES = 5;

/** What each agent is told: all names by folder where there are few, else how many there are, and one of some folders. `given`: some of them. */
export function documentsBriefly(files: number, given: readonly ListedFile[]): string {
  // A name that runs over lines is none that anybody reads.
  const sample = given.filter(({ path }) => !/[\r\n]/.test(path));
  const sorted = sample.toSorted((one, other) => (one.path < other.path ? -1 : 1));
  const all = named(foldersOf(sorted));
  if (sample.length === files && all.length <= MOST_BRIEFLY) return all;
  const examples = [...foldersOf(sample).values()].slice(0, MOST_EXAMPLES).map(([first]) => first?.path);
  return `${count(files, "file")}, such as ${examples.join(", ")}`;
}

type Folders = ReadonlyMap<string, readonly ListedFile[]>;

function foldersOf(files: readonly ListedFile[]): Folders {
  return Map.groupBy(files, ({ path }) => path.slice(0, path.lastIndexOf("/") + 1) || "./");
}

function nameOf({ path }: ListedFile): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function described(folders: Folders): string {
  const each = [...folders].map(([folder, files]) => {
    const lines = files.map((file) => {
      const heading = file.heading === null ? "" : `: ${cut(file.heading, LONGEST_HEADING)}`;
      return `  ${nameOf(file)} (${file.lines} lines)${heading}`;
    });
    return [`${folder} (${count(files.length, "file")})`, ...lines].join("\n");
  });
  return each.join("\n");
}

function named(folders: Folders): string {
  const each = [...folders].map(
    ([folder, files]) => `${folder} (${count(files.length, "file")}) ${files.map(nameOf).join(", ")}`,
  );
  return each.join("\n");
}

/** Folders with what lies anywhere below them, down to the depth that fits; where that says little, as many of the next as fit. */
function treeOf(folders: Folders): string {
  const counted = [...folders].map(([folder, files]) => ({ parts: partsOf(folder), endings: endingsOf(files) }));
  const deepest = Math.min(MOST_DEPTH, Math.max(1, ...counted.map(({ parts }) => parts.length)));
  let deeper: string[] | undefined;
  for (let depth = deepest; depth >= 1; depth -= 1) {
    const lines = levelsOf(counted, depth);
    const isFitting = lines.join("\n").length <= MOST_CHARACTERS;
    if (isFitting && (deeper === undefined || lines.length >= LEAST_LINES)) return lines.join("\n");
    if (isFitting) break;
    deeper = lines;
  }
  let room = MOST_CHARACTERS;
  const all = deeper ?? [];
  const kept = all.filter((line) => (room -= line.length + 1) > 0);
  return [...kept, `and ${all.length - kept.length} more folders`].join("\n");
}

interface CountedFolder {
  parts: readonly string[];
  endings: ReadonlyMap<string, number>;
}

function levelsOf(folders: readonly CountedFolder[], depth: number): string[] {
  const below = Map.groupBy(folders, ({ parts }) => `${parts.slice(0, depth).join("/")}/`);
  return [...below].map(([folder, within]) => {
    const endings = new Map<string, number>();
    for (const [ending, files] of within.flatMap((one) => [...one.endings]))
      endings.set(ending, (endings.get(ending) ?? 0) + files);
    const files = [...endings.values()].reduce((sum, number) => sum + number, 0);
    const inner = within.length > 1 ? ` in ${within.length} folders` : "";
    return `${folder} ${count(files, "file")}${inner}: ${endingsText(endings, files)}`;
  });
}

function partsOf(folder: string): string[] {
  return folder.split("/").slice(0, -1);
}

function endingsOf(files: readonly ListedFile[]): Map<string, number> {
  const endings = new Map<string, number>();
  for (const file of files) {
    const ending = /\.\w{1,12}$/.exec(nameOf(file))?.[0].toLowerCase() ?? OTHERS;
    endings.set(ending, (endings.get(ending) ?? 0) + 1);
  }
  return endings;
}

/** `.md 120, .html 9, others 3`. */
function endingsText(endings: ReadonlyMap<string, number>, files: number): string {
  const sorted = [...endings].sort(([one, most], [other, more]) => more - most || (one < other ? -1 : 1));
  const told = sorted.filter(([ending]) => ending !== OTHERS).slice(0, MOST_ENDINGS);
  const left = files - told.reduce((sum, [, number]) => sum + number, 0);
  return [...told.map(([ending, number]) => `${ending} ${number}`), ...(left > 0 ? [`${OTHERS} ${left}`] : [])].join(
    ", ",
  );
}

function placeLine({ path, line, heading, text }: FoundPlace): string {
  const above = heading === undefined ? "" : ` ${cut(heading, LONGEST_HEADING)}:`;
  return `- ${path}:${line}${above} ${JSON.stringify(cut(text.replace(RULES, " "), LONGEST_FOUND))}`;
}

function cut(text: string, characters: number): string {
  return cutTo(text.replace(/\s+/g, " ").trim(), characters, " …");
}

function count(number: number, what: string): string {
  return `${number} ${number === 1 ? what : `${what}s`}`;
}
