/** What documents are about: their opening, then the sentences that share most with the rest, one for each section. */
import { stemSet } from "../text/words.ts";
import { likeness } from "../text/likeness.ts";
import { quoted } from "./quoting.ts";
import { NOT_AN_OPENING } from "./subject-aspects.ts";
import type { Unit } from "./units.ts";

const ASKS =
  /\bsummar(?:y|i[sz]e)\b|\b(?:main|key|central|important) (?:points?|ideas?|messages?|topics?|facts?)\b|\boverview\b|\bgist\b|\bwhat (?:is|are) .{0,30}\babout\b|\boutline\b/i;
const MOST_SENTENCES = 6;
const FEWEST_WORDS = 7;
const MOST_LETTERS = 420;
const SKIPPED = /^\W*(?:\[?!\[|<|https?:)|\?$/;
/** A sentence that needs another one to be understood, or points to one. */
const LEANS =
  /^\W*(?:this|it|these|those|they|that|see|for example|e\.g\.|note|also|however|but|then|otherwise|if so|refer|here)\b/i;
const EARLY_BONUS = 1;
const OPENING_BLOCKS = 8;
const FEWEST_OPENING_WORDS = 4;

/** Whether a question asks for a summary. Pure. */
export function asksSummary(question: string): boolean {
  return ASKS.test(question);
}

/** Whether it asks for no more than what is in a file: "What is in notes.md?". Pure. */
export function asksContents(question: string, scope: string | undefined): boolean {
  if (scope === undefined) return false;
  const rest = question.replaceAll(scope, " ").replace(/\s+/g, " ").trim();
  return /^what (?:is|stands|is written) in ?\??$|^what does (?:say|contain|hold) ?\??$/i.test(rest);
}

/** A summary, or how the documents begin where they are too short for one. Pure. */
export function contentsText(units: readonly Unit[]): string | undefined {
  const beginning = units.slice(0, MOST_SENTENCES).map((unit) => quoted(unit.pieces));
  return summaryText(units) ?? (beginning.join(" ").trim() || undefined);
}

/** A bulleted summary, or undefined where there is no prose. Pure. */
export function summaryText(units: readonly Unit[], most: number = MOST_SENTENCES): string | undefined {
  const prose = units.filter((unit) => unit.kind === "prose" && (isSentence(unit.text) || isOpening(unit)));
  const sets = prose.map((unit) => stemSet(unit.text));
  const frequency = new Map<string, number>();
  for (const set of sets) for (const stem of set) frequency.set(stem, (frequency.get(stem) ?? 0) + 1);
  const scored = prose.map((unit, at) => ({
    unit,
    at,
    set: sets[at] as Set<string>,
    score: weightOf(unit, sets[at] as Set<string>, frequency) + EARLY_BONUS * (1 - at / prose.length),
  }));
  const opening = scored.find(({ unit }) => unit.block < OPENING_BLOCKS && isOpening(unit));
  const chosen: typeof scored = opening === undefined ? [] : [opening];
  for (const candidate of [...scored].sort((one, other) => other.score - one.score || one.at - other.at)) {
    if (chosen.length >= most) break;
    const repeats =
      !isSentence(candidate.unit.text) ||
      chosen.some(
        (one) =>
          likeness(one.set, candidate.set) > 0.5 ||
          (one.unit.headings.join() === candidate.unit.headings.join() &&
            one.unit.path === candidate.unit.path &&
            one.unit.headings.length > 1),
      );
    if (!repeats) chosen.push(candidate);
  }
  const written = chosen
    .sort((one, other) => one.at - other.at)
    .map(({ unit }) => quoted(unit.pieces))
    .filter((text) => text !== "");
  return written.length === 0 ? undefined : written.map((text) => `- ${text}`).join("\n");
}

function weightOf(unit: Unit, set: ReadonlySet<string>, frequency: ReadonlyMap<string, number>): number {
  let shared = 0;
  for (const stem of set) shared += Math.log(1 + (frequency.get(stem) ?? 0));
  const opening = unit.block < 2 ? 1.5 : unit.block < 4 ? 0.6 : 0;
  return shared / Math.sqrt(set.size + 4) + opening + (unit.index === 0 ? 0.3 : 0);
}

/** The first sentence of a page that says something, however short. */
function isOpening(unit: Unit): boolean {
  return (
    unit.headings.length <= 1 &&
    unit.index === 0 &&
    unit.text.split(/\s+/).length >= FEWEST_OPENING_WORDS &&
    unit.text.length <= MOST_LETTERS &&
    /\p{L}{3}/u.test(unit.text) &&
    !NOT_AN_OPENING.test(unit.text)
  );
}

function isSentence(text: string): boolean {
  return (
    text.split(/\s+/).length >= FEWEST_WORDS &&
    text.length <= MOST_LETTERS &&
    !SKIPPED.test(text) &&
    !LEANS.test(text) &&
    (text.match(/\d/g)?.length ?? 0) < text.length / 8 &&
    /\p{L}/u.test(text)
  );
}
