/**
 * What an answer can be made of: the sentences, items, rows, names (of an option, above what it means) and code of a document, each
 * with its lines and the place that it stands in. Reads Markdown, AsciiDoc, reStructuredText, manuals in plain text, pages of HTML as
 * the document tools show them, and of programs the comments. One pass over the lines; what was not read ends what was open.
 */
import type { Pace } from "../pace.ts";
import type { Line, ReadDocument } from "./documents.ts";
import * as lineForms from "./lines.ts";
import { indentOf, plainTitle, type Block } from "./lines.ts";
import type { Piece } from "./quoting.ts";
import { piecesOf } from "./sentences.ts";

/** What stands under one title is of one place: the same object. */
export interface Place {
  path: string;
  /** The document's place among those found. */
  rank: number;
  /** Outermost first. */
  headings: readonly string[];
  /** Of the entries that it stands in, outermost first; names of one thing are one, with commas. */
  names: readonly string[];
}

export interface Unit {
  kind: Block["kind"];
  place: Place;
  /** With line breaks as blanks, and words that were parted at them whole again. */
  text: string;
  pieces: Piece[];
  /** The number of its block in the document, and its own in the block. */
  block: number;
  index: number;
}

/** Of headings `level` grows with their depth, of names with their indent. */
interface Title {
  level: number;
  text: string;
  /** Nothing stands below it: a further one on its level is another name of the same. */
  isOpen: boolean;
}

const DATA = /\.(?:jsonc?|json5|lock)$/i;
const FENCE = /^\s*(`{3,})/;
const OPENS_CODE = /^\s*`{3,}\s*\w/;
const QUOTE = /^\s*>\s?/;
const LEVELS = "=-~^+";
const TABLE = 99;
const NAME = 100;
const MOST_NAMES = 3;
/** Characters of one block; a text without any paragraph is cut between lines. */
const LONGEST_BLOCK = 20_000;

/** In reading order; linear in the length of the document. */
export async function unitsOf({ path, lines, rank }: ReadDocument, pace: Pace): Promise<Unit[]> {
  const reader = new UnitReader(path, rank);
  const isProgram = lineForms.isProgram(path);
  for (const [at, line] of (DATA.test(path) ? [] : lines).entries()) {
    await pace.step();
    reader.add(isProgram ? { ...line, text: lineForms.commentIn(line.text) } : line, lines[at + 1]?.text ?? "");
  }
  return reader.finish();
}

class UnitReader {
  readonly #units: Unit[] = [];
  readonly #path: string;
  readonly #rank: number;
  #blocks = 0;
  #titles: readonly Title[] = [];
  #place: Place | undefined;
  #open: Block | undefined;
  #length = 0;
  #fence = "";
  #last = 0;
  /** The number of the newest line that can stand over a title as it stands below it. */
  #overline = -1;
  /** There was a gap after what is open, which is no whole sentence: a page may have gaps within one. */
  #isTorn = false;

  constructor(path: string, rank: number) {
    this.#path = path;
    this.#rank = rank;
  }

  add(line: Line, next: string): void {
    if (line.number !== this.#last + 1) {
      this.#retitle([]);
      this.#fence = "";
    }
    this.#last = line.number;
    const fence = FENCE.exec(line.text)?.[1] ?? "";
    if (this.#fence !== "" || fence !== "") this.#fenced(line, fence);
    else if (line.text.trim() === "") this.#gap();
    else if (!this.#isRuled(line)) this.#marked(line, indentOf(next));
  }

  /** A name with nothing below it names nothing: it is what the place has to say. */
  finish(): Unit[] {
    this.#close();
    return this.#units.map((unit, at, { [at + 1]: next }) => {
      if (unit.kind !== "name" || next?.place === unit.place) return unit;
      return { ...unit, kind: "prose", place: { ...unit.place, names: unit.place.names.slice(0, -1) } };
    });
  }

  #fenced(line: Line, fence: string): void {
    const isFence = fence !== "" && fence.startsWith(this.#fence);
    const misread = this.#open?.kind === "code" ? this.#open.lines : [];
    if (isFence && this.#fence !== "" && OPENS_CODE.test(line.text)) {
      // Only a fence that opens names a language: the reading began within code, and took for code what stands between.
      this.#open = undefined;
      this.#fence = "";
      for (const [at, one] of misread.entries()) {
        this.#last = one.number - 1;
        this.add(one, misread[at + 1]?.text ?? "");
      }
      this.#last = line.number;
    } else if (this.#fence !== "" && !(isFence && line.text.trim() === fence)) return this.#append(line);
    this.#close();
    this.#fence = this.#fence === "" ? fence : "";
  }

  #gap(): void {
    const last = this.#open?.kind === "prose" ? (this.#open.lines.at(-1)?.text.trim() ?? "") : "";
    if (last === "" || lineForms.ENDS_SENTENCE.test(last)) this.#close();
    else this.#isTorn = true;
  }

  /** A rule makes a heading of the line above, and the titles of a table of its first row. */
  #isRuled({ text, number }: Line): boolean {
    const above = this.#units.at(-1);
    if (this.#open === undefined && above?.kind === "row" && lineForms.TABLE_RULE.test(text)) {
      this.#units.pop();
      this.#heading(TABLE, above.text);
      return true;
    }
    const mark = lineForms.UNDERLINE.exec(text)?.[1];
    if (mark === undefined) return false;
    const [title, ...more] = this.#open?.kind === "prose" ? this.#open.lines : [];
    if (title === undefined || more.length > 0 || Math.abs(title.text.length - text.trim().length) > 3) {
      this.#overline = number;
      return false;
    }
    this.#open = undefined;
    // With a line above it too, it is the title of all.
    this.#heading(this.#overline === title.number - 1 ? 0 : LEVELS.indexOf(mark) + 1 || 6, title.text);
    return true;
  }

  #marked(line: Line, inward: number): void {
    const mark = lineForms.markOf(line.text, this.#path);
    switch (mark?.kind) {
      case undefined:
        return this.#text(line, inward);
      case "nothing":
        return this.#close();
      case "code":
        return this.#append(line);
      case "heading":
        return this.#heading(mark.level, mark.text);
      case "item":
        return this.#start("item", { ...line, text: mark.text }, mark.indent);
      case "name":
      case "row":
        this.#start(mark.kind, { ...line, text: mark.text }, mark.indent);
        this.#close();
    }
  }

  #text(given: Line, inward: number): void {
    const line = { ...given, text: given.text.replace(QUOTE, "") };
    const indent = indentOf(given.text);
    if (this.#isTorn && !/^\s*\p{Ll}/u.test(line.text)) this.#close();
    this.#isTorn = false;
    const open = this.#open;
    const beside = open?.kind === "code" ? undefined : lineForms.nameBeside(line.text, inward);
    if (beside !== undefined) {
      this.#start("name", { ...line, text: beside.text }, indent);
      return this.#start("prose", { ...line, text: line.text.slice(beside.end) }, beside.end);
    }
    if (open?.kind === "prose" && lineForms.isNameAbove(open, line, indent)) open.kind = "name";
    const isNew = open === undefined || open.kind === "code" || open.kind === "name" || this.#length > LONGEST_BLOCK;
    if (isNew || lineForms.endsBlock(open, line, indent)) this.#start("prose", line, indent);
    else open.lines.push(line);
    this.#length += line.text.length;
    if (QUOTE.test(given.text) && this.#open?.kind === "prose") this.#open.isQuote = true;
  }

  #append(line: Line): void {
    if (this.#open?.kind === "code") this.#open.lines.push(line);
    else this.#start("code", line, 0);
  }

  #start(kind: Block["kind"], line: Line, indent: number): void {
    this.#close();
    const [mark = "", name] = (kind === "prose" && lineForms.RUN_IN.exec(line.text)) || [];
    if (name !== undefined) this.#name(name, 0, false);
    this.#open = { kind, indent, lines: [{ ...line, text: line.text.slice(mark.length) }] };
    this.#length = 0;
  }

  #close(): void {
    const block = this.#open;
    this.#open = undefined;
    this.#isTorn = false;
    if (block === undefined) return;
    const { indent, lines } = block;
    if (block.kind === "prose" && lines.every(lineForms.isPair)) block.kind = "row";
    if (block.kind === "prose" && this.#isName(block)) block.kind = "name";
    const [cell = "", more] = lines[0]?.text.split(" | ") ?? [];
    if (block.kind === "name") this.#name(lines.map(({ text }) => plainTitle(text)).join(", "), indent, true);
    else if (more !== undefined && block.kind === "row" && lineForms.mayBeName({ lines: [{ number: 0, text: cell }] }))
      this.#name(cell, indent, false);
    else {
      const isAround = ({ level }: Title): boolean =>
        level <= NAME + indent && (block.kind === "row" || level !== TABLE);
      this.#retitle(this.#titles.filter(isAround).map((title) => ({ ...title, isOpen: false })));
    }
    this.#blocks += 1;
    for (const [index, pieces] of piecesOf(block, this.#path).entries()) {
      const text = unitText(block.kind, pieces);
      this.#units.push({ kind: block.kind, place: this.#placeNow(), text, pieces, block: this.#blocks, index });
    }
  }

  /** Short, not announced by what ends with a colon, and no short meaning of the name above it. */
  #isName(block: Block): boolean {
    const [above, before] = [this.#titles.at(-1), this.#units.at(-1)];
    const isAnnounced = before?.kind !== "name" && /:\W*$/.test(before?.text ?? "");
    const isMeaning = above?.isOpen === true && above.level < NAME + block.indent;
    const words = block.lines.flatMap(({ text }) => text.trim().split(/\s+/));
    return !isAnnounced && !(isMeaning && words.length > 3) && lineForms.mayBeName(block);
  }

  #heading(level: number, text: string): void {
    this.#close();
    const above = this.#titles.filter((title) => title.level < level);
    this.#retitle([...above, { level, text: plainTitle(text), isOpen: false }]);
  }

  #name(text: string, indent: number, isOpen: boolean): void {
    const heading = lineForms.levelOf(text);
    if (heading !== undefined) return this.#heading(heading, text);
    const level = NAME + indent;
    const outer = this.#titles.filter((above) => above.level < level);
    const same = this.#titles.find((above) => above.level === level && above.isOpen && !above.text.endsWith(":"));
    if (same !== undefined) this.#units.pop();
    const names = same === undefined ? plainTitle(text) : `${same.text}, ${plainTitle(text)}`;
    const around = outer.filter((above) => above.level >= NAME).slice(1 - MOST_NAMES);
    this.#retitle([...outer.filter((above) => above.level < NAME), ...around, { level, text: names, isOpen }]);
  }

  #retitle(titles: readonly Title[]): void {
    this.#close();
    const isSame =
      titles.length === this.#titles.length && titles.every(({ text }, at) => text === this.#titles[at]?.text);
    if (!isSame) this.#place = undefined;
    this.#titles = titles;
  }

  #placeNow(): Place {
    const textsOf = (isOf: (title: Title) => boolean): string[] => this.#titles.filter(isOf).map(({ text }) => text);
    this.#place ??= {
      path: this.#path,
      rank: this.#rank,
      headings: textsOf(({ level }) => level < NAME),
      names: textsOf(({ level }) => level >= NAME),
    };
    return this.#place;
  }
}

function unitText(kind: Unit["kind"], pieces: readonly Piece[]): string {
  if (kind === "code") return pieces.map(({ text }) => text).join("\n");
  return pieces
    .map(({ text }) => `${text} `)
    .join("")
    .replace(/‐ (?=\p{Ll})/gu, "")
    .replace(/\s+/g, " ")
    .trim();
}
