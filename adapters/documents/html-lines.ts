/**
 * The text of an HTML page, each piece on the line that it has in the source, so that `path:line` opens there. Keeps no
 * markup, no scripts, no styles and no navigation; entities are decoded; outside of `pre`, runs of blanks are one space.
 */
import { Parser } from "htmlparser2";
import type { Heading } from "./headings.ts";

const SKIPPED = new Set([
  "script",
  "style",
  "nav",
  "template",
  "noscript",
  "svg",
  "math",
  "iframe",
  "object",
  "canvas",
  "select",
  "textarea",
]);
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

/** As many lines as the source has, empty where there is no text. A page nested without end is given as it is. Pure. */
export function htmlLines(source: string): { lines: string[]; headings: Heading[] } {
  const reader = new HtmlReader(source);
  const parser: Parser = new Parser({
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

class HtmlReader {
  /** Of the tags that are open. */
  depth = 0;
  readonly #source: string;
  readonly #lines: string[];
  readonly #verbatim = new Set<number>();
  readonly #headings: Heading[] = [];
  #heading: Heading | undefined;
  #skipped = 0;
  #pre = 0;
  /** The line of the last event, and where it ends: events come in the order of the source. */
  #line = 0;
  #lineEnd: number;

  constructor(source: string) {
    this.#source = source;
    this.#lineEnd = source.indexOf("\n");
    const count = source === "" ? 0 : source.split("\n").length - (source.endsWith("\n") ? 1 : 0);
    this.#lines = Array.from({ length: count }, () => "");
  }

  open(name: string, position: number): void {
    this.#moveTo(position);
    this.depth += 1;
    if (SKIPPED.has(name)) this.#skipped += 1;
    if (name === "pre") this.#pre += 1;
    this.#part(name);
    const level = name === "title" ? 1 : Number(HEADING.exec(name)?.[1] ?? 0);
    if (level > 0 && this.#skipped === 0) this.#heading = { line: 0, level, text: "" };
  }

  text(text: string, position: number): void {
    if (this.#skipped > 0) return;
    this.#moveTo(position);
    // A line end that stands for an entity (`&#10;`) is none of the source.
    const pieces = this.#source.startsWith(text, position) ? text.split("\n") : [text.replaceAll("\n", " ")];
    for (const [offset, piece] of pieces.entries()) this.#add(this.#line + offset, piece);
  }

  close(name: string, position: number): void {
    this.depth -= 1;
    if (SKIPPED.has(name)) this.#skipped = Math.max(0, this.#skipped - 1);
    if (name === "pre") this.#pre = Math.max(0, this.#pre - 1);
    this.#moveTo(position);
    this.#part(name);
    if (this.#heading !== undefined && (name === "title" || HEADING.test(name))) this.#endHeading(this.#heading);
  }

  finish(): { lines: string[]; headings: Heading[] } {
    const lines = this.#lines.map((line, index) =>
      this.#verbatim.has(index) ? line.trimEnd() : line.replace(/\s+/g, " ").trim(),
    );
    return { lines, headings: this.#headings };
  }

  #add(line: number, text: string): void {
    // What a repaired page has behind its last line end still belongs to its last line.
    const index = Math.min(line, this.#lines.length - 1);
    if (index < 0 || text === "") return;
    this.#lines[index] += text.replace(/\r$/, "");
    if (this.#pre > 0) this.#verbatim.add(index);
    if (this.#heading === undefined) return;
    if (this.#heading.text.length < LONGEST_HEADING) this.#heading.text += `${text} `;
    if (this.#heading.line === 0 && text.trim() !== "") this.#heading.line = index + 1;
  }

  #part(name: string): void {
    if (INLINE.has(name) || this.#pre > 0 || this.#lines.length === 0) return;
    const index = Math.min(this.#line, this.#lines.length - 1);
    if (this.#lines[index] !== "") this.#lines[index] += " ";
  }

  #moveTo(position: number): void {
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
