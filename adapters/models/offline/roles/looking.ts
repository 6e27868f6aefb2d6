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
/** What a folder says of itself: two files of each. */
const OWN_PAGES = [
  /\.(?:json|toml|ya?ml)$/i,
  /(?:^|\/)(?:readme|index|skill|overview|introduction|about|licen[cs]e|copying)[^/]*$/i,
];
const LONGEST_OWN = 2000;
const GLOB = /[\\*?[\]{}(),!+|^$\s<>"'`]/;

/** Without what the planner has added about how to answer. */
export function questionOf({ instructions }: AgentBrief["subtask"]): string {
  const asked = askedPart(instructions).trim();
  const [first = ""] = asked.split(/\n\s*\n/);
  return /[?？]/.test(first) || first.length < 200 ? first : asked;
}

export function nextCalls({ brief, seen, turn }: { brief: AgentBrief; seen: Seen; turn: number }): ToolRequest[] {
  const question = readQuestion(questionOf(brief.subtask));
  if (turn === 0) return firstLook(brief, question);
  const isReading = readsWhole(question) && brief.subtask.expects === undefined && turn < MOST_READING_TURNS;
  const pages = isReading ? wholeReads(brief, seen) : [];
  if (turn >= MOST_TURNS) return pages;
  return [...pages, ...(turn === 1 ? closerLook(brief, seen, question) : []), ...aroundHits(seen)];
}

export function readsWhole({ kind, text }: Question): boolean {
  return kind === "list" || (readEach(text) !== undefined && readComparison(text) === undefined);
}

function firstLook({ subtask: { item, expects, instructions } }: AgentBrief, { terms, text }: Question): ToolRequest[] {
  const query = terms.map(({ word }) => word).join(" ") || text.slice(0, 200);
  if (item !== undefined) {
    const path = /[/.]/.test(item) ? item : undefined;
    const named = path === undefined ? [] : instructions.split(/\s+/).filter((word) => word.startsWith(`${path}/`));
    const asked = expects === undefined ? [query] : aspectsOf(expects).slice(0, 6);
    return [
      ...(path === undefined ? globsOf(item) : [`${path}/*`]).map(list),
      ...(path === undefined ? [] : [path, ...named]).map((one) => read(one, 1)),
      ...asked.map((one) => search(`${item.split("/").at(-1)} ${one}`, 6, path)),
    ];
  }
  const names = terms.filter(({ isName }) => isName).map(({ word }) => word);
  const meant = terms.map(({ word, isName }) => [word, ...(isName ? [] : wordsLike(word).slice(0, 3))].join(" "));
  return [
    ...globsOf(text).map(list),
    search(query, 20),
    ...(names.length > 1 ? [search(names.join(" "), 10)] : []),
    search(meant.join(" "), 8),
    // What is called by a name has an entry of its own somewhere among what only mentions it.
    ...terms
      .filter(({ isMain }) => isMain)
      .slice(0, 5)
      .map(({ word, isName, parts }) => search(word, isName || parts.length > 1 ? 20 : 6)),
  ];
}

/** Into the documents that are named, and those that bear a name most often: a search of all shows little of any one. */
function closerLook(brief: AgentBrief, seen: Seen, { terms, kind }: Question): ToolRequest[] {
  const { files, folders } = scopeOf(brief, seen);
  const ownPages = folders.slice(0, MOST_NAMED).flatMap((folder) => {
    const isOwn = ([path, lines]: [string, number]): boolean =>
      path.slice(0, path.lastIndexOf("/")) === folder && lines <= LONGEST_OWN;
    const own = [...seen.listed].filter(isOwn).map(([path]) => path);
    return OWN_PAGES.flatMap((page) => own.filter((path) => page.test(path)).slice(0, 2)).map((path) => read(path, 1));
  });
  const query = terms.map(({ word }) => word).join(" ");
  const named = [...files.slice(0, MOST_NAMED), ...folders.slice(0, MOST_NAMED)].map((path) => search(query, 6, path));
  const telling = terms.filter(({ isName, parts }) => isName || parts.length > 1).slice(0, MOST_NAMED);
  const often = [...Map.groupBy(seen.hits, ({ path }) => path)].sort(([, one], [, other]) => other.length - one.length);
  const deeper = often
    .slice(0, MOST_DEEPER)
    .flatMap(([path]) => telling.map(({ word }) => search(kind === "default" ? `${word} default` : word, 20, path)));
  return [...ownPages, ...named, ...deeper];
}

/** The best of each search come before the second of any. */
function aroundHits(seen: Seen): ToolRequest[] {
  const unread = new Unread(seen);
  return [...seen.hits]
    .sort((one, other) => one.place - other.place)
    .slice(0, MOST_PLACES)
    .flatMap(({ path, first, last }) =>
      unread.reads(path, Math.max(1, first - LINES_AROUND.before), last + LINES_AROUND.after),
    );
}

/** All of the documents that a list is to be taken from. */
function wholeReads(brief: AgentBrief, seen: Seen): ToolRequest[] {
  const { files } = scopeOf(brief, seen);
  const paths = files.length > 0 ? files.slice(0, 1) : [...new Set(seen.hits.map(({ path }) => path))].slice(0, 2);
  const unread = new Unread(seen);
  return paths.flatMap((path) => unread.reads(path, 1, Infinity).slice(0, MOST_PAGES));
}

/** What of the documents nobody has read or asked for yet. */
class Unread {
  readonly #known = new Map<string, Set<number>>();
  readonly #lines: Map<string, number>;

  constructor({ documents, listed }: Seen) {
    this.#lines = new Map(listed);
    for (const { path, lines, totalLines } of documents) {
      this.#known.set(path, new Set(lines.map(({ number }) => number)));
      if (totalLines !== undefined) this.#lines.set(path, totalLines);
    }
  }

  /** Page by page; of a document whose length nobody knows the first page. */
  reads(path: string, from: number, to: number): ToolRequest[] {
    const known = this.#known.get(path) ?? new Set();
    this.#known.set(path, known);
    if (!this.#lines.has(path)) {
      // To read of it, also again, is to be told how long it is.
      known.clear();
      this.#lines.set(path, Infinity);
    }
    const end = Math.min(to, this.#lines.get(path) ?? Infinity);
    const last = end === Infinity ? from + PAGE_LINES - 1 : end;
    const found: ToolRequest[] = [];
    for (let line = from; line <= last; line += 1) {
      if (known.has(line)) continue;
      const count = Math.min(PAGE_LINES, last - line + 1);
      found.push(read(path, line, count));
      for (let at = line; at < line + count; at += 1) known.add(at);
    }
    return found;
  }
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
  const called = (some: Iterable<string>, nameIn: RegExp): string[] =>
    [...some]
      .map((path) => ({
        path,
        at: names.indexOf(nameIn.exec(path.toLowerCase())?.[0] ?? ""),
        depth: path.split("/").length,
      }))
      .filter(({ at }) => at >= 0)
      .sort((one, other) => one.at - other.at || one.depth - other.depth || (one.path < other.path ? -1 : 1))
      .map(({ path }) => path);
  // `@types/node` is not called `node`: a scope is part of a name.
  return {
    only: undefined,
    folders: called(folders, /(?:@[^/]+\/)?[^/]*$/),
    files: called(listed.keys(), /[^/]*?(?=\.[a-z]{1,8}$|$)/),
  };
}

function list(pattern: string): ToolRequest {
  return { tool: "list_documents", args: { pattern, limit: 60 } };
}

function read(path: string, from: number, count = PAGE_LINES): ToolRequest {
  return { tool: "read_document", args: { path, from_line: from, line_count: count } };
}

function search(query: string, limit: number, path?: string): ToolRequest {
  return { tool: "search_documents", args: { query, limit, ...(path === undefined ? {} : { path }) } };
}
