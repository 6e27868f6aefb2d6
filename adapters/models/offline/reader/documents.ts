/** What the document tools have answered in a conversation, as documents: lines by path, and paths that were listed. Pure. */
import type { BaseMessage } from "@langchain/core/messages";

export interface Line {
  number: number;
  text: string;
}

export interface ReadDocument {
  path: string;
  /** In the order of their numbers; gaps are what was not read. */
  lines: Line[];
  totalLines: number | undefined;
  /** How early a search brought it up, 0 first. */
  rank: number;
}

export interface Seen {
  documents: ReadDocument[];
  /** Where searches found something, with the lines of each place; `place`: 0 for the best of its search. */
  hits: { path: string; first: number; last: number; place: number }[];
  /** Paths that were listed, and how many lines they have. */
  listed: ReadonlyMap<string, number>;
}

const OPEN =
  /^<passage place="([^"]+):(\d+)(?:-(\d+))?"(?: section="[^"]*")?(?: total="(\d+)")?(?: shown="above"(\/))?>$/;
const NUMBERED = /^(\d+): ?(.*)$/;
/** A very long line is shown in part, and the tool says so behind it. */
const PART_OF_LINE = / … \[characters \d+ to \d+ of a line of \d+\]$/;
const ENTITIES: Readonly<Record<string, string>> = { "&quot;": '"', "&lt;": "<", "&gt;": ">", "&amp;": "&" };

interface Reading {
  read: Map<string, { lines: Map<number, string>; totalLines: number | undefined; rank: number }>;
  hits: Seen["hits"];
  listed: Map<string, number>;
}

/** A document's own text stands behind its line's number, so nothing in it passes for a tag. Linear. */
export function seenIn(messages: readonly BaseMessage[]): Seen {
  const reading: Reading = { read: new Map(), hits: [], listed: new Map() };
  for (const { text, name } of messages) readAnswer(text, name ?? "", reading);
  const documents = [...reading.read].map(([path, { lines, totalLines, rank }]) => ({
    path,
    totalLines: totalLines ?? reading.listed.get(path),
    rank,
    lines: [...lines].sort(([one], [other]) => one - other).map(([number, text]) => ({ number, text })),
  }));
  return { documents, hits: reading.hits, listed: reading.listed };
}

function readAnswer(answer: string, tool: string, { read, hits, listed }: Reading): void {
  const before = hits.length;
  let open: { lines: Map<number, string>; hit: Seen["hits"][number] } | undefined;
  for (const row of answer.split("\n")) {
    const opening = open === undefined && row.startsWith("<passage ") ? OPEN.exec(row) : null;
    if (opening !== null) {
      const path = (opening[1] as string).replace(/&\w+;/g, (entity) => ENTITIES[entity] ?? entity);
      const entry = read.get(path) ?? { lines: new Map<number, string>(), totalLines: undefined, rank: read.size };
      if (opening[4] !== undefined) entry.totalLines = Number(opening[4]);
      read.set(path, entry);
      const first = Number(opening[2]);
      const hit = { path, first, last: Number(opening[3] ?? first), place: hits.length - before };
      if (tool === "search_documents") hits.push(hit);
      // Its lines stand in an answer before this one.
      if (opening[5] === undefined) open = { lines: entry.lines, hit };
    } else if (row === "</passage>") open = undefined;
    else if (open !== undefined) addLine(row, open);
    else if (tool === "list_documents") {
      const [, path, count] = /^(.+) \((\d+) lines?\)$/.exec(row) ?? [];
      if (path !== undefined) listed.set(path, Number(count));
    }
  }
}

function addLine(row: string, { lines, hit }: { lines: Map<number, string>; hit: Seen["hits"][number] }): void {
  const [, number, text = ""] = NUMBERED.exec(row) ?? [];
  if (number === undefined) return;
  hit.last = Number(number);
  if (!lines.has(hit.last)) lines.set(hit.last, text.replace(PART_OF_LINE, "").replace(/^… /, ""));
}

/** Whether a path is this file, or lies below this folder. */
export function isWithin(path: string, scope: string): boolean {
  return path === scope || path.startsWith(scope.endsWith("/") ? scope : `${scope}/`);
}
