/** Headings of prose by its lines: Markdown (ATX, setext, the title in a front matter), AsciiDoc, reStructuredText. Pure. */
import { extensionOf } from "./file-kinds.ts";

export interface Heading {
  /** 1-based. */
  line: number;
  /** 1 is the highest. */
  level: number;
  text: string;
}

const MARKDOWN = new Set(["md", "mdx", "markdown", "mkd", "txt", "text", ""]);
const ASCIIDOC = new Set(["adoc", "asciidoc"]);
const ATX = /^ {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$/;
const ASCIIDOC_TITLE = /^(={1,6})[ \t]+(\S.*)$/;
const FENCE = /^ {0,3}(`{3,}|~{3,})/;
/** Levels by the order of use in most texts; the underline must be as long as the title, as reStructuredText asks. */
const UNDERLINE = /^([=\-~^"*+#])\1{2,}\s*$/;
const UNDERLINE_LEVELS: Readonly<Record<string, number>> = { "=": 1, "-": 2 };
const FRONT_MATTER_TITLE = /^title:\s*(?:"([^"]*)"|'([^']*)'|(.*\S))\s*$/;
const LONGEST = 200;

/** The headings of a prose file, in its order; none for other files. */
export function headingsOf(lines: readonly string[], name: string): Heading[] {
  const extension = extensionOf(name);
  if (MARKDOWN.has(extension)) return markdownHeadings(lines);
  if (extension === "rst") return headingsBy(lines, (line, below) => underlined(line, below));
  return ASCIIDOC.has(extension) ? headingsBy(lines, (line) => titleIn(ASCIIDOC_TITLE, line)) : [];
}

type Title = Omit<Heading, "line">;

function headingsBy(
  lines: readonly string[],
  titleOf: (line: string, below: string | undefined) => Title | undefined,
): Heading[] {
  return lines.flatMap((line, index) => {
    const title = titleOf(line, lines[index + 1]);
    return title === undefined ? [] : [{ ...title, line: index + 1 }];
  });
}

function markdownHeadings(lines: readonly string[]): Heading[] {
  const { end, heading } = frontMatter(lines);
  let fence: string | undefined;
  const found = headingsBy(lines.slice(end), (line, below) => {
    const mark = FENCE.exec(line)?.[1];
    if (mark === undefined) return fence === undefined ? (titleIn(ATX, line) ?? underlined(line, below)) : undefined;
    if (fence === undefined) fence = mark;
    else if (mark.startsWith(fence)) fence = undefined;
    return undefined;
  });
  const shifted = found.map((title) => ({ ...title, line: title.line + end }));
  return heading === undefined ? shifted : [heading, ...shifted];
}

function titleIn(pattern: RegExp, line: string): Title | undefined {
  const match = line.length > LONGEST ? null : pattern.exec(line);
  return match?.[1] === undefined || !match[2] ? undefined : { level: match[1].length, text: match[2] };
}

function underlined(line: string, below: string | undefined): Title | undefined {
  const text = line.trim();
  if (
    below === undefined ||
    text === "" ||
    line.length > LONGEST ||
    UNDERLINE.test(line) ||
    !/[\p{L}\p{N}]/u.test(text)
  )
    return undefined;
  const mark = UNDERLINE.exec(below)?.[1];
  if (mark === undefined || below.trimEnd().length < Math.min(text.length, 3) || /^[\s>|*-]/.test(line))
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
