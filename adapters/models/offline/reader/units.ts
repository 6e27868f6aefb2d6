/**
 * What an answer can be made of: the sentences, items, rows, pairs (`Default: 4`), names (of an option, above what it means) and
 * code of a document, each with its lines, the headings above it and the entry that it stands in. Reads Markdown, AsciiDoc,
 * reStructuredText, manuals in plain text, pages of HTML as the document tools show them, and of programs the comments.
 * One pass over the lines; what was not read ends everything that was open.
 */
import type { Pace } from "../pace.ts";
import type { Line, ReadDocument } from "./documents.ts";
import type { Piece } from "./quoting.ts";
import {
  arePairs,
  commentIn,
  ENDS_SENTENCE,
  indentOf,
  isNameAbove,
  isPair,
  isProgram,
  isShort,
  ITEM,
  levelOf,
  mayBeName,
  nameBeside,
  plainTitle,
} from "./names.ts";
import { piecesOf, textOf } from "./sentences.ts";

export interface Unit {
  kind: "prose" | "item" | "row" | "pair" | "label" | "code";
  path: string;
  /** With line breaks as blanks, and words that were parted at them whole again. */
  text: string;
  pieces: Piece[];
  /** Outermost first. */
  headings: readonly string[];
  /** The name of the entry that it belongs to; empty: none. And that of the entries around it, and its other names. */
  label: string;
  names: readonly string[];
  /** The number of its block in the document, and its own in the block. */
  block: number;
  index: number;
  /** The document's place among those found. */
  rank: number;
}

interface Block {
  kind: Unit["kind"];
  indent: number;
  /** Without markers (`- `, `> `): each text is a part of its line. */
  lines: Line[];
  /** Set off by `>`: never the name of what follows. */
  isQuote?: boolean;
}

const DATA = /\.(?:jsonc?|json5|lock)$/i;
const FENCE = /^\s*(`{3,})/;
const OPENS_CODE = /^\s*`{3,}\s*\w/;
const SHELL = /^\s*[$%#] \S/;
const STATEMENT = /^\s*(?:>>> |(?:from \S+ )?import \S|def \w+\(|class \w+[(:]|[\w.]+ = [\w.]*\($|\)$)|[{};]\s*$/;
const PAGE = /\.x?html?$/i;
const HEADING = /^ {0,3}(#{1,6}|={1,6})[ \t]+(\S.{0,200}?)[\s#=]*$/;
const UNDERLINE = /^([=\-~^"*+])\1{2,}\s*$/;
const LEVELS = "=-~^+";
const ROW = /^\s*\|.*\|\s*$|^\s*\S.*\S \|(?: \S|$)/;
const DRAWN = /[│├┌└┐┘]/;
const NOTHING =
  /^[\s|:=\-*_+~.•·]*$|^\s*o\s*$|^\s*\.\. _|^\s*\[\[?[^\]]*\]\]?\s*$|^\s*\[[^\]]+\]:\s*\S+|^\s*<!--.*-->\s*$|^\s*(?:(?:<[^>]{1,300}>|!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])|\[!\[.*\]\([^)]*\))\s*)+$/;
/** `.. csv-table::`, and the options that stand right below it: `:widths: auto`. */
const DIRECTIVE = /^\s*\.\. [\w-]+::/;
const DIRECTIVE_OPTION = /^\s+:[\w-]+:(?:\s|$)/;
const QUOTE = /^\s*>\s?/;
/** A name on a line of its own: `depth::`, `:depth:`, `**Context.**`; and one that its text follows: `**Context.** The first …`. */
const DEFINED =
  /^\s*(\S.{0,120}?)\s*(?:::|;;)\s*$|^\s*:(\S[^:]{0,80}):\s*$|^(?:\*\*|__)([^*_]{2,60}?)[.:]?(?:\*\*|__)[.:]?\s*$/;
const FIELD = /^\s*\p{Lu}\p{L}*(?: \p{L}+){0,2}:\s*$/u;
const RUN_IN = /^(?:\*\*|__)([^*_]{2,60}?)[.:]?(?:\*\*|__)[.:]?\s+(?=\S)/;
/** What a page has around its matter. */
const BESIDE_THE_MATTER =
  /^(?:navigation|table of contents|contents|sections|quick search|(?:previous|next) topic|this page|related topics)$/i;
/** Where a line is longer, it is a paragraph. */
const LONGEST_WRAPPED = 130;
/** Characters of one block; a text without any paragraph is cut between lines. */
const LONGEST_BLOCK = 20_000;

/** In reading order; linear in the length of the document. */
export async function unitsOf({ path, lines, rank }: ReadDocument, pace: Pace): Promise<Unit[]> {
  const reader = new UnitReader({ path, rank }, partsInCode(lines));
  const isCode = isProgram(path);
  for (const [at, line] of (DATA.test(path) ? [] : lines).entries()) {
    await pace.step();
    reader.add(isCode ? { ...line, text: commentIn(line.text) } : line, lines[at + 1]?.text ?? "");
  }
  return reader.finish();
}

/** The first lines of those parts that begin within code: only a fence that opens names a language. */
function partsInCode(lines: readonly Line[]): Set<number> {
  const within = new Set<number>();
  let [first, count, last] = [0, 0, 0];
  for (const { number, text } of lines) {
    if (number !== last + 1) [first, count] = [number, 0];
    last = number;
    if (!FENCE.test(text)) continue;
    count += 1;
    if (count % 2 === 0 && first > 1 && OPENS_CODE.test(text)) within.add(first);
  }
  return within;
}

class UnitReader {
  readonly #units: Unit[] = [];
  readonly #source: Pick<Unit, "path" | "rank">;
  readonly #partsInCode: ReadonlySet<number>;
  #blocks = 0;
  #headings: { level: number; text: string }[] = [];
  /** `isTold`: something stands below it, so that a further one on its level is no other name of the same. */
  #labels: { indent: number; text: string; isTold: boolean }[] = [];
  #open: Block | undefined;
  #length = 0;
  #fence = "";
  #last = 0;
  #inDirective = false;
  /** The newest block, where it can name what follows. */
  #field: Block | undefined;
  /** The number of the newest line that can stand over a title as it stands below it. */
  #overline = -1;
  /** There was a gap after what is open, which is no whole sentence. */
  #isTorn = false;

  constructor(source: Pick<Unit, "path" | "rank">, inCode: ReadonlySet<number>) {
    this.#source = source;
    this.#partsInCode = inCode;
  }

  add(line: Line, next: string): void {
    if (line.number !== this.#last + 1) this.#forget(line.number);
    this.#last = line.number;
    const { text } = line;
    const fence = FENCE.exec(text)?.[1] ?? "";
    if (this.#fence !== "" || fence !== "") return this.#fenced(line, fence);
    if (text.trim() === "") return this.#gap();
    if (this.#isUnderline(text) || this.#isStructure(line)) {
      if (UNDERLINE.test(text)) this.#overline = line.number;
      return;
    }
    const indent = indentOf(text);
    const name = this.#open?.kind === "code" ? undefined : nameBeside(text, indentOf(next));
    if (name !== undefined) {
      this.#start("label", { ...line, text: name.text }, indent);
      this.#close();
      return this.#start("prose", { ...line, text: text.slice(name.end) }, name.end);
    }
    this.#text({ ...line, text: text.replace(QUOTE, "") }, indent);
    if (this.#open?.kind === "prose" && QUOTE.test(text)) this.#open.isQuote = true;
  }

  /** A name with nothing below it names nothing: it is what the place has to say. */
  finish(): Unit[] {
    this.#close();
    const matter = this.#units.filter(({ headings }) => !BESIDE_THE_MATTER.test(headings.at(-1) ?? ""));
    return matter.map((unit, at, { [at + 1]: next }) => {
      const hasBelow = next?.label === unit.label && next.headings.join("\n") === unit.headings.join("\n");
      return unit.kind === "label" && !hasBelow ? { ...unit, kind: "prose", label: "" } : unit;
    });
  }

  /** It makes a heading of the line above. */
  #isUnderline(text: string): boolean {
    const above = this.#open?.kind === "prose" && this.#open.lines.length === 1 ? this.#open.lines[0] : undefined;
    if (above === undefined || Math.abs(above.text.length - text.trim().length) > 3) return false;
    const mark = UNDERLINE.exec(text)?.[1];
    if (mark === undefined) return false;
    this.#open = undefined;
    // With a line above it too, it is the title of all.
    this.#heading(this.#overline === above.number - 1 ? 0 : LEVELS.indexOf(mark) + 1 || 6, above.text);
    return true;
  }

  /** Headings, names, rows, items and what says nothing; false: it is text. */
  #isStructure(line: Line): boolean {
    const { text } = line;
    const [, marks, title = ""] = HEADING.exec(text) ?? [];
    const name = DEFINED.exec(text)
      ?.slice(1)
      .find((part) => part !== undefined);
    const item = ITEM.exec(text)?.[0];
    if (marks !== undefined) this.#heading(marks.length, title);
    else if (NOTHING.test(text) || this.#isDirective(text)) this.#close();
    else if (SHELL.test(text) || DRAWN.test(text) || this.#isCode(text)) this.#append("code", line);
    else if (name !== undefined || text.endsWith("¶")) {
      this.#start("label", { ...line, text: name ?? text.trim() }, indentOf(text));
      this.#close();
    } else if (item !== undefined) this.#start("item", { ...line, text: text.slice(item.length) }, item.length);
    else if (ROW.test(text)) {
      this.#start("row", { ...line, text: text.replace(/^\s*\|\s*|\s*\|\s*$/g, "") }, indentOf(text));
      this.#close();
    } else return false;
    return true;
  }

  #isDirective(text: string): boolean {
    this.#inDirective = DIRECTIVE.test(text) || (this.#inDirective && DIRECTIVE_OPTION.test(text));
    return this.#inDirective;
  }

  /** Of a page what it shows to the letter. */
  #isCode(text: string): boolean {
    return STATEMENT.test(text) || (text.startsWith("\t") && PAGE.test(this.#source.path));
  }

  #forget(next: number): void {
    this.#close();
    this.#headings = [];
    this.#labels = [];
    this.#fence = this.#partsInCode.has(next) ? "```" : "";
  }

  #fenced(line: Line, fence: string): void {
    const isEdge = this.#fence === "" || (fence.startsWith(this.#fence) && line.text.trim() === fence);
    if (!isEdge) return this.#append("code", line);
    this.#close();
    this.#fence = this.#fence === "" ? fence : "";
  }

  /** A page may have gaps within a sentence. */
  #gap(): void {
    const last = this.#open?.kind === "prose" ? (this.#open.lines.at(-1)?.text.trim() ?? "") : "";
    if (last === "" || ENDS_SENTENCE.test(last)) this.#close();
    else this.#isTorn = true;
  }

  #heading(level: number, text: string): void {
    this.#close();
    this.#headings = [...this.#headings.filter((above) => above.level < level), { level, text: plainTitle(text) }];
    this.#labels = [];
  }

  #text(line: Line, indent: number): void {
    if (this.#isTorn && !/^\s*\p{Ll}/u.test(line.text)) this.#close();
    this.#isTorn = false;
    const open = this.#open;
    if (open === undefined || open.kind === "code") return this.#start("prose", line, indent);
    if (open.kind === "prose" && isNameAbove(open, line, indent)) {
      open.kind = "label";
      return this.#start("prose", line, indent);
    }
    if (this.#length > LONGEST_BLOCK || endsBlock(open, line, indent)) return this.#start("prose", line, indent);
    open.lines.push(line);
    this.#length += line.text.length;
  }

  #append(kind: Block["kind"], line: Line): void {
    if (this.#open?.kind === kind) this.#open.lines.push(line);
    else this.#start(kind, line, 0);
  }

  #start(kind: Block["kind"], line: Line, indent: number): void {
    this.#close();
    const label = kind === "prose" ? RUN_IN.exec(line.text) : null;
    if (label !== null) this.#labels = [{ indent, text: plainTitle(label[1] as string), isTold: true }];
    const text = label === null ? line.text : line.text.slice(label[0].length);
    if (kind === "prose") this.#nameAbove(indent);
    this.#open = { kind, indent, lines: [{ ...line, text }] };
    this.#length = text.length;
  }

  #close(): void {
    const open = this.#open;
    this.#open = undefined;
    this.#isTorn = false;
    if (open === undefined) return;
    const last = open.lines.at(-1) as Line;
    this.#field = open.lines.length === 1 && FIELD.test(last.text) ? open : undefined;
    const isTail =
      open.kind === "prose" && open.isQuote !== true && last.text.trim().split(/\s+/).length <= 3 && isShort([last]);
    // The next name stands right below the last sentence.
    if (isTail && /[.!?]$/.test(open.lines.at(-2)?.text.trim() ?? "")) {
      this.#push({ ...open, lines: open.lines.slice(0, -1) });
      this.#push({ ...open, lines: [last] });
    } else this.#push(open);
  }

  #push(block: Block): void {
    const isAnnounced = /:\W*$/.test(this.#units.at(-1)?.text ?? "");
    if (block.kind === "prose" && arePairs(block.lines)) block.kind = "pair";
    if (block.kind === "prose" && !isAnnounced && !this.#isMeaning(block) && mayBeName(block)) block.kind = "label";
    const [cell = ""] = (block.lines[0]?.text ?? "").split(" | ");
    // A row of its own heads what follows it: `name | Type: … | Default: …`.
    if (block.kind === "row" && isShort([{ number: 0, text: cell }]))
      this.#labels = [
        ...this.#labels.filter(({ indent }) => indent < block.indent),
        { indent: block.indent, text: plainTitle(cell), isTold: true },
      ];
    else if (block.kind === "label") this.#name(block);
    else
      this.#labels = this.#labels
        .filter(({ indent }) => indent <= block.indent)
        .map((label) => ({ ...label, isTold: true }));
    const base = {
      ...this.#source,
      kind: block.kind,
      headings: this.#headings.map(({ text }) => text),
      label: this.#labels.at(-1)?.text ?? "",
      names: this.#labels.slice(0, -1).map(({ text }) => text),
      block: (this.#blocks += 1),
    };
    for (const [index, pieces] of piecesOf(block, this.#source.path).entries())
      this.#units.push({ ...base, index, pieces, text: textOf(block.kind, pieces) });
  }

  /** What stands further in than `Default value:`, also behind a gap, is what that names. */
  #nameAbove(indent: number): void {
    const [field, unit] = [this.#field, this.#units.at(-1)];
    this.#field = undefined;
    if (field?.kind !== "prose" || unit?.block !== this.#blocks || field.indent + 1 >= indent) return;
    this.#name(field);
    Object.assign(unit, { kind: "label", label: this.#labels.at(-1)?.text ?? "" });
  }

  /** Below a name of which nothing is said yet, and longer than a name of something within it. */
  #isMeaning({ lines, indent }: Block): boolean {
    const above = this.#labels.at(-1);
    const words = lines
      .map(({ text }) => text.trim())
      .join(" ")
      .split(/\s+/);
    return above?.isTold === false && above.indent < indent && words.length > 3;
  }

  #name({ lines, indent }: Block): void {
    const [text = "", ...others] = lines.map((line) => plainTitle(line.text));
    const level = levelOf(text);
    if (level !== undefined) {
      this.#headings = [...this.#headings.filter((above) => above.level < level), { level, text }];
      this.#labels = [];
      return;
    }
    const outer = this.#labels.filter((label) => label.indent < indent || (!label.isTold && label.indent === indent));
    this.#labels = [...outer.slice(-2), ...[...others, text].map((one) => ({ indent, text: one, isTold: false }))];
  }
}

/** Whether a line of text begins a block of its own below this one. */
function endsBlock({ kind, lines, indent }: Block, next: Line, inward: number): boolean {
  const last = lines.at(-1)?.text ?? "";
  if (kind === "prose" && isPair(last) && arePairs(lines) && !isPair(next.text)) return true;
  const goesOn = /^\s*\p{Ll}/u.test(next.text) && !ENDS_SENTENCE.test(last);
  const isParagraph = !goesOn && Math.max(next.text.length, last.length) > LONGEST_WRAPPED;
  return isParagraph || (kind === "prose" ? inward + 1 < indent : !goesOn && inward + 4 < indent);
}
