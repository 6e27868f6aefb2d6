/** Which lines are names: of an option, above or beside what it means; of a section; of neither, but a key and its value. Pure. */
import type { Line } from "./documents.ts";

interface Lines {
  indent: number;
  lines: readonly Line[];
  isQuote?: boolean;
}

const PAIR = /^\s*[\p{L}"'][\p{L}\p{N} _/.-]{0,32}["']?\s?[:=]\s+[^\s<].{0,160}$/u;
/** With a citation behind it, too: answers of earlier runs have them. */
export const ENDS_SENTENCE = /[.!?,:…]["')\]*_`]*(?: \[[^[\]]{1,300}:\d[\d-]*\])?$/;
const ENDS_STATEMENT = /\)\s*;\s*$|[{}]\s*$/;
/** A name and what it means on one line: `-r     Replaces what is there …`. */
const BESIDE = /^\s*(-[^\s,]+(?:,? \S+){0,3}?)\s{2,}(?=\S)|^\s*(\S+(?: \S+){0,2}?)(?:\s{3,}|\t+)(?=\S)/;
const LONGEST_LABEL = 100;
const LONGEST_TITLE = 60;
const MOST_LABEL_LINES = 5;
const COMMENT = /^\s*(?:\/\/+|\/\*+(?!\/)|\*+(?!\/)|#+(?!!)|--)\s?/;
const PROGRAM = /\.(?:[cm]?[jt]sx?|py|rs|go|java|kt|c|h|cc|cpp|hpp|cs|rb|php|swift|scala|sh|sql|css|lua|zig|vue)$/i;
export const ITEM = /^\s*(?:[-*+•·]|o(?= {3})|\d{1,3}[.)]|\([a-z\d]\))\s+(?=\S)/;

/** Also where only the next line shows it, by standing further in: right below the text. */
export function nameBeside(text: string, inward: number): { text: string; end: number } | undefined {
  const beside = BESIDE.exec(text);
  const hanging = inward > indentOf(text) + 1 && text.slice(0, inward).endsWith(" ") && /^\S/.test(text.slice(inward));
  const end = beside?.[0].length ?? (hanging ? inward : 0);
  const name = text.slice(0, end).trim();
  const isName = name !== "" && name.split(" ").length <= 4 && !/[.,:;…]$/.test(name) && !ITEM.test(text);
  return isName ? { text: name, end } : undefined;
}

/** A name, and below it what it means: further in, or a page's title that its paragraph follows without a gap. */
export function isNameAbove(above: Lines, next: Line, inward: number): boolean {
  const { indent, lines } = above;
  if (!mayBeName(above)) return false;
  if (inward > indent + 1) return true;
  if (arePairs(lines)) return false;
  const isTitle =
    lines.every(({ text }) => text.length <= LONGEST_TITLE) && /^\p{Lu}/u.test(next.text) && next.text.length > 20;
  const isMore = next.text.split(/\s/)[0] === lines[0]?.text.split(/\s/)[0];
  return isTitle && !isMore;
}

/** `Default: 4`. */
export function isPair(text: string): boolean {
  return PAIR.test(text);
}

export function arePairs(lines: readonly Line[]): boolean {
  return lines.every(({ text }) => isPair(text));
}

export function mayBeName({ lines, isQuote = false }: Pick<Lines, "lines" | "isQuote">): boolean {
  if (isQuote || lines.length > MOST_LABEL_LINES) return false;
  return isShort(lines) && !lines.some(({ text }) => ENDS_STATEMENT.test(text));
}

/** `6.34.2. OPTIONS`, and the bare OPTIONS of a manual page, which stands below all that have numbers. */
export function levelOf(text: string): number | undefined {
  const numbers = /^(\d+(?:\.\d+)+)\.?\s+\S/.exec(text)?.[1];
  return numbers?.split(".").length ?? (/^[A-Z][A-Z ,/&-]{3,40}$/.test(text) ? 8 : undefined);
}

/** No sentence; of several lines only where they are names of a kind: `-d` above `--depth`. */
export function isShort(lines: readonly Line[]): boolean {
  const texts = lines.map(({ text }) => text.trim());
  const whole = texts.join(" ");
  const isBrief = (text: string): boolean => text.length <= LONGEST_LABEL && text.split(/\s+/).length <= 12;
  const first = /^(?:-|'|"|\S+)/.exec(whole)?.[0] ?? "";
  const isNames = texts.every((text) => text.startsWith(first)) ? texts.every(isBrief) : isBrief(whole);
  return isNames && !ENDS_SENTENCE.test(whole) && !/[.!?]\s+\p{Lu}/u.test(whole);
}

export function indentOf(text: string): number {
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

/** What is not a comment says nothing here. */
export function commentIn(text: string): string {
  const mark = COMMENT.exec(text)?.[0];
  return mark === undefined ? "" : text.slice(mark.length).replace(/\s*\*+\/\s*$|^@\w+\s*/g, "");
}

export function isProgram(path: string): boolean {
  return PROGRAM.test(path);
}
