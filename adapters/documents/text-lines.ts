/**
 * A file's bytes as the lines that are indexed, shown and cited.
 *
 * 1. Line n here is line n of the file: lines end at `\n` or `\r\n`, and a last line end begins no further line.
 * 2. A line holds no control characters (a tab apart) and no Unicode line ends: each is a space, so that no document can
 *    steer a terminal or break the one-line-per-row format of the tools.
 * 3. Bytes are text in the encoding that they are in (`adapters/text/read-text.ts`), and documents only where it is known.
 */
import { headingsOf, type TextLines } from "./headings.ts";
import { htmlLines } from "./html-lines.ts";
import { isHtml } from "./file-kinds.ts";

const LINE_END = /\r?\n/;
// oxlint-disable-next-line no-control-regex -- finding them is the purpose
const UNSHOWABLE = /[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]/;
const ALL_UNSHOWABLE = new RegExp(UNSHOWABLE, "g");

/** The lines of a text with its headings; `name` decides how it is read. `clean` changes a text, but not its lines. Pure. */
export function textLines(text: string, name: string, clean?: (text: string) => string): TextLines {
  if (isHtml(name)) {
    const { lines, headings } = htmlLines(text);
    const titles = clean === undefined ? headings : headings.map((each) => ({ ...each, text: clean(each.text) }));
    return { lines: cleaned(showable(lines, text), clean), headings: titles };
  }
  const lines = cleaned(showable(splitLines(text), text), clean);
  return { lines, headings: headingsOf(lines, name) };
}

/** As a whole: what is taken out may go over several lines. */
function cleaned(lines: string[], clean: ((text: string) => string) | undefined): string[] {
  if (clean === undefined || lines.length === 0) return lines;
  const text = lines.join("\n");
  const kept = clean(text);
  return kept === text ? lines : kept.split("\n");
}

/** Pure. */
export function splitLines(text: string): string[] {
  if (text === "") return [];
  const lines = text.split(LINE_END);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** How many lines `splitLines` would give for UTF-8 bytes, without decoding them. Pure. */
export function countLines(bytes: Uint8Array): number {
  let lines = 0;
  let end = bytes.indexOf(10);
  for (; end >= 0; end = bytes.indexOf(10, end + 1)) lines += 1;
  const isEmpty =
    bytes.length === 0 || (bytes.length === 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf);
  return isEmpty || bytes.at(-1) === 10 ? lines : lines + 1;
}

/** HTML may bring in more by its entities, so its lines are looked at one by one. */
function showable(lines: string[], text: string): string[] {
  if (!UNSHOWABLE.test(text) && !text.includes("&#")) return lines;
  return lines.map((line) => (UNSHOWABLE.test(line) ? line.replace(ALL_UNSHOWABLE, " ") : line));
}
