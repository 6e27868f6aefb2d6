/** What a line of a document is by itself: the name of what stands below or beside it, an item, a pair, code, nothing. Pure. */
import type { Line } from "./documents.ts";

/** Lines that follow one another and belong together. */
export interface Block {
  /** A row: also a pair on a line of its own, `Default: 4`. */
  kind: "prose" | "item" | "row" | "name" | "code";
  indent: number;
  /** Without markers (`- `, `> `): each text is a part of its line. */
  lines: Line[];
  /** Set off by `>`: never the name of what follows. */
  isQuote?: boolean;
}

/** What the marks of a line make of it. */
export type Mark =
  | { kind: "heading"; level: number; text: string }
  | { kind: "item" | "row" | "name"; indent: number; text: string }
  | { kind: "code" | "nothing" };

const ITEM = /^\s*(?:[-*+•·]|o(?= {3})|\d{1,3}[.)]|\([a-z\d]\))\s+(?=\S)/;
const ROW = /^\s*\|.*\|\s*$|^\s*\S.*\S \|(?: \S|$)/;
const HEADING = /^ {0,3}(#{1,6}|={1,6})[ \t]+(\S.{0,200}?)[\s#=]*$/;
/** Of one mark, and below the first row of a table. */
export const UNDERLINE = /^([=\-~^"*+])\1{2,}\s*$/;
export const TABLE_RULE = /^\s*\|?[\s:-]*-{3}[\s:|-]*$/;
/** With a citation behind it, too: answers of earlier runs have them. */
export const ENDS_SENTENCE = /[.!?,:…]["')\]*_`]*(?: \[[^[\]]{1,300}:\d[\d-]*\])?$/;
/** A name that its text follows: `**Context.** The first …`. */
export const RUN_IN = /^(?:\*\*|__)([^*_]{2,60}?)[.:]?(?:\*\*|__)[.:]?\s+(?=\S)/;
/** A name on a line of its own: `depth::`, `:depth:`, `**Context.**`. */
const DEFINED =
  /^\s*(\S.{0,120}?)\s*(?:::|;;)\s*$|^\s*:(\S[^:]{0,80}):\s*$|^(?:\*\*|__)([^*_]{2,60}?)[.:]?(?:\*\*|__)[.:]?\s*$|^\s*(.{1,200})¶\s*$/;
/** `Default value:` */
const FIELD = /^\s*\p{Lu}\p{L}*(?: \p{L}+){0,2}:\s*$/u;
/** A name and what it means on one line: `-r     Replaces what is there …`. */
const BESIDE = /^\s*(-[^\s,]+(?:,? \S+){0,3}?)\s{2,}(?=\S)|^\s*(\S+(?: \S+){0,2}?)(?:\s{3,}|\t+)(?=\S)/;
const PAIR = /^\s*[\p{L}"'][\p{L}\p{N} _/.-]{0,32}["']?\s?[:=]\s+[^\s<].{0,160}$/u;
const NOTHING =
  /^[\s|:=\-*_+~.•·]*$|^\s*o\s*$|^\s*\.\. (?:_|[\w-]+::)|^\s*\[\[?[^\]]*\]\]?\s*$|^\s*\[[^\]]+\]:\s*\S+|^\s*<!--.*-->\s*$|^\s*(?:(?:<[^>]{1,300}>|!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])|\[!\[.*\]\([^)]*\))\s*)+$/;
const CODE =
  /^\s*[$%#] \S|[│├┌└┐┘]|^\s*(?:>>> |(?:from \S+ )?import \S|def \w+\(|class \w+[(:]|[\w.]+ = [\w.]*\($|\)$)|[{};]\s*$/;
const PAGE = /\.x?html?$/i;
const PROGRAM = /\.(?:[cm]?[jt]sx?|py|rs|go|java|kt|c|h|cc|cpp|hpp|cs|rb|php|swift|scala|sh|sql|css|lua|zig|vue)$/i;
const COMMENT = /^\s*(?:\/\/+|\/\*+(?!\/)|\*+(?!\/)|#+(?!!)|--)\s?/;
const LONGEST_LABEL = 100;
const LONGEST_TITLE = 60;
/** Where a line is longer, it is a paragraph. */
const LONGEST_WRAPPED = 130;

/** Undefined: it is text. `path`: of a page, what it shows to the letter stands behind a tab. */
export function markOf(text: string, path: string): Mark | undefined {
  const [, marks, title = ""] = HEADING.exec(text) ?? [];
  if (marks !== undefined) return { kind: "heading", level: marks.length, text: title };
  if (NOTHING.test(text)) return { kind: "nothing" };
  if (CODE.test(text) || (text.startsWith("\t") && PAGE.test(path))) return { kind: "code" };
  const [, name] = (DEFINED.exec(text) ?? []).filter((part) => part !== undefined);
  if (name !== undefined) return { kind: "name", indent: indentOf(text), text: name };
  const item = ITEM.exec(text)?.[0];
  if (item !== undefined) return { kind: "item", indent: item.length, text: text.slice(item.length) };
  const cells = text.replace(/^\s*\|\s*|\s*\|\s*$/g, "");
  return ROW.test(text) ? { kind: "row", indent: indentOf(text), text: cells } : undefined;
}

export function isPair({ text }: Line): boolean {
  return PAIR.test(text);
}

/** Also where only the next line shows it, by standing further in: right below the text. */
export function nameBeside(text: string, inward: number): { text: string; end: number } | undefined {
  const beside = BESIDE.exec(text);
  const hanging = inward > indentOf(text) + 1 && text.slice(0, inward).endsWith(" ") && /^\S/.test(text.slice(inward));
  const end = beside?.[0].length ?? (hanging ? inward : 0);
  const name = text.slice(0, end).trim();
  return name !== "" && name.split(" ").length <= 4 && !/[.,:;…]$/.test(name) ? { text: name, end } : undefined;
}

/** A name, and right below it what it means: further in, or a page's title that its paragraph follows without a gap. */
export function isNameAbove(above: Block, { text: next }: Line, inward: number): boolean {
  if (!mayBeName(above)) return false;
  const words = above.lines.flatMap(({ text }) => text.trim().split(/\s+/));
  if (words.length > 4 && /^\s*\p{Ll}/u.test(next)) return false;
  if (inward > above.indent + 1) return true;
  if (above.lines.every(isPair)) return false;
  const isTitle = above.lines.every(({ text }) => text.length <= LONGEST_TITLE) && /^\p{Lu}.{20}/u.test(next);
  return isTitle && next.split(/\s/)[0] !== above.lines[0]?.text.split(/\s/)[0];
}

/** No sentence; of several lines only where they are names of a kind: `-d` above `--depth`. */
export function mayBeName({ lines, isQuote = false }: Pick<Block, "lines" | "isQuote">): boolean {
  const texts = lines.slice(0, 6).map(({ text }) => text.trim());
  const whole = texts.join(" ");
  const isBrief = (text: string): boolean => text.length <= LONGEST_LABEL && text.split(/\s+/).length <= 12;
  const first = /^(?:-|'|"|\S+)/.exec(whole)?.[0] ?? "";
  const areBrief = texts.every((text) => text.startsWith(first)) ? texts.every(isBrief) : isBrief(whole);
  const isSentence = ENDS_SENTENCE.test(whole) ? !FIELD.test(whole) : /[.!?]\s+\p{Lu}/u.test(whole);
  return !isQuote && lines.length < 6 && areBrief && !isSentence && !/\)\s*;\s*$|[{}]\s*$/m.test(texts.join("\n"));
}

/** Whether a line of text begins a block of its own below this one. */
export function endsBlock({ kind, lines, indent }: Block, next: Line, inward: number): boolean {
  const last = lines.at(-1) as Line;
  if (kind === "prose" && isPair(last) && lines.every(isPair) && !isPair(next)) return true;
  const goesOn = /^\s*\p{Ll}/u.test(next.text) && !ENDS_SENTENCE.test(last.text);
  const isParagraph = !goesOn && Math.max(next.text.length, last.text.length) > LONGEST_WRAPPED;
  return isParagraph || (kind === "prose" ? inward + 1 < indent : !goesOn && inward + 4 < indent);
}

/** Of a heading that is written as one: `6.34.2. OPTIONS`, and the bare OPTIONS of a manual page, below all that have numbers. */
export function levelOf(text: string): number | undefined {
  const numbers = /^(\d+(?:\.\d+)+)\.?\s+\S/.exec(text)?.[1];
  return numbers?.split(".").length ?? (/^[A-Z][A-Z ,/&-]{3,40}$/.test(text) ? 8 : undefined);
}

export function indentOf(text: string): number {
  return (/^\s*/.exec(text)?.[0] ?? "").replaceAll("\t", "        ").length;
}

/** A heading as plain words: no links, anchors, emphasis or code marks. */
export function plainTitle(text: string): string {
  const bare = text.slice(0, 300).replace(/!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])/g, "$1");
  return bare
    .replace(/<\/?[a-z][^>]{0,200}>|[`*¶]+|\{#[^}]*\}/gi, "")
    .replace(/\s+/g, " ")
    .trim();
}

/** What is not a comment says nothing here. */
export function commentIn(text: string): string {
  const mark = COMMENT.exec(text)?.[0];
  return mark === undefined ? "" : text.slice(mark.length).replace(/\s*\*+\/\s*$|^@\w+\s*/g, "");
}

export function isProgram(path: string): boolean {
  return PROGRAM.test(path);
}
