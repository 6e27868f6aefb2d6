/** The answer to a question as Markdown: findings by place, each sentence with its citation, code as a block with its place. */
import { citationsIn } from "../../../../engine/prompting/citation-rule.ts";
import { contrastingUnits } from "./contrast.ts";
import { clipped, plain, quoted, type Piece } from "./quoting.ts";
import { pickFindings, type Finding } from "./picking.ts";
import { readQuestion } from "./question.ts";
import { rankUnits } from "./ranking.ts";
import type { Unit } from "./units.ts";

export interface TextAnswer {
  text: string;
  /** How much of the question's subject the best unit holds, 0 to 1. */
  coverage: number;
}

/** Below this nothing was found; between the two it is called the closest. */
export const FOUND = 0.34;
const SURE = 0.5;
const MOST_CODE_LINES = 16;
const OUR_TAGS = /^<\/?(?:results?|inputs?|tasks?|subtask|output|skill|part|refused)\b/;

/** The answer, or undefined where the units hold none. Pure. */
export function answerText(asked: string, units: readonly Unit[], subject?: string): TextAnswer | undefined {
  const question = readQuestion(subject === undefined || asked.includes(subject) ? asked : `${asked} (${subject})`);
  const candidates = contrastingUnits(asked, units) ?? units;
  const ranked = rankUnits(candidates, question);
  const best = ranked[0];
  if (best === undefined || best.score <= 0 || best.coverage < FOUND) return undefined;
  const written = pickFindings(ranked, [...units], question)
    .map(writeFinding)
    .filter((block) => block !== "");
  if (written.length === 0) return undefined;
  const lead = best.coverage < SURE ? ["The documents do not answer this directly; the closest that they say:"] : [];
  return { text: [...lead, ...written].join("\n\n"), coverage: best.coverage };
}

function writeFinding(finding: Finding): string {
  const blocks: string[] = [];
  let sentences: string[] = [];
  const flush = (): void => {
    if (sentences.length > 0) blocks.push(sentences.join(" "));
    sentences = [];
  };
  for (const unit of finding.units) {
    const written = unit.kind === "code" ? writeCode(unit) : quoted(unit.pieces);
    if (written === "") continue;
    if (unit.kind === "prose") sentences.push(written);
    else {
      flush();
      blocks.push(unit.kind === "code" ? written : `- ${written}`);
    }
  }
  flush();
  const heading = plain(clipped(finding.heading ?? "", 80), "text").replace(/[*"]/g, "");
  const body = joined(blocks);
  return body === "" || heading === "" ? body : withHeading(heading, body);
}

/** List items follow each other without a gap; everything else is a paragraph of its own. */
function joined(blocks: readonly string[]): string {
  return blocks.reduce(
    (text, block) => (text === "" ? block : text + (block.startsWith("- ") ? "\n" : "\n\n") + block),
    "",
  );
}

function withHeading(heading: string, body: string): string {
  return /^(?:- |```|~~~)/.test(body) ? `**${heading}:**\n\n${body}` : `**${heading}:** ${body}`;
}

/** Code as it stands, with a citation of its most telling line. Empty where it cannot be shown without breaking the markup. */
function writeCode(unit: Unit): string {
  const lines = unit.pieces.slice(0, MOST_CODE_LINES);
  if (lines.some((piece) => OUR_TAGS.test(piece.text.trim()) || citationsIn(piece.text).length > 0)) return "";
  const cited = quoted([mostTelling(lines)]);
  if (cited === "") return "";
  const fence = "`".repeat(Math.max(3, ...lines.map((piece) => (/`{3,}/.exec(piece.text)?.[0].length ?? 2) + 1)));
  const more = unit.pieces.length > lines.length ? ["…"] : [];
  const shown = lines.map((piece) => piece.text);
  return [`${fence}${language(unit.path)}`, ...shown, ...more, fence, `Source: ${onlyCitation(cited)}`].join("\n");
}

function mostTelling(lines: readonly Piece[]): Piece {
  const weigh = (piece: Piece): number => Math.max(...piece.text.split('"').map((span) => span.trim().length));
  return [...lines].sort((one, other) => weigh(other) - weigh(one))[0] as Piece;
}

/** Without the plain words that stand before a citation in brackets: the code above shows them. */
function onlyCitation(cited: string): string {
  const start = cited.lastIndexOf(' ("');
  return start >= 0 && cited.endsWith(")") ? cited.slice(start + 2, -1) : cited;
}

function language(path: string): string {
  return /\.(?:[cm]?[jt]sx?)$/.test(path) ? "ts" : "";
}
