/** Which document tools an agent calls next, by what it asks and what it has seen so far. Pure. */
import type { AgentBrief } from "../../../../engine/ports/brief.ts";
import { isWithin, type Seen } from "../reader/documents.ts";
import { askedPart, readQuestion, type Question } from "../reader/question.ts";
import { isStopWord, wordsLike } from "../reader/words.ts";
import { aspectsOf } from "./schema.ts";
import { readComparison, readEach } from "./task.ts";

export interface ToolRequest {
  tool: string;
  args: Record<string, unknown>;
}

export interface Scope {
  /** The item of the subtask, where it is a file or a folder; nothing outside of it counts. */
  only: string | undefined;
  /** Folders and files that are called as the question's words, the longest names first. */
  folders: string[];
  files: string[];
}

const MOST_NAMES = 12;
const MOST_NAMED = 3;
const MOST_DEEPER = 4;
const MOST_PLACES = 14;
const LINES_AROUND = { before: 150, after: 60 };
const PAGE_LINES = 400;
const MOST_PAGES = 24;
/** Turns of a look-up; and where all of a document has to be read. */
const MOST_TURNS = 3;
const MOST_READING_TURNS = 7;
/** What a folder says of itself. */
const OWN_PAGE = /(?:^|\/)(?:readme|index|skill|overview|introduction|about|licen[cs]e|copying)[^/]*$/i;
const DATA = /\.(?:json|toml|ya?ml)$/i;
const LONGEST_DATA = 2000;
const GLOB = /[\\*?[\]{}(),!+|^$\s<>"'`]/;

/** Without what the planner has added about how to answer. */
export function questionOf({ instructions }: AgentBrief["subtask"]): string {
  const [first = "", ...rest] = askedPart(instructions)
    .trim()
    .split(/\n\s*\n/);
  return rest.length === 0 || /[?？]/.test(first) || first.length < 200 ? first : askedPart(instructions);
}

export function nextCalls({ brief, seen, turn }: { brief: AgentBrief; seen: Seen; turn: number }): ToolRequest[] {
  const question = readQuestion(questionOf(brief.subtask));
  if (turn === 0) return firstLook(brief, question);
  const pages = readsWhole(question) && brief.subtask.expects === undefined ? wholeReads(brief, seen) : [];
  const isReading = pages.length > 0 && turn < MOST_READING_TURNS;
  if (turn >= MOST_TURNS) return isReading ? pages : [];
  return [...pages, ...(turn === 1 ? closerLook(brief, seen, question) : []), ...aroundHits(seen)];
}

export function readsWhole({ kind, text }: Question): boolean {
  return kind === "list" || (readEach(text) !== undefined && readComparison(text) === undefined);
}

function firstLook({ subtask: { item, expects, instructions } }: AgentBrief, { terms, text }: Question): ToolRequest[] {
  const query = terms.map(({ word }) => word).join(" ") || text.slice(0, 200);
  if (item !== undefined) {
    const asked = expects === undefined ? [query] : aspectsOf(expects).slice(0, 6);
    const path = /[/.]/.test(item) ? item : undefined;
    const own = path === undefined ? globsOf(item).map(list) : [list(`${path}/*`), read(path, 1)];
    const named = path === undefined ? [] : instructions.split(/\s+/).filter((word) => word.startsWith(`${path}/`));
    return [
      ...own,
      ...named.map((one) => read(one, 1)),
      ...asked.map((one) => search(`${item.split("/").at(-1)} ${one}`, 6, path)),
    ];
  }
  const names = terms.filter(({ isName }) => isName).map(({ word }) => word);
  const telling = terms.filter(({ weight }) => weight >= 1).slice(0, 5);
  return [
    ...globsOf(text).map(list),
    search(query, 20),
    ...(names.length > 1 ? [search(names.join(" "), 10)] : []),
    search(
      terms.map(({ word, isName }) => [word, ...(isName ? [] : wordsLike(word).slice(0, 3))].join(" ")).join(" "),
      8,
    ),
    // What is called by a name has an entry of its own somewhere among what only mentions it.
    ...telling.map(({ word, isName, parts }) => search(word, isName || parts.length > 1 ? 20 : 6)),
  ];
}

/** Into the documents that are named. */
function closerLook(brief: AgentBrief, seen: Seen, { terms, kind }: Question): ToolRequest[] {
  const { files, folders } = scopeOf(brief, seen);
  const own = folders.slice(0, MOST_NAMED).flatMap((folder) => {
    const direct = [...seen.listed].filter(
      ([path]) => isWithin(path, folder) && !path.slice(folder.length + 1).includes("/"),
    );
    const data = direct.filter(([path, lines]) => DATA.test(path) && lines <= LONGEST_DATA).slice(0, 2);
    const pages = data.flatMap(([path, lines]) =>
      Array.from({ length: Math.ceil(lines / PAGE_LINES) }, (_, page) => read(path, page * PAGE_LINES + 1)),
    );
    return [
      ...pages,
      ...direct
        .filter(([path]) => OWN_PAGE.test(path))
        .slice(0, 2)
        .map(([path]) => read(path, 1)),
    ];
  });
  const query = terms.map(({ word }) => word).join(" ");
  const named = [...files.slice(0, MOST_NAMED), ...folders.slice(0, MOST_NAMED)];
  // A search of all documents shows little of any one of them.
  const telling = terms.filter(({ isName, parts }) => isName || parts.length > 1).map(({ word }) => word);
  const often = [...Map.groupBy(seen.hits, ({ path }) => path)].sort(([, one], [, other]) => other.length - one.length);
  const deeper = often
    .slice(0, MOST_DEEPER)
    .flatMap(([path]) =>
      telling.slice(0, MOST_NAMED).map((word) => search(kind === "default" ? `${word} default` : word, 20, path)),
    );
  return [...own, ...named.map((path) => search(query, 6, path)), ...deeper];
}

/** The best of each search come before the second of any. */
function aroundHits({ hits, documents, listed }: Seen): ToolRequest[] {
  const ends = new Map([...listed, ...documents.map(({ path, totalLines }) => [path, totalLines] as const)]);
  const known = new Map(documents.map(({ path, lines }) => [path, new Set(lines.map(({ number }) => number))]));
  return [...hits]
    .sort((one, other) => one.place - other.place)
    .slice(0, MOST_PLACES)
    .flatMap(({ path, first, last }) => {
      const from = Math.max(1, first - LINES_AROUND.before);
      const to = Math.min(ends.get(path) ?? Infinity, last + LINES_AROUND.after);
      const lines = known.get(path) ?? new Set();
      const around = Array.from({ length: to - from + 1 }, (_, index) => from + index);
      if (around.every((line) => lines.has(line))) return [];
      for (const line of around) lines.add(line);
      return [{ tool: "read_document", args: { path, from_line: from, line_count: to - from + 1 } }];
    });
}

/** The next pages of the documents that a list is to be taken from. */
function wholeReads(brief: AgentBrief, seen: Seen): ToolRequest[] {
  const { files } = scopeOf(brief, seen);
  const paths = files.length > 0 ? files.slice(0, 1) : [...new Set(seen.hits.map(({ path }) => path))].slice(0, 2);
  return paths.flatMap((path) => {
    const document = seen.documents.find((one) => one.path === path);
    const total = document?.totalLines ?? seen.listed.get(path);
    const known = new Set(document?.lines.map(({ number }) => number));
    const pages: ToolRequest[] = [];
    for (let line = 1; line <= (total ?? 1) && pages.length < MOST_PAGES; line += 1) {
      if (known.has(line)) continue;
      pages.push(read(path, line));
      line += PAGE_LINES - 1;
    }
    return pages;
  });
}

/** Globs of the documents that may be called as words of a text: `git-clone.txt` for "git clone", all of `zod/` for "zod". */
function globsOf(text: string): string[] {
  const names = namesOf(text);
  const any = names.length === 1 ? names[0] : `{${names.join(",")}}`;
  return names.length === 0 ? [] : [`**/${any}/*`, `**/${any}.*`];
}

/** Pairs of words before single ones. */
function namesOf(text: string): string[] {
  const words = text
    .split(/[\s,;:!?()]+/)
    .map((word) => word.replace(/^[`"'“‘]+|[`"'”’.…]+$/g, "").replace(/['’]s$/, ""))
    .filter((word) => word.length > 1 && !GLOB.test(word) && /\p{L}/u.test(word) && !word.startsWith("-"));
  const pairs = words.slice(1).map((word, at) => [words[at] as string, word] as const);
  const joined = pairs.filter((pair) => !pair.some(isStopWord)).map((pair) => pair.join("-"));
  const names = [...joined, ...words.filter((word) => !isStopWord(word))].slice(0, MOST_NAMES);
  return [...new Set(names.flatMap((name) => [name, name.toLowerCase()]))];
}

export function scopeOf({ subtask }: AgentBrief, { listed, documents }: Seen): Scope {
  const { item } = subtask;
  const paths = [...listed.keys(), ...documents.map(({ path }) => path)];
  if (item !== undefined && paths.includes(item)) return { only: item, folders: [], files: [item] };
  if (item !== undefined && paths.some((path) => isWithin(path, item)))
    return { only: item, folders: [item], files: [] };
  const names = namesOf(item ?? questionOf(subtask)).map((name) => name.toLowerCase());
  const folders = new Set([...listed.keys()].map((path) => path.slice(0, Math.max(0, path.lastIndexOf("/")))));
  const byName = (some: Iterable<string>, nameOf: (path: string) => string): string[] =>
    [...some]
      .map((path) => ({ path, place: names.indexOf(nameOf(path.toLowerCase())), depth: path.split("/").length }))
      .filter(({ place }) => place >= 0)
      .sort((one, other) => one.place - other.place || one.depth - other.depth || (one.path < other.path ? -1 : 1))
      .map(({ path }) => path);
  return {
    only: undefined,
    // `@types/node` is not called `node`: a scope is part of a name.
    folders: byName(folders, (path) => /(?:@[^/]+\/)?[^/]*$/.exec(path)?.[0] ?? ""),
    files: byName(listed.keys(), (path) => (path.split("/").at(-1) ?? "").replace(/\.[a-z]{1,8}$/, "")),
  };
}

function list(pattern: string): ToolRequest {
  return { tool: "list_documents", args: { pattern, limit: 60 } };
}

function read(path: string, from: number): ToolRequest {
  return { tool: "read_document", args: { path, from_line: from, line_count: PAGE_LINES } };
}

function search(query: string, limit: number, path?: string): ToolRequest {
  return { tool: "search_documents", args: { query, limit, ...(path === undefined ? {} : { path }) } };
}
