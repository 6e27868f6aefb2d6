/**
 * The blocks of a document by its lines: paragraphs, list items, table rows, pairs (`Default: 4`), labels (a short line that
 * what follows is about, such as the name of an option) and code, each below the headings above it. Reads Markdown, AsciiDoc,
 * reStructuredText, manuals in plain text, and pages of HTML as the document tools show them; of programs the comments.
 * One pass; what was not read ends everything that was open.
 */
import type { Pace } from "../pace.ts";
import type { Line, ReadDocument } from "./documents.ts";

export interface Block {
  kind: "prose" | "item" | "row" | "pair" | "label" | "code";
  /** Outermost first. */
  headings: string[];
  /** Of the entry that it belongs to; empty: none. And its other names, which stand above that. */
  label: string;
  names: string[];
  indent: number;
  /** Set off by `>`: never the name of what follows. */
  isQuote?: boolean;
  /** Without markers (`- `, `> `): each text is a part of its line. */
  lines: Line[];
}

const PROGRAM = /\.(?:[cm]?[jt]sx?|py|rs|go|java|kt|c|h|cc|cpp|hpp|cs|rb|php|swift|scala|sh|sql|css|lua|zig|vue)$/i;
const DATA = /\.(?:jsonc?|json5|lock)$/i;
const FENCE = /^\s*(`{3,})/;
const OPENS_CODE = /^\s*`{3,}\s*\w/;
const HEADING = /^ {0,3}(#{1,6}|={1,6})[ \t]+(\S.{0,200}?)[\s#=]*$/;
const UNDERLINE = /^([=\-~^"*+])\1{2,}\s*$/;
const LEVELS = "=-~^+";
const ITEM = /^\s*(?:[-*+•·]|\d{1,3}[.)]|\([a-z\d]\))\s+(?=\S)/;
const ROW = /^\s*\|.*\|\s*$|^\S.*\S \| \S/;
const NOTHING = /^[\s|:=\-*_+~.]*$|^\s*\.\. (?:_|\w+::)|^\s*\[\[?[^\]]*\]\]?\s*$/;
const MARKUP =
  /^\s*(?:(?:<[^>]{1,300}>|!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])|\[!\[.*\]\([^)]*\))\s*)+$|^\s*\[[^\]]+\]:\s*\S+|^\s*<!--.*-->\s*$/;
const DEFINED = /^\s*(\S.{0,120}?)\s*(?:::|;;)\s*$/;
const SHELL = /^\s*[$%#] \S/;
const QUOTE = /^\s*>\s?/;
const PAIR = /^\s*[\p{L}"'][\p{L}\p{N} _/.-]{0,32}["']?\s?[:=]\s+\S.{0,160}$/u;
const ENDS_SENTENCE = /[.!?,:…]["')\]*_`]*$/;
const ENDS_STATEMENT = /\)\s*;\s*$|[{}]\s*$/;
/** A label that runs into its paragraph: `**Context.** The first …`. */
const RUN_IN = /^(?:\*\*|__)([^*_]{2,60}?)[.:]?(?:\*\*|__)[.:]?\s+(?=\S)/;
const BOLD = /^(?:\*\*|__)([^*_]{2,60}?)[.:]?(?:\*\*|__)[.:]?\s*$/;
const COMMENT = /^\s*(?:\/\/+|\/\*+(?!\/)|\*+(?!\/)|#+(?!!)|--)\s?/;
/** An option and what it means on one line: `-r     Replaces what is there …`. */
const OPTION = /^\s*(-[^\s,]+(?:,? \S+){0,3}?)\s{2,}(?=\S)/;
const LONGEST_LABEL = 100;
const LONGEST_TITLE = 60;
const MOST_LABEL_LINES = 5;
/** Where a line is longer, it is a paragraph. */
const LONGEST_WRAPPED = 130;

/** In reading order. */
export async function blocksOf({ path, lines }: ReadDocument, pace: Pace): Promise<Block[]> {
  const reader = new BlockReader(partsInCode(lines));
  const isCode = isProgram(path);
  for (const line of DATA.test(path) ? [] : lines) {
    await pace.step();
    reader.add(isCode ? { ...line, text: commentIn(line.text) } : line);
  }
  return reader.finish();
}

/** Pure. */
export function isProgram(path: string): boolean {
  return PROGRAM.test(path);
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

/** What is not a comment says nothing here. */
function commentIn(text: string): string {
  const mark = COMMENT.exec(text)?.[0];
  return mark === undefined ? "" : text.slice(mark.length).replace(/\s*\*+\/\s*$|^@\w+\s*/g, "");
}

class BlockReader {
  readonly #blocks: Block[] = [];
  #headings: { level: number; text: string }[] = [];
  #labels: { indent: number; text: string }[] = [];
  #open: Block | undefined;
  #fence = "";
  #last = 0;
  /** Nothing but labels since the last text: names of one entry. */
  #isNaming = false;
  /** There was a gap after what is open, which is no whole sentence. */
  #isTorn = false;
  readonly #partsInCode: ReadonlySet<number>;

  constructor(inCode: ReadonlySet<number>) {
    this.#partsInCode = inCode;
  }

  add(line: Line): void {
    if (line.number !== this.#last + 1) this.#forget(line.number);
    this.#last = line.number;
    const { text } = line;
    const fence = FENCE.exec(text)?.[1] ?? "";
    if (this.#fence !== "" || fence !== "") return this.#fenced(line, fence);
    if (text.trim() === "") return this.#gap();
    if (this.#isUnderline(text) || this.#isStructure(line)) return;
    this.#text({ ...line, text: text.replace(QUOTE, "") }, indentOf(text));
    if (this.#open?.kind === "prose" && QUOTE.test(text)) this.#open.isQuote = true;
  }

  /** It makes a heading of the line above. */
  #isUnderline(text: string): boolean {
    const above = this.#open?.kind === "prose" && this.#open.lines.length === 1 ? this.#open.lines[0] : undefined;
    if (above === undefined || Math.abs(above.text.length - text.trim().length) > 3) return false;
    const mark = UNDERLINE.exec(text)?.[1];
    if (mark === undefined) return false;
    this.#open = undefined;
    this.#heading(LEVELS.indexOf(mark) + 1 || 6, above.text);
    return true;
  }

  /** Headings, names, rows, items and what says nothing; false: it is text. */
  #isStructure(line: Line): boolean {
    const { text } = line;
    const [, marks, title] = HEADING.exec(text) ?? [];
    const defined = (DEFINED.exec(text) ?? BOLD.exec(text))?.[1];
    const item = ITEM.exec(text)?.[0];
    if (marks !== undefined) this.#heading(marks.length, title as string);
    else if (text.endsWith("¶")) this.#heading(levelOf(text) ?? 4, text);
    else if (NOTHING.test(text) || MARKUP.test(text)) this.#close();
    else if (SHELL.test(text)) this.#append("code", line);
    else if (defined !== undefined) {
      this.#start("label", { ...line, text: defined }, indentOf(text));
      this.#close();
    } else if (ROW.test(text)) this.#start("row", { ...line, text: text.replace(/^\s*\|\s*|\s*\|\s*$/g, "") });
    else if (item !== undefined) this.#start("item", { ...line, text: text.slice(item.length) }, item.length);
    else return false;
    return true;
  }

  finish(): Block[] {
    this.#close();
    return this.#blocks;
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
    if (open === undefined || open.kind === "row" || open.kind === "code") return this.#start("prose", line, indent);
    if (open.kind === "prose" && this.#isLabelAbove(open, line, indent)) {
      open.kind = "label";
      return this.#start("prose", line, indent);
    }
    const last = open.lines.at(-1)?.text ?? "";
    const goesOn = /^\s*\p{Ll}/u.test(line.text) && !ENDS_SENTENCE.test(last);
    const isParagraph = !goesOn && Math.max(line.text.length, last.length) > LONGEST_WRAPPED;
    if (isParagraph || (open.kind === "prose" && indent + 1 < open.indent)) return this.#start("prose", line, indent);
    open.lines.push(line);
  }

  /** A name, and below it what it means: further in, or a page's title that its paragraph follows without a gap. */
  #isLabelAbove(above: Block, next: Line, inward: number): boolean {
    const { indent, lines } = above;
    if (!mayBeName(above)) return false;
    const isTitle =
      lines.every(({ text }) => text.length <= LONGEST_TITLE) && /^\p{Lu}/u.test(next.text) && next.text.length > 20;
    const isMore = next.text.split(/\s/)[0] === lines[0]?.text.split(/\s/)[0];
    return inward > indent + 1 || (isTitle && !isMore);
  }

  #append(kind: Block["kind"], line: Line): void {
    if (this.#open?.kind === kind) this.#open.lines.push(line);
    else this.#start(kind, line);
  }

  #start(kind: Block["kind"], line: Line, indent = 0): void {
    this.#close();
    const option = kind === "prose" ? OPTION.exec(line.text) : null;
    if (option !== null) {
      this.#start("label", { ...line, text: option[1] as string }, indentOf(line.text));
      this.#close();
      return this.#start("prose", { ...line, text: line.text.slice(option[0].length) }, option[0].length);
    }
    const label = kind === "prose" ? RUN_IN.exec(line.text) : null;
    if (label !== null) this.#labels = [{ indent, text: plainTitle(label[1] as string) }];
    const text = label === null ? line.text : line.text.slice(label[0].length);
    this.#open = { kind, headings: [], label: "", names: [], indent, lines: [{ ...line, text }] };
  }

  #close(): void {
    const open = this.#open;
    this.#open = undefined;
    this.#isTorn = false;
    if (open === undefined) return;
    const last = open.lines.at(-1) as Line;
    const isTail =
      open.kind === "prose" && open.isQuote !== true && last.text.trim().split(/\s+/).length <= 3 && isShort([last]);
    // The next name stands right below the last sentence.
    if (isTail && /[.!?]$/.test(open.lines.at(-2)?.text.trim() ?? "")) {
      this.#push({ ...open, lines: open.lines.slice(0, -1) });
      this.#push({ ...open, lines: [last] });
    } else this.#push(open);
  }

  #push(block: Block): void {
    const isAnnounced = /:\W*$/.test(this.#blocks.at(-1)?.lines.at(-1)?.text ?? "");
    const isName = !isAnnounced && mayBeName(block);
    if (block.kind === "prose" && block.lines.every(({ text }) => PAIR.test(text))) block.kind = "pair";
    if (isName && block.kind === "prose") block.kind = "label";
    const [cell = ""] = (block.lines[0]?.text ?? "").split(" | ");
    // A row of its own heads what follows it: `name | Type: … | Default: …`.
    if (block.kind === "row" && isShort([{ number: 0, text: cell }]))
      this.#labels = [{ indent: 0, text: plainTitle(cell) }];
    else if (block.kind === "label") this.#name(block);
    else this.#labels = this.#labels.filter(({ indent }) => indent <= block.indent);
    this.#isNaming = block.kind === "label";
    block.label = this.#labels.at(-1)?.text ?? "";
    block.names = this.#labels.slice(0, -1).map(({ text }) => text);
    block.headings = this.#headings.map(({ text }) => text);
    this.#blocks.push(block);
  }

  #name({ lines, indent }: Block): void {
    const [text = "", ...others] = lines.map((line) => plainTitle(line.text));
    const level = levelOf(text);
    if (level !== undefined) {
      this.#headings = [...this.#headings.filter((above) => above.level < level), { level, text }];
      this.#labels = [];
      return;
    }
    const outer = this.#labels.filter((label) => label.indent < indent || (this.#isNaming && label.indent === indent));
    this.#labels = [...outer.slice(-2), ...others.map((other) => ({ indent, text: other })), { indent, text }];
  }
}

function mayBeName({ lines, isQuote = false }: Block): boolean {
  if (isQuote || lines.length > MOST_LABEL_LINES) return false;
  return isShort(lines) && !lines.some(({ text }) => ENDS_STATEMENT.test(text));
}

/** `6.34.2. OPTIONS`, and the bare OPTIONS of a manual page, which stands below all that have numbers. */
function levelOf(text: string): number | undefined {
  const numbers = /^(\d+(?:\.\d+)+)\.?\s+\S/.exec(text)?.[1];
  return numbers?.split(".").length ?? (/^[A-Z][A-Z ,/&-]{3,40}$/.test(text) ? 8 : undefined);
}

/** No sentence; of several lines only where they are names of a kind: `-d` above `--depth`. */
function isShort(lines: readonly Line[]): boolean {
  const texts = lines.map(({ text }) => text.trim());
  const whole = texts.join(" ");
  const isBrief = (text: string): boolean => text.length <= LONGEST_LABEL && text.split(/\s+/).length <= 12;
  const first = /^(?:-|'|"|\S+)/.exec(whole)?.[0] ?? "";
  const isNames = texts.every((text) => text.startsWith(first)) ? texts.every(isBrief) : isBrief(whole);
  return isNames && !ENDS_SENTENCE.test(whole) && !/[.!?]\s+\p{Lu}/u.test(whole);
}

function indentOf(text: string): number {
  return (/^\s*/.exec(text)?.[0] ?? "").replaceAll("\t", "        ").length;
}

/** A heading as plain words: no links, anchors, emphasis or code marks. Pure. */
export function plainTitle(text: string): string {
  const bare = text.slice(0, 300).replace(/!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])/g, "$1");
  return bare
    .replace(/<\/?[a-z][^>]{0,200}>|[`*¶]+|\{#[^}]*\}/gi, "")
    .replace(/\s+/g, " ")
    .trim();
}
