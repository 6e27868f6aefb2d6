/** The answer to a question as Markdown: findings by place, each sentence with its citation, code as a block with its place. */
import { citationsIn } from "../../../../engine/policy/prompts/citation-rule.ts";
import { ONLY_CLOSEST } from "../offline-notice.ts";
import { contrastingUnits } from "./contrast.ts";
import { clipped, plain, quoted, type Piece } from "./quoting.ts";
import { pickFindings, type Finding } from "./picking.ts";
import { readQuestion, type Question } from "./question.ts";
import { stemsIn } from "../text/words.ts";
import { isSourceCode } from "./blocks.ts";
import { rankUnits, type RankedUnit } from "./ranking.ts";
import type { Unit } from "./units.ts";

export interface TextAnswer {
  text: string;
  /** Whether the best unit holds most of the question's subject. */
  isSure: boolean;
}

/** Below this nothing was found; between the two it is called the closest. */
export const FOUND = 0.34;
const SURE = 0.5;
/** Places that are shown where none is sure. */
const MOST_WEAK = 2;
const GIVEN_WEIGHT = 0.25;
const MOST_CODE_LINES = 16;
const OUR_TAGS = /^<\/?(?:results?|inputs?|tasks?|subtask|output|skill|part|refused)\b/;

/**
 * The answer, or undefined where the units hold none. `given`: names that every unit is about, whether it says so or not.
 * Pure.
 */
export function answerText(
  asked: string,
  units: readonly Unit[],
  subject?: string,
  given: readonly string[] = [],
): TextAnswer | undefined {
  const question = withoutWeight(
    readQuestion(subject === undefined || asked.includes(subject) ? asked : `${asked} (${subject})`),
    given,
  );
  const candidates = contrastingUnits(asked, units) ?? units;
  const ranked = withoutFarFetched(rankUnits(candidates, question));
  const best = ranked[0];
  if (best === undefined || best.score <= 0 || best.coverage < FOUND) return undefined;
  const written = pickFindings(ranked, [...units], question, best.coverage < SURE ? MOST_WEAK : undefined)
    .map(writeFinding)
    .filter((block) => block !== "");
  if (written.length === 0) return undefined;
  const lead = best.coverage < SURE ? [ONLY_CLOSEST] : [];
  return { text: [...lead, ...written].join("\n\n"), isSure: lead.length === 0 };
}

/** The remarks of a program answer only what they name, its code nothing but "how is it done inside". */
function withoutFarFetched(ranked: readonly RankedUnit[]): RankedUnit[] {
  return ranked.filter(({ unit, coverage }) => {
    if (!isSourceCode(unit.path)) return true;
    return coverage >= SURE && (unit.kind !== "code" || /\.d\.[cm]?ts$|(?:^|\/)examples?\//.test(unit.path));
  });
}

function withoutWeight(question: Question, given: readonly string[]): Question {
  const stems = new Set(given.flatMap((name) => stemsIn(name)));
  const terms = question.terms.map((term) => (stems.has(term.stem) ? { ...term, weight: GIVEN_WEIGHT } : term));
  return terms.every((term) => term.weight <= GIVEN_WEIGHT) ? question : { ...question, terms };
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
