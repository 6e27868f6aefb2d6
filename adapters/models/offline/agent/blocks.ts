/**
 * The blocks of a document by its lines: paragraphs, list items, table rows, fenced or indented code, and the trail of
 * headings above each. Reads Markdown and plain text; in source code, comments are the prose.
 */
import { runsInFence } from "./fences.ts";
import type { ReadDocument } from "./reading.ts";

export interface Block {
  kind: "prose" | "item" | "row" | "code";
  headings: readonly string[];
  /** Without markers (`- `, `> `, `* `): each text is a part of its line. */
  lines: { line: number; text: string }[];
}

type Line = ReadDocument["lines"][number];

const SOURCE_CODE =
  /\.(?:[cm]?[jt]sx?|py|rs|go|java|kt|c|h|cc|cpp|hpp|cs|rb|php|swift|scala|sh|sql|css|scss|lua|zig|vue)$/i;
const DATA = /\.(?:json|jsonc|json5|toml|lock|ya?ml)$/i;
const FENCE = /^\s*(```+|~~~+)/;
const HEADING = /^\s{0,3}(#{1,6})\s+(.+?)\s*#*\s*$/;
const ITEM = /^\s*(?:[-*+•]|\d{1,3}[.)])\s+/;
const ROW = /^\s*\|.*\|\s*$/;
const RULE = /^[\s|:=\-*_]+$/;
const MARKUP_ONLY =
  /^\s*(?:(?:<[^>]{1,300}>|!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])|\[!\[.*\]\([^)]*\))\s*)+$|^\s*\[[^\]]+\]:\s*\S+|^\s*<!--.*-->\s*$/;
const COMMENT = /^\s*(?:\/\/+|\/\*+(?!\/)|\*+(?!\/)|#+(?!!)|--)\s?/;
const OPENS_COMMENT = /^\s*\/\*/;
const CLOSES_COMMENT = /\*\/\s*$/;
/** A label that runs into its paragraph: `**Context.** The first …`. */
const RUN_IN = /^(?:\*\*|__)([^*_]{2,60}?)[.:]?(?:\*\*|__)[.:]?\s+(?=\S)/;
const TAG = /^@\w+\s*(?=\S|$)/;

class BlockReader {
  readonly blocks: Block[] = [];
  private headings: { depth: number; text: string }[] = [];
  private open: Block | undefined;
  private fence: string | undefined;
  private previous = 0;
  private inComment = false;
  private readonly beginsInFence: ReadonlyMap<number, string>;

  constructor(beginsInFence: ReadonlyMap<number, string>) {
    this.beginsInFence = beginsInFence;
  }

  line(line: Line): void {
    this.advance(line.line);
    if (this.fenced(line)) return;
    const heading = HEADING.exec(line.text);
    if (heading !== null) return this.heading((heading[1] as string).length, heading[2] as string);
    if (line.text.trim() === "" || RULE.test(line.text) || MARKUP_ONLY.test(line.text))
      return this.ruleOrGap(line.text);
    if (ROW.test(line.text)) return this.start("row", { ...line, text: trimmedRow(line.text) });
    const item = ITEM.exec(line.text);
    if (item !== null) return this.start("item", { ...line, text: line.text.slice(item[0].length) });
    this.continue(line);
  }

  comment(line: Line): void {
    this.advance(line.line);
    const isInside = this.inComment;
    const isOpening = OPENS_COMMENT.test(line.text);
    this.inComment = (isInside || isOpening) && !CLOSES_COMMENT.test(line.text);
    const marker = COMMENT.exec(line.text)?.[0] ?? (isInside ? /^\s*/.exec(line.text)?.[0] : undefined);
    if (marker === undefined) return line.text.trim() === "" ? this.close() : this.append("code", line);
    const text = line.text
      .slice(marker.length)
      .replace(/\s*\*+\/\s*$/, "")
      .trim();
    if (this.fenced({ line: line.line, text })) return;
    const words = text.replace(TAG, "");
    if (words !== text || isOpening) this.close();
    if (words === "" || MARKUP_ONLY.test(words) || /^\W*$/.test(words)) return this.close();
    this.append("prose", { line: line.line, text: words });
  }

  /** Past lines that were not read, headings and fences are unknown again. */
  private advance(line: number): void {
    if (line !== this.previous + 1) {
      this.close();
      this.headings = [];
      this.fence = this.beginsInFence.get(line);
      this.inComment = false;
    }
    this.previous = line;
  }

  private fenced(line: Line): boolean {
    const mark = FENCE.exec(line.text)?.[1];
    if (this.fence === undefined && mark === undefined) return false;
    if (this.fence === undefined) {
      this.close();
      this.fence = mark;
    } else if (mark !== undefined && mark.startsWith(this.fence) && line.text.trim() === mark) {
      this.close();
      this.fence = undefined;
    } else this.append("code", line);
    return true;
  }

  private heading(depth: number, text: string): void {
    this.close();
    this.headings = [...this.headings.filter((above) => above.depth < depth), { depth, text: headingText(text) }];
  }

  /** A line of `===` or `---` under one line of text makes that a heading. */
  private ruleOrGap(text: string): void {
    const above = this.open;
    const underlined = above?.kind === "prose" && above.lines.length === 1 && /^\s*(?:={3,}|-{3,})\s*$/.test(text);
    if (underlined) {
      this.blocks.pop();
      this.heading(text.includes("=") ? 1 : 2, above.lines[0]?.text ?? "");
    }
    this.close();
  }

  private continue(line: Line): void {
    const text = line.text.replace(/^\s*>\s?/, "");
    const indented = /^(?: {4}|\t)/.test(line.text) && !isRunningText(line.text);
    if (this.open === undefined && indented) return this.append("code", line);
    if (this.open?.kind === "code" && indented) return this.append("code", line);
    if (this.open !== undefined && (this.open.kind === "prose" || this.open.kind === "item"))
      this.open.lines.push({ line: line.line, text });
    else this.start("prose", { line: line.line, text });
  }

  private append(kind: Block["kind"], line: Line): void {
    if (this.open?.kind === kind) this.open.lines.push(line);
    else this.start(kind, line);
  }

  private start(kind: Block["kind"], line: Line): void {
    const label = kind === "prose" ? RUN_IN.exec(line.text) : null;
    const headings = this.headings.map(({ text }) => text);
    this.open =
      label === null
        ? { kind, headings, lines: [line] }
        : {
            kind,
            headings: [...headings, headingText(label[1] as string)],
            lines: [{ ...line, text: line.text.slice(label[0].length) }],
          };
    this.blocks.push(this.open);
  }

  private close(): void {
    this.open = undefined;
  }
}

/** The blocks of what was read of a document, in reading order. Pure. */
export function readBlocks(document: ReadDocument): Block[] {
  if (DATA.test(document.path)) return [];
  const reader = new BlockReader(runsInFence(document.lines));
  const isCode = SOURCE_CODE.test(document.path);
  for (const line of document.lines) {
    if (isCode) reader.comment(line);
    else reader.line(line);
  }
  return reader.blocks;
}

/** Whether a document is a program: its prose is for those who change it. Pure. */
export function isSourceCode(path: string): boolean {
  return SOURCE_CODE.test(path);
}

/** Words without any sign of code: deep indentation alone makes none. */
function isRunningText(text: string): boolean {
  return !/[;{}=<>()[\]$]/.test(text) && (text.match(/\p{L}{2,}/gu)?.length ?? 0) >= 6;
}

function trimmedRow(text: string): string {
  return text
    .trim()
    .replace(/^\|\s*/, "")
    .replace(/\s*\|$/, "");
}

/** A heading as plain words: no links, anchors, emphasis or code marks. Pure. */
export function headingText(text: string): string {
  return text
    .replace(/!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])?/g, "")
    .replace(/\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])/g, "$1")
    .replace(/<[^>]{0,200}>/g, "")
    .replace(/[`*]+|\{#[^}]*\}/g, "")
    .replace(/\s+/g, " ")
    .trim();
}
