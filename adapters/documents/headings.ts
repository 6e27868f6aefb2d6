/** Headings of prose by its lines: Markdown (ATX, setext, the title in a front matter), plain text, AsciiDoc, reStructuredText. Pure. */
import { extensionOf } from "./file-kinds.ts";

export interface Heading {
  /** 1-based. */
  line: number;
  /** 1 is the highest. */
  level: number;
  text: string;
}

/** A text by its lines, with its headings. */
export interface TextLines {
  lines: string[];
  headings: Heading[];
}

const MARKDOWN = new Set(["md", "mdx", "markdown", "mkd", "html", "htm", "xhtml"]);
const PLAIN = new Set(["txt", "text", ""]);
const ASCIIDOC = new Set(["adoc", "asciidoc"]);
const ATX = /^ {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$/;
const ASCIIDOC_TITLE = /^(={1,6}|#{1,6})[ \t]+(\S.*?)(?:[ \t]+\1)?$/;
const FENCE = /^ {0,3}(`{3,}|~{3,})/;
/** Around what AsciiDoc takes to the letter. */
const LITERAL = /^(-{4,}|\.{4,}|\+{4,}|\/{4,})\s*$/;
/** Levels by the order of use in most texts. */
const UNDERLINE = /^([=\-~^"*+#])\1{2,}\s*$/;
const UNDERLINE_LEVELS: Readonly<Record<string, number>> = { "=": 1, "-": 2, "~": 3, "^": 4, "+": 5 };
/** `2.1 Scope`, as standards and manuals have it. */
const NUMBERED = /^(\d{1,3}(?:\.\d{1,3}){0,4})\.?[ \t]+(\p{Lu}[^\t]*[^\s.,;:!?])$/u;
const CAPITALS = /^(?=(?:.*\p{Lu}){4})[^\p{Ll}]*[\p{Lu}\p{N})]$/u;
const LONGEST_TITLE = 80;
const FRONT_MATTER_TITLE = /^title:\s*(?:"([^"]*)"|'([^']*)'|(.*\S))\s*$/;
const LONGEST = 200;

/** The headings of a prose file, in its order; none for other files. An HTML file: as its lines are shown. */
export function headingsOf(lines: readonly string[], name: string): Heading[] {
  const extension = extensionOf(name);
  if (MARKDOWN.has(extension)) return markdownHeadings(lines);
  if (PLAIN.has(extension)) return markdownHeadings(lines, plainTitle);
  if (extension === "rst") return restructuredHeadings(lines);
  return ASCIIDOC.has(extension) ? asciidocHeadings(lines) : [];
}

export function headingAbove(lines: readonly string[], line: number, path: string): string | undefined {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return headingsOf(lines, name).findLast((heading) => heading.line <= line)?.text;
}

type Title = Omit<Heading, "line">;
/** `above`: undefined before the first line; `below`: behind the last one. */
type ReadTitle = (line: string, below: string | undefined, above: string | undefined) => Title | undefined;

function headingsBy(lines: readonly string[], titleOf: ReadTitle): Heading[] {
  return lines.flatMap((line, index) => {
    const title = titleOf(line, lines[index + 1], lines[index - 1]);
    return title === undefined ? [] : [{ ...title, line: index + 1 }];
  });
}

function markdownHeadings(lines: readonly string[], otherwise: ReadTitle = () => undefined): Heading[] {
  const { end, heading } = frontMatter(lines);
  let fence: string | undefined;
  const found = headingsBy(lines.slice(end), (line, below, above) => {
    const mark = FENCE.exec(line)?.[1];
    if (mark === undefined && fence === undefined)
      return titleIn(ATX, line) ?? underlined(line, below) ?? otherwise(line, below, above);
    if (mark !== undefined && fence === undefined) fence = mark;
    else if (mark !== undefined && fence !== undefined && mark.startsWith(fence)) fence = undefined;
    return undefined;
  });
  const shifted = found.map((title) => ({ ...title, line: title.line + end }));
  return heading === undefined ? shifted : [heading, ...shifted];
}

/** Alone between blank lines, or above what is indented: numbered, or all in capitals. */
function plainTitle(line: string, below = "", above = ""): Title | undefined {
  if (line.length > LONGEST_TITLE || above.trim() !== "" || !/^\s*$|^\s/.test(below)) return undefined;
  const [, number, text] = NUMBERED.exec(line) ?? [];
  if (number !== undefined && text !== undefined) return { level: number.split(".").length, text: line.trim() };
  return CAPITALS.test(line) ? { level: 1, text: line.trim() } : undefined;
}

/** A level is a mark with or without a line above, in the order in which a text uses them. */
function restructuredHeadings(lines: readonly string[]): Heading[] {
  const styles: string[] = [];
  return headingsBy(lines, (line, below, above) => {
    const mark = UNDERLINE.exec(below ?? "")?.[1];
    const isBetween = mark !== undefined && above !== undefined && UNDERLINE.exec(above)?.[1] === mark;
    const title = underlined(isBetween ? line.trimStart() : line, below, line.trim().length);
    if (title === undefined) return undefined;
    const style = `${mark}${isBetween}`;
    if (!styles.includes(style)) styles.push(style);
    return { ...title, level: styles.indexOf(style) + 1 };
  });
}

/** A title's underline is as long as the title, give or take two; a longer or shorter one opens a block. */
function asciidocHeadings(lines: readonly string[]): Heading[] {
  let block: string | undefined;
  return headingsBy(lines, (line, below, above) => {
    const mark = LITERAL.exec(line)?.[1];
    const isUnderline = block === undefined && isAsLong(above, line);
    if (mark !== undefined && !isUnderline && (block === undefined || block === mark))
      block = block === undefined ? mark : undefined;
    if (block !== undefined || mark !== undefined) return undefined;
    return titleIn(ASCIIDOC_TITLE, line) ?? (isAsLong(line, below) ? underlined(line, below) : undefined);
  });
}

function isAsLong(title = "", line = ""): boolean {
  const [one, other] = [title.trim().length, line.trim().length];
  return one > 0 && Math.abs(one - other) <= 2;
}

function titleIn(pattern: RegExp, line: string): Title | undefined {
  const match = line.length > LONGEST ? null : pattern.exec(line);
  return match?.[1] === undefined || !match[2] ? undefined : { level: match[1].length, text: match[2] };
}

/** `least`: characters of the line below. */
function underlined(line: string, below: string | undefined, least = 3): Title | undefined {
  const text = line.trim();
  if (below === undefined || line.length > LONGEST || UNDERLINE.test(line) || !/[\p{L}\p{N}]/u.test(text))
    return undefined;
  const mark = UNDERLINE.exec(below)?.[1];
  if (mark === undefined || below.trimEnd().length < Math.min(text.length, least) || /^[\s>|*-]/.test(line))
    return undefined;
  return { level: UNDERLINE_LEVELS[mark] ?? 3, text };
}

function frontMatter(lines: readonly string[]): { end: number; heading: Heading | undefined } {
  if (lines[0] !== "---") return { end: 0, heading: undefined };
  const end = lines.indexOf("---", 1);
  if (end < 0 || end > 60) return { end: 0, heading: undefined };
  const index = lines.slice(0, end).findIndex((line) => FRONT_MATTER_TITLE.test(line));
  const [, double, single, plain] = FRONT_MATTER_TITLE.exec(lines[index] ?? "") ?? [];
  const text = (double ?? single ?? plain)?.slice(0, LONGEST).toWellFormed();
  return { end: end + 1, heading: text ? { line: index + 1, level: 1, text } : undefined };
}
