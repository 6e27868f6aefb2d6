/**
 * The text of an HTML page, each piece on the line that it has in the source, so that `path:line` opens there. Keeps no
 * markup, no scripts, no styles and no navigation; entities are decoded; outside of `pre`, runs of blanks are one space.
 * What parts a page is marked as in Markdown: `## ` before a heading, `- ` before an item; what defines a term stands further in, code behind a tab.
 *
 * 1. A table's row is one line, its cells parted by ` | `, at the line where the row begins.
 * 2. Where one line of the source holds several rows, or as much text as a page, the page has lines of its own, one for each row and
 *    each block: the lines of such a source say nothing.
 */
import type * as HtmlParser from "htmlparser2";
import { SwarmError } from "../../state/errors.ts";
import type { Heading, TextLines } from "./headings.ts";

const SKIPPED = new Set("script style nav template noscript svg math iframe object canvas select textarea".split(" "));
/** Tags within a sentence: they do not part words. All others do. */
const INLINE = new Set(
  "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark q s samp small span strike strong sub sup time tt u var wbr".split(
    " ",
  ),
);
/** One that is never closed would take in the rest of the page. */
const LONGEST_HEADING = 200;
const HEADING = /^h([1-6])$/;

/** The parser's time grows with the square of the depth; no page that is meant to be read comes near. */
const DEEPEST = 1_000;
const CHUNK = 16_384;
const DEEPEST_MARGIN = 8;
/** A longer row is no row of data: pages were once laid out by tables. */
const LONGEST_ROW = 2_000;
/** Characters of text on one line of the source from which on it has no lines that say anything. */
const PAGE_IN_A_LINE = 2_000;

let html: typeof HtmlParser | undefined;

/** Loads the parser: a process that has no pages does without. `htmlLines` needs it. */
export async function loadHtmlParser(): Promise<void> {
  html ??= await import("htmlparser2");
}

/** As many lines as the source has, empty where there is no text, or those of its rows and blocks. Pure. */
export function htmlLines(source: string): TextLines {
  const reader = new HtmlReader(source, false);
  const read = readHtml(source, reader);
  return reader.hasLines ? read : readHtml(source, new HtmlReader(source, true));
}

/** A page nested without end is given as it is. */
function readHtml(source: string, reader: HtmlReader): TextLines {
  if (html === undefined) throw new SwarmError("INTERNAL", "a page is read, and the parser of pages is not loaded");
  const parser = new html.Parser({
    onopentagname: (name) => reader.open(name, parser.startIndex),
    ontext: (text) => reader.text(text, parser.startIndex),
    onclosetag: (name) => reader.close(name, parser.startIndex),
  });
  for (let start = 0; start < source.length; start += CHUNK) {
    parser.write(source.slice(start, start + CHUNK));
    if (reader.depth > DEEPEST) return { lines: source.replace(/\r?\n$/, "").split(/\r?\n/), headings: [] };
  }
  parser.end();
  return reader.finish();
}

interface Row {
  /** Where it begins. */
  line: number;
  cells: string[];
  /** Its text where it stands, in case that it is none of data. */
  pieces: { line: number; text: string }[];
}

class HtmlReader {
  /** Of the tags that are open. */
  depth = 0;
  /** False: the lines of the source say nothing, and the page has to be read again for lines of its own. */
  hasLines = true;
  readonly #source: string;
  /** The page has lines of its own. */
  readonly #isLaidOut: boolean;
  /** The rows that are open; undefined for one that holds another table. */
  readonly #rows: (Row | undefined)[] = [];
  #rowLine = -1;
  readonly #lines: string[];
  readonly #verbatim = new Set<number>();
  readonly #headings: Heading[] = [];
  #heading: Heading | undefined;
  /** By line: how far in it stands, and its mark. */
  readonly #margins: string[] = [];
  #definitions = 0;
  #isItem = false;
  #skipped = 0;
  #pre = 0;
  /** The line of the last event, and where it ends: events come in the order of the source. */
  #line = 0;
  #lineEnd: number;

  constructor(source: string, isLaidOut: boolean) {
    this.#source = source;
    this.#isLaidOut = isLaidOut;
    this.#lineEnd = source.indexOf("\n");
    const count = source === "" ? 0 : source.split("\n").length - (source.endsWith("\n") ? 1 : 0);
    this.#lines = Array.from({ length: isLaidOut ? 1 : count }, () => "");
  }

  open(name: string, position: number): void {
    this.#moveTo(position);
    this.depth += 1;
    if (SKIPPED.has(name)) this.#skipped += 1;
    if (name === "pre") this.#pre += 1;
    if (name === "dd") this.#definitions += 1;
    this.#part(name);
    this.#isItem = name === "li" || (this.#isItem && name !== "ul" && name !== "ol");
    if (name === "table" && this.#rows.at(-1) !== undefined) this.#giveUpRow();
    else if (name === "tr") this.#rows.push({ line: this.#line, cells: [], pieces: [] });
    else if (name === "td" || name === "th") this.#rows.at(-1)?.cells.push("");
    const level = name === "title" ? 1 : Number(HEADING.exec(name)?.[1] ?? 0);
    if (level > 0 && this.#skipped === 0) this.#heading = { line: 0, level, text: "" };
  }

  text(text: string, position: number): void {
    if (this.#skipped > 0) return;
    this.#moveTo(position);
    // A line end that stands for an entity (`&#10;`) is none of the source.
    const pieces = this.#source.startsWith(text, position) ? text.split("\n") : [text.replaceAll("\n", " ")];
    if (this.#isLaidOut && this.#pre === 0) this.#put(this.#line, pieces.join(" "));
    else for (const [offset, piece] of pieces.entries()) this.#putLine(offset, piece);
  }

  #putLine(offset: number, text: string): void {
    if (!this.#isLaidOut) return this.#put(this.#line + offset, text);
    if (offset > 0) this.#nextLine();
    this.#put(this.#line, text);
  }

  /** Into the row that is open, else where it stands. */
  #put(line: number, text: string): void {
    const row = this.#rows.at(-1);
    if (row === undefined) return this.#add(line, text);
    const isFurther = row.pieces.length > 0 && row.pieces.at(-1)?.line !== line;
    row.pieces.push({ line, text });
    if (row.cells.length === 0 && text.trim() === "") return;
    row.cells.push((row.cells.pop() ?? "") + (isFurther ? " " : "") + text);
  }

  #endRow(): void {
    const row = this.#rows.pop();
    if (row === undefined) return;
    const text = row.cells.map((cell) => cell.replace(/\s+/g, " ").trim()).join(" | ");
    if (text.length > LONGEST_ROW) for (const piece of row.pieces) this.#add(piece.line, `${piece.text} `);
    else if (/[^\s|]/.test(text)) {
      if (row.line === this.#rowLine) this.hasLines = false;
      this.#rowLine = row.line;
      this.#add(row.line, text);
    }
  }

  /** It holds another table: its text stands where it stands. */
  #giveUpRow(): void {
    const row = this.#rows.pop();
    this.#rows.push(undefined);
    for (const { line, text } of row?.pieces ?? []) this.#add(line, `${text} `);
  }

  close(name: string, position: number): void {
    this.depth -= 1;
    if (SKIPPED.has(name)) this.#skipped = Math.max(0, this.#skipped - 1);
    if (name === "pre") this.#pre = Math.max(0, this.#pre - 1);
    if (name === "dd") this.#definitions = Math.max(0, this.#definitions - 1);
    this.#moveTo(position);
    if (name === "tr") this.#endRow();
    this.#part(name);
    if (this.#heading !== undefined && (name === "title" || HEADING.test(name))) this.#endHeading(this.#heading);
  }

  finish(): TextLines {
    while (this.#rows.length > 0) this.#endRow();
    // A page that is to the letter as a whole is a text like any other.
    const isText = 2 * this.#verbatim.size > this.#lines.filter((line) => line.trim() !== "").length;
    const lines = this.#lines.map((line, index) => {
      if (this.#verbatim.has(index)) return (isText || line.trim() === "" ? "" : "\t") + line.trimEnd();
      const text = line.replace(/\s+/g, " ").trim();
      return text === "" ? "" : (this.#margins[index] ?? "") + text;
    });
    for (const { line, level, text } of this.#headings) {
      const shown = lines[line - 1] ?? "";
      if (isBeginningOf(text, shown)) lines[line - 1] = `${"#".repeat(level)} ${shown}`;
    }
    if (this.#isLaidOut && lines.at(-1) === "") lines.pop();
    if (lines.some((line) => line.length > PAGE_IN_A_LINE)) this.hasLines = false;
    return { lines, headings: this.#headings };
  }

  #add(line: number, text: string): void {
    // What a repaired page has behind its last line end still belongs to its last line.
    const index = Math.min(line, this.#lines.length - 1);
    if (index < 0 || text === "") return;
    if (text.trim() !== "") {
      const isFirst = (this.#lines[index] ?? "").trim() === "";
      if (isFirst)
        this.#margins[index] = "    ".repeat(Math.min(this.#definitions, DEEPEST_MARGIN)) + (this.#isItem ? "- " : "");
      this.#isItem = false;
    }
    this.#lines[index] += text.replace(/\r$/, "");
    if (this.#pre > 0) this.#verbatim.add(index);
    if (this.#heading === undefined) return;
    if (this.#heading.text.length < LONGEST_HEADING) this.#heading.text += `${text} `;
    if (this.#heading.line === 0 && text.trim() !== "") this.#heading.line = index + 1;
  }

  #part(name: string): void {
    if (INLINE.has(name) || this.#pre > 0 || this.#lines.length === 0) return;
    const row = this.#rows.at(-1);
    if (row !== undefined && name !== "tr") {
      if (row.cells.length > 0) row.cells.push(`${row.cells.pop() ?? ""} `);
      return;
    }
    if (this.#isLaidOut) return this.#nextLine();
    const index = Math.min(this.#line, this.#lines.length - 1);
    if (this.#lines[index] !== "") this.#lines[index] += " ";
  }

  /** Of its own: a block begins or ends. */
  #nextLine(): void {
    if ((this.#lines[this.#line] ?? "").trim() === "") return;
    this.#lines.push("");
    this.#line = this.#lines.length - 1;
  }

  #moveTo(position: number): void {
    if (this.#isLaidOut) return;
    while (this.#lineEnd >= 0 && this.#lineEnd < position) {
      this.#line += 1;
      this.#lineEnd = this.#source.indexOf("\n", this.#lineEnd + 1);
    }
  }

  #endHeading(heading: Heading): void {
    const text = heading.text.replace(/\s+/g, " ").trim().slice(0, LONGEST_HEADING).toWellFormed();
    if (text !== "" && heading.line > 0) this.#headings.push({ ...heading, text });
    this.#heading = undefined;
  }
}

/** Whatever blanks either has. */
function isBeginningOf(text: string, part: string): boolean {
  return text.replace(/\s+/g, "").startsWith(part.replace(/\s+/g, ""));
}
